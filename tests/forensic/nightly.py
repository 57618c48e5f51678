"""More ways for a visit to end: the worker and the station killed at several moments. `make nightly` runs it."""

import pytest

from tests.forensic.visits import Visits

ROUNDS = 3


@pytest.mark.parametrize("until", ["doubtful-portrait", "confirm"])
def test_nothing_is_left_when_the_station_is_killed(visits: Visits, until: str) -> None:
    visits.begin(until=until)
    visits.kill_station()
    assert visits.left() == []


def test_nothing_is_left_when_the_worker_is_killed_over_a_portrait(visits: Visits) -> None:
    view = visits.begin(until="doubtful-portrait")
    visits.kill_worker()
    visits.station.decide(view, {"decision": "retake", "step": "face"})
    assert visits.settled(view)["end"]["code"] == "worker-lost"
    visits.station.until_ready()
    assert visits.left() == []


@pytest.mark.parametrize("victim", ["worker", "station", "courier", "bridge"])
def test_nothing_is_left_when_one_is_killed_while_it_is_sealed_and_sent(visits: Visits, victim: str) -> None:
    for _ in range(ROUNDS):
        view = visits.begin()
        visits.station.decide(view, {"decision": "confirm"})
        if victim == "worker":
            visits.kill_worker()
        else:
            process = getattr(visits.scene.system, victim)
            process.kill()
            process.start()
        visits.station.until_ready()
        # sealed or lost: either way it comes to an end
        history = visits.courier.ask("GET", f"/v1/parcels/{view['parcel']}")
        if history.get("code") != "parcel-unknown":
            visits.wiped(view, receipt="accepted")
        assert visits.left() == []


def test_nothing_is_left_when_the_station_is_killed_with_a_parcel_that_waits(visits: Visits) -> None:
    view = visits.begin()
    visits.seal(view, name="waiting")
    visits.kill_station()
    visits.wiped(view, receipt="accepted")
    visits.scene.learn_pictures()
    assert visits.left() == []
