"""A device that shows what it is told to, and a judge that says what it is told to: for the steps above them."""

import asyncio
from collections.abc import Callable, Sequence

import numpy as np

from capture.face.limits import Limit
from capture.face.live import Preview, Reading
from capture.profile import FaceRule
from capture.sample import FaceSample, Gate, Verdict
from drivers.contract import Aim, Control, DeviceKind, Facts, Fault, Frame, Hint, Retake, StagedDevice
from tests.drivers.turn import turn

LIMIT = Limit("offset", "mm", "The head is off its place.", high=10.0)
"""The one gate of a told judge's live picture."""

Shown = Frame | Retake | Exception


class ShownDevice(StagedDevice):
    """Gives these one after the other; then nobody is there any more, and it waits."""

    def __init__(self, kind: DeviceKind, shown: Sequence[Shown], *, previews: Sequence[Shown] | None = None) -> None:
        """:param previews: the live picture, one every 100 ms by default as long as there is something to grab."""
        super().__init__(lease=f"shown-{kind}")
        self._kind = kind
        self._shown = list(shown)
        self._previews = None if previews is None else list(previews)
        self._previewed = 0
        self.steps: list[str] = []
        self.nobody = asyncio.Event()

    @property
    def facts(self) -> Facts:
        return Facts(kind=self._kind, make="", model="shown", serial="", firmware="", certified=False, simulated=True)

    async def _open(self) -> None:
        self.steps.append("open")

    async def _close(self) -> None:
        self.steps.append("close")

    async def _arm(self, aim: Aim) -> None:
        self.steps.append(f"arm {getattr(aim, 'finger', 'face')}")

    async def _disarm(self) -> None:
        self.steps.append("disarm")

    async def _grab(self) -> Frame | Retake:
        self.steps.append("grab")
        return await self._next(self._shown)

    async def _preview(self) -> Frame | Retake:
        self.steps.append("preview")
        self._previewed += 1
        if self._previews is not None or not self._shown:
            return await self._next(self._previews or [])
        await turn()
        return picture(self._previewed * 100_000_000)

    async def _lock(self) -> frozenset[Control]:
        self.steps.append("lock")
        return frozenset()

    async def _next(self, left: list[Shown]) -> Frame | Retake:
        await turn()
        if not left:
            self.nobody.set()
            await asyncio.Event().wait()
        shown = left.pop(0)
        if isinstance(shown, Exception):
            raise shown
        return shown


class ToldJudge:
    """Says these one after the other, whatever it sees; it keeps what it saw."""

    def __init__(
        self,
        *said: FaceSample | Retake | Fault | Exception,
        before: Callable[[], object] = bool,
        live: Sequence[float | Hint] = (),
    ) -> None:
        """:param live: what it reads in the live picture, in millimetres; 0, which passes, from then on."""
        self._said = list(said)
        self._before = before
        self._live = list(live)
        self.seen: list[bool] = []

    def preview(self, frame: Frame, rule: FaceRule) -> Preview | Retake:
        assert frame.pixels.all()
        read = self._live.pop(0) if self._live else 0.0
        return Retake(read) if isinstance(read, Hint) else Preview((Reading(LIMIT, read),), frame.taken_ns)

    def judge(self, frame: Frame, rule: FaceRule) -> FaceSample | Retake:
        self._before()
        # looked at after the waiting, as a slow judge would
        self.seen.append(bool(frame.pixels.all()))
        said = self._said.pop(0)
        if isinstance(said, Exception):
            raise said
        return said


def picture(taken_ns: int = 0) -> Frame:
    return Frame(np.full((8, 6, 3), 99, np.uint8), taken_ns=taken_ns)


def portrait(name: str, *, failed: int = 0) -> FaceSample:
    """A sample with so many failed gates of five; its JPEG is its name."""
    verdicts = [Verdict.FAIL] * failed + [Verdict.PASS] * (5 - failed)
    gates = tuple(
        Gate(id=f"gate_{number}", value=1.0, unit="px", limit="<= 2", verdict=verdict, sentence="It is a test.")
        for number, verdict in enumerate(verdicts)
    )
    return FaceSample(
        jpeg=name.encode(), width_px=480, height_px=640, eyes_px=((1, 2), (3, 4)), gates=gates, taken_ns=0
    )
