"""Kills in the course of a whole enrolment visit: of the station, and of the visit worker that has the plaintext."""

import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.journey.consignment import APPLICATION, PATIENCE_S, pause
from tests.journey.operator import StationClient, workers_of
from tests.journey.still_life import STILL_LIFE_LAYER, still_life_request
from tests.journey.verdict import check_one_end
from tests.power.kills import Kill, KillGround, every_kill
from tests.power.result import Result
from tests.power.scene import SCENARIOS, Scene, scene

ROLES = ("station", "worker")


class VisitGround:
    """One scene on which visits are held, one after the other."""

    def __init__(self, on: Scene) -> None:
        self._scene = on
        self._station = StationClient(on.stage.station)
        self.spoiled = False

    def close(self) -> None:
        """No more visits."""
        self._station.close()

    @property
    def logs(self) -> Path:
        """What its processes said."""
        return self._scene.stage.logs

    def plan(self) -> list[Kill]:
        """Every kill there is: the steps of one undisturbed visit are counted."""
        self._station.until_ready()
        self._scene.page.forget_steps()
        assert self._visit() == "done"
        steps = {role: self._scene.page.steps(role) for role in ROLES}
        return list(every_kill("visit", steps))

    def carry_out(self, kill: Kill, *, chance: random.Random) -> Result:
        """One visit, one kill. When a promise was broken the result says so, and the ground is spoiled."""
        began = time.monotonic()
        page = self._scene.page
        page.forget_steps()
        page.order(kill.role, number=kill.number, when=kill.when, permille=chance.randrange(1, 1000))
        states: tuple[str, ...] = ()
        failure = ""
        try:
            states = (self._visit(),)
        except AssertionError as error:
            self.spoiled = True
            failure = f"{error}"[:400] or "a check failed"
        step = page.withdraw(kill.role)
        seconds = round(time.monotonic() - began, 2)
        return Result(name=kill.name, step=step, states=states, seconds=seconds, failure=failure)

    def _visit(self) -> str:
        """A visit as far as it comes, then the station's next life if there is one; how the newest visit ended."""
        self._station.until_ready()
        self._station.visit(application=APPLICATION)
        self._station.until_ready()
        stage = self._scene.stage
        newest = self._station.newest_visit()
        if newest is None:
            return "none"
        end = check_one_end(stage, self._scene.client, visit=newest, codes={"cut-off", "worker-lost"})
        self._scene.settle()
        _until_one_worker(stage.station.root)
        return end.value


def _until_one_worker(root: Path) -> None:
    """One is ahead, and none is left over. One that ends, or is about to become a worker, takes a moment."""
    deadline = time.monotonic() + PATIENCE_S
    while len(workers_of(root)) != 1:
        assert time.monotonic() < deadline, "one worker is ahead, and none is left over"
        pause()


class SharedGround:
    """Visits and enrolment parcels take turns on one scene: the sample's, which has no time for two."""

    def __init__(self, visits: VisitGround, parcels: KillGround) -> None:
        self._visits, self._parcels = visits, parcels

    @property
    def logs(self) -> Path:
        """What its processes said."""
        return self._visits.logs

    def plan(self) -> list[Kill]:
        """Every kill of both."""
        return [*self._visits.plan(), *self._parcels.plan()]

    def carry_out(self, kill: Kill, *, chance: random.Random) -> Result:
        """One visit or one parcel, one kill."""
        ground = self._visits if kill.role in ROLES else self._parcels
        result = ground.carry_out(kill, chance=chance)
        self._visits.spoiled |= ground.spoiled
        return result


@contextmanager
def shared_ground() -> Iterator[SharedGround]:
    """Opens a scene for visits, and for parcels too."""
    with _opened() as (on, visits):
        yield SharedGround(visits, KillGround(on, SCENARIOS[0]))


@contextmanager
def ground() -> Iterator[VisitGround]:
    """Opens a scene for visits."""
    with _opened() as (_, visits):
        yield visits


@contextmanager
def _opened() -> Iterator[tuple[Scene, VisitGround]]:
    """With recorded pictures before camera and sensor; both sides' ledgers are verified at its end."""
    with tempfile.TemporaryDirectory() as folder, scene(still_life_request(Path(folder))) as on:
        (on.stage.station.configuration / "60-still-life.toml").write_text(STILL_LIFE_LAYER)
        on.start()
        on.system.station.start(revived=True)
        visits = VisitGround(on)
        try:
            yield on, visits
        finally:
            visits.close()
        if not visits.spoiled:
            on.check_end(SCENARIOS[0])
