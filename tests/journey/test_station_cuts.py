"""The station is killed before every durable step of a visit: it was sealed and arrives once, or nothing is left."""

import os
import signal

import pytest

from agent.visit.state import VisitState
from tests.journey.consignment import APPLICATION, Client
from tests.journey.operator import StationClient, workers_of
from tests.journey.processes import System
from tests.journey.verdict import check_one_end, left_of, submissions

STEPS_MIN = 10
"""A visit has at least so many; fewer would mean that the kills missed it."""


def test_the_station_may_die_at_any_step(still_life: System, courier: Client, station: StationClient) -> None:
    for process in (still_life.broker, still_life.migris, still_life.bridge, still_life.courier):
        process.start()
    cut: list[str] = []
    ends = set()
    while True:
        die_at = len(cut) + 1
        still_life.station.start(die_at=die_at)
        station.until_ready()
        station.visit(application=APPLICATION)
        still_life.station.settle()
        station.until_ready()
        newest = station.newest_visit()
        if newest is not None:
            ends.add(check_one_end(still_life.stage, courier, visit=newest))
        assert len(workers_of(still_life.stage.station.root)) == 1, "one worker is ahead, and none is left over"
        steps = still_life.station.steps
        still_life.station.stop()
        if len(steps) < die_at:
            break
        cut.append(steps[-1])
    assert len(cut) >= STEPS_MIN, cut
    assert ends == {VisitState.DONE, VisitState.FAULTED}, "the kills have to fall before and after the seal"


@pytest.mark.parametrize("stop_at", ["doubtful-portrait", "confirm"])
def test_the_worker_may_die_in_the_visit(
    still_life: System, courier: Client, station: StationClient, stop_at: str
) -> None:
    for process in still_life.all:
        process.start()
    station.until_ready()
    view = station.visit(application=APPLICATION, stop_at=stop_at)
    (worker,) = workers_of(still_life.stage.station.root)
    os.kill(worker, signal.SIGKILL)
    # whatever the operator decides next finds out
    station.decide(view, {"decision": "retake", "step": "face"})
    station.until_ready()
    ended = station.view(view["visit"])
    assert (ended["state"], ended["end"]["code"]) == ("faulted", "worker-lost")
    assert left_of(still_life.stage, view["parcel"]) == []
    assert submissions(still_life.stage, view["parcel"]) == 0
    assert courier.ask("GET", f"/v1/parcels/{view['parcel']}")["code"] == "parcel-unknown"


def test_a_cancelled_visit_leaves_nothing(still_life: System, station: StationClient) -> None:
    for process in still_life.all:
        process.start()
    station.until_ready()
    view = station.visit(application=APPLICATION, stop_at="confirm")
    (worker,) = workers_of(still_life.stage.station.root)
    station.decide(view, {"decision": "cancel"})
    station.until_ready()
    assert station.view(view["visit"])["state"] == "aborted"
    assert worker not in workers_of(still_life.stage.station.root)
    assert left_of(still_life.stage, view["parcel"]) == []
