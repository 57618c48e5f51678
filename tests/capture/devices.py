"""A device that shows what it is told to, and a judge that says what it is told to: for the steps above them."""

import asyncio
from collections.abc import Callable, Sequence

import numpy as np

from capture.profile import FaceRule
from capture.sample import FaceSample, Gate, Verdict
from drivers.contract import Aim, DeviceKind, Facts, Fault, Frame, Retake, StagedDevice
from tests.drivers.turn import turn

Shown = Frame | Retake | Exception


class ShownDevice(StagedDevice):
    """Gives these one after the other; then nobody is there any more, and it waits."""

    def __init__(self, kind: DeviceKind, shown: Sequence[Shown]) -> None:
        super().__init__(lease=f"shown-{kind}")
        self._kind = kind
        self._shown = list(shown)
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
        await turn()
        if not self._shown:
            self.nobody.set()
            await asyncio.Event().wait()
        shown = self._shown.pop(0)
        if isinstance(shown, Exception):
            raise shown
        return shown


class ToldJudge:
    """Says these one after the other, whatever it sees; it keeps what it saw."""

    def __init__(self, *said: FaceSample | Retake | Fault | Exception, before: Callable[[], object] = bool) -> None:
        self._said = list(said)
        self._before = before
        self.seen: list[bool] = []

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
    """A sample with so many failed gates and one that passed; its JPEG is its name."""
    verdicts = [Verdict.FAIL] * failed + [Verdict.PASS]
    gates = tuple(
        Gate(id=f"gate_{number}", value=1.0, unit="px", limit="<= 2", verdict=verdict, sentence="It is a test.")
        for number, verdict in enumerate(verdicts)
    )
    return FaceSample(
        jpeg=name.encode(), width_px=480, height_px=640, eyes_px=((1, 2), (3, 4)), gates=gates, taken_ns=0
    )
