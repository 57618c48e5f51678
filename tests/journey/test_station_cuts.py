"""A visit whose worker dies, and one that is cancelled, leave nothing. Kills of the station: tests/power."""

import os
import signal

import pytest

from tests.journey.consignment import APPLICATION, Client
from tests.journey.operator import StationClient, workers_of
from tests.journey.processes import System
from tests.journey.verdict import left_of, submissions


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
