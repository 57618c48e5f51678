"""Power cuts at the station: its state lies on a disk that forgets what was not synced, and the power goes."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.journey.consignment import Consigned, new_id, pause
from tests.journey.verdict import submissions
from tests.power.disk import Order
from tests.power.plug import Plug
from tests.power.result import Result
from tests.power.scene import Scenario, Scene, scene
from tests.power.steps import without_ids
from tests.power.volume import Keep
from vault.errors import DiskFailed

NEVER = 1 << 30
"""An operation that is not reached."""

VARIANTS = {
    "nothing": Keep(),
    "names": Keep(changes=True),
    "torn-512": Keep(sector_bytes=512),
    "torn-4096": Keep(sector_bytes=4096),
    "names-torn-512": Keep(changes=True, sector_bytes=512),
}
"""What is kept beyond what was synced: nothing, a first part of the folders' changes, sectors of writes, both."""


@dataclass(frozen=True, slots=True)
class Cut:
    """The power goes before one operation of the disk."""

    scenario: str
    """In the course of what."""
    number: int
    """Before the how manieth, from 1."""
    variant: str
    """What is kept of the rest."""
    step: str = ""
    """What was seen there."""

    @property
    def groups(self) -> tuple[str, str]:
        """Every variant has its turn, and in it every sort of operation."""
        return self.variant, self.step

    @property
    def name(self) -> str:
        """Which cut this is."""
        return f"{self.scenario}/{self.number}/{self.variant}"


class CutGround:
    """One scene whose station stands on such a disk."""

    def __init__(self, on: Scene, plug: Plug, scenario: Scenario) -> None:
        self._scene, self._plug, self._scenario = on, plug, scenario
        self._cuts: list[str] = []
        self.spoiled = False
        self._closed = threading.Event()
        self._restorer = threading.Thread(target=self._restore)
        self._restorer.start()

    def close(self) -> None:
        """Nobody switches the power on any more."""
        self._closed.set()
        self._restorer.join()

    def _restore(self) -> None:
        """Whenever the power has gone: the disk with what survived, and the courier's next life."""
        courier = self._scene.system.courier
        while not self._closed.is_set():
            step = self._plug.cut
            if step is None:
                pause()
                continue
            courier.wait()
            self._plug.power_on()
            courier.start()
            self._cuts.append(step)

    @property
    def logs(self) -> Path:
        """What its processes said."""
        return self._scene.stage.logs

    def plan(self) -> list[Cut]:
        """A cut before each operation on the disk in the course of one undisturbed parcel, in each variant."""
        self._scene.deliver(self._scenario)
        self._order(NEVER, Keep())
        self._scene.deliver(self._scenario)
        return [
            Cut(self._scenario.name, number, variant, without_ids(step))
            for number, step in enumerate(self._plug.steps, start=1)
            for variant in VARIANTS
        ]

    def _order(self, number: int, keep: Keep) -> None:
        self._plug.order(Order(number, (self._scene.system.courier.pid,), keep))

    def carry_out(self, cut: Cut, *, chance: random.Random) -> Result:
        """One parcel, one cut. When a promise was broken the result says so, and the ground is spoiled."""
        began = time.monotonic()
        self._cuts.clear()
        keep = VARIANTS[cut.variant]
        self._order(cut.number, Keep(chance.getrandbits(30), keep.changes, keep.sector_bytes))
        states: tuple[str, ...] = ()
        failure = ""
        try:
            states = self._one_parcel()
        except (AssertionError, OSError) as error:
            self.spoiled = True
            failure = f"{type(error).__name__}: {error}"[:400]
        step = without_ids(self._cuts[0]) if self._cuts else None
        seconds = round(time.monotonic() - began, 2)
        return Result(name=cut.name, step=step, states=states, seconds=seconds, failure=failure)

    def _one_parcel(self) -> tuple[str, ...]:
        """The states of a parcel that was delivered, or of none: who was delivering it died, and nothing is left."""
        on, scenario = self._scene, self._scenario
        consigned = on.client.prepare(new_id(), application=scenario.application, kind=scenario.kind)
        try:
            on.client.hand_over(consigned)
        except DiskFailed:
            # a visit worker ends here; what it left is asked for as a station does that starts again
            answer = on.client.ask("POST", f"/v1/parcels/{consigned.parcel}/delivered")
            assert "digest" in answer, answer.get("code")
            if answer["digest"] is None:
                return self._released(consigned)
        history = self._ended(consigned)
        on.check(consigned, history, scenario)
        return tuple(history["milestones"])

    def _ended(self, consigned: Consigned) -> dict[str, Any]:
        """The parcel's history; a cut that falls into the last steps of all has them done again."""
        seen, history = -1, {}
        while seen != len(self._cuts):
            seen = len(self._cuts)
            history = self._scene.ended(consigned)
            self._order(NEVER, Keep())
        return history

    def _released(self, consigned: Consigned) -> tuple[str, ...]:
        self._order(NEVER, Keep())
        self._scene.client.ask("DELETE", f"/v1/parcels/{consigned.parcel}")
        assert submissions(self._scene.stage, consigned.parcel) == 0
        self._scene.check_nothing_left(consigned)
        return ("released",)


def ground(scenario: Scenario) -> Callable[[], AbstractContextManager[CutGround]]:
    """Opens a scene for the scenario, on the disk; both sides' ledgers are verified when it closes."""

    @contextmanager
    def opened() -> Iterator[CutGround]:
        with scene() as on:
            plug = Plug(on.stage.station.root / "var/lib/smilius", beside=on.stage.root)
            try:
                on.start(courier_revived=False)
                cut_ground = CutGround(on, plug, scenario)
                try:
                    yield cut_ground
                finally:
                    cut_ground.close()
                if not cut_ground.spoiled:
                    on.check_end(scenario)
            finally:
                on.system.stop()
                plug.close()

    return opened
