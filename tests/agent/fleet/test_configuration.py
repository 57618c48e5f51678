"""The fleet's configuration at the courier, as transcripts: heard, judged, tried, kept or given up; also with cuts."""

from datetime import timedelta

import pytest

from agent.config.fleet import running
from agent.errors import ConfigError, WireError
from agent.fleet.configuration import Verdict
from agent.fleet.record import read_record, write_record
from tests.agent.courier.premises import BEGIN, FOREIGN_KEY, Premises
from tests.agent.fleet.room import Life, configuration, signed, well


def test_it_is_tried_and_stays_when_the_link_comes_back(premises: Premises) -> None:
    life = Life(premises)
    assert life.told() == (None, None, None, None)
    life.desk.hear(signed(configuration()))
    assert life.told() == (None, 1, "staged", None)
    assert not life.step(), "the station process has not said anything"
    staged = life.desk.staged()
    assert staged is not None
    assert staged.number == 1
    life.desk.hear_verdict(well(7))
    assert not life.step(), "it has spoken of another"
    life.desk.hear_verdict(well())
    assert not life.step(link_up=False), "a link that does not work could not come back"
    assert running(premises.paths) is None
    assert life.step(), "now the courier begins anew"
    assert (life.told(), life.desk.trying) == ((1, 1, "trying", None), True)

    life = Life(premises)
    assert not life.step(link_up=False, tried_s=59.9)
    assert life.desk.trying
    assert not life.step(link_up=True, tried_s=59.95)
    assert (life.told(), life.desk.trying) == ((1, 1, "applied", None), False)
    assert life.kinds == ["configuration-trying", "configuration-applied"]
    record = read_record(premises.paths)
    assert record is not None
    assert (record.signed, record.previous) == (None, None)
    life = Life(premises)
    assert not life.step(link_up=False, tried_s=9999)
    assert life.told() == (1, 1, "applied", None), "what was proven once is not tried again"
    assert life.kinds == []


def test_it_is_given_up_when_the_link_does_not_come_back(premises: Premises) -> None:
    Life(premises).tried(1).step()
    life = Life(premises).tried(2)
    assert life.told() == (2, 2, "trying", None)
    assert life.step(link_up=False, tried_s=60), "the courier begins anew with what it had"
    assert life.told() == (1, 2, "reverted", "link-lost")
    life = Life(premises)
    assert not life.step(link_up=False, tried_s=9999)
    assert life.told() == (1, 2, "reverted", "link-lost")
    assert life.kinds == ["configuration-reverted"]
    life.desk.hear(signed(configuration(2)))
    assert life.told() == (1, 2, "reverted", "link-lost"), "the broker still has it, and it is not tried again"
    assert Life(premises).tried(3).told() == (3, 3, "trying", None)


def test_the_first_one_is_given_up_for_the_stations_own_files(premises: Premises) -> None:
    life = Life(premises).tried()
    assert life.step(link_up=False, tried_s=61)
    assert life.told() == (None, 1, "reverted", "link-lost")
    assert not premises.paths.fleet_configuration.exists()


def test_a_power_cut_while_it_is_tried_takes_it_back(premises: Premises) -> None:
    Life(premises).tried(1).step()
    Life(premises).tried(2)
    life = Life(premises)
    assert life.told() == (1, 2, "reverted", "cut-off")
    life.step()
    assert life.kinds == ["configuration-reverted"]


def test_a_power_cut_between_the_record_and_the_change_finishes_it(premises: Premises) -> None:
    Life(premises).tried(1).step()
    life = Life(premises)
    before = premises.paths.fleet_configuration.read_bytes()
    life.tried(2)
    record = read_record(premises.paths)
    assert record is not None
    # as it was before the new one was written, and before any start with it
    write_record(premises.paths, record.model_copy(update={"starts": 0}))
    premises.paths.fleet_configuration.write_bytes(before)
    life = Life(premises)
    assert life.told() == (2, 2, "trying", None)
    life.step()
    assert life.told() == (2, 2, "applied", None)


def test_a_power_cut_while_it_is_taken_back_is_finished(premises: Premises) -> None:
    Life(premises).tried(1).step()
    Life(premises).tried(2)
    # taken back on the disk, and not in the record yet
    premises.paths.fleet_configuration.write_bytes(signed(configuration(1)))
    assert Life(premises).told() == (1, 2, "reverted", "cut-off")


def test_older_ones_and_the_same_again_change_nothing(premises: Premises, caplog: pytest.LogCaptureFixture) -> None:
    life = Life(premises)
    fifth = signed(configuration(5))
    for content in (fifth, fifth, signed(configuration(4)), signed(configuration(5, layer=""))):
        life.desk.hear(content)
    assert life.told() == (None, 5, "staged", None)
    staged = life.desk.staged()
    assert staged is not None
    assert staged.layer == configuration(5).layer
    assert len([1 for record in caplog.records if "was heard" in record.getMessage()]) == 2
    life.desk.hear(signed(configuration(6)))
    assert life.told() == (None, 6, "staged", None)
    # nothing is staged over what is being tried: it comes again
    life = life.tried(7)
    life.desk.hear(signed(configuration(8)))
    assert life.told() == (7, 7, "trying", None)


@pytest.mark.parametrize(
    "content",
    [
        b"nonsense",
        signed(configuration(), FOREIGN_KEY),
        signed(configuration(station="vilnius-2")),
        signed(configuration(tenant="lv")),
        signed(configuration())[:-1],
    ],
)
def test_what_is_not_headquarters_word_for_us_is_not_taken(premises: Premises, content: bytes) -> None:
    life = Life(premises)
    with pytest.raises(WireError):
        life.desk.hear(content)
    assert life.told() == (None, None, None, None)
    assert not premises.paths.configuration_record.exists()


@pytest.mark.parametrize(
    ("other", "reason", "named"),
    [
        ({"layer": "[station]\npeer_users = [1]"}, "not-settable", "station.peer_users"),
        ({"layer": "[[["}, "not-settable", "not TOML"),
        ({"layer": "[courier]\nkeepalive_s = 1"}, "courier-refuses", "courier.keepalive_s"),
        ({"layer": "[courier]\nretention = 1"}, "courier-refuses", "courier.retention"),
    ],
)
def test_what_the_courier_cannot_run_with_is_refused_at_once(
    premises: Premises, other: dict[str, object], reason: str, named: str
) -> None:
    life = Life(premises)
    life.desk.hear(signed(configuration(1, **other)))
    life.desk.hear_verdict(well())
    assert not life.step()
    assert life.told() == (None, 1, "refused", reason)
    said = life.desk.told().sentence
    assert said is not None
    assert named in said
    assert life.kinds == ["configuration-refused"]


def test_the_station_process_has_a_word_too(premises: Premises) -> None:
    life = Life(premises)
    life.desk.hear(signed(configuration()))
    life.desk.hear_verdict(Verdict(number=1, refusal="station.profile: no " + "x" * 400))
    assert not life.step()
    assert life.told() == (None, 1, "refused", "station-refuses")
    assert len(life.desk.told().sentence or "") == 300


def test_one_whose_time_is_over_is_refused(premises: Premises) -> None:
    life = Life(premises)
    life.desk.hear(signed(configuration(expires=BEGIN + timedelta(seconds=10))))
    premises.clock.seconds += 11
    life.desk.hear_verdict(well())
    assert not life.step()
    assert life.told() == (None, 1, "refused", "expired")


def test_a_disk_that_fails_changes_nothing_and_is_tried_again(premises: Premises) -> None:
    life = Life(premises)
    away = premises.paths.courier.with_name("away")
    premises.paths.courier.rename(away)
    life.desk.hear(signed(configuration()))
    assert life.told() == (None, None, None, None)
    away.rename(premises.paths.courier)
    life.desk.hear(signed(configuration()))
    assert life.told() == (None, 1, "staged", None)


def test_a_record_that_was_lost_lets_nothing_older_in(premises: Premises) -> None:
    Life(premises).tried(3).step()
    premises.paths.configuration_record.write_text("nonsense")
    life = Life(premises)
    assert life.told() == (3, None, None, None), "what is in force stays in force"
    life.desk.hear(signed(configuration(2)))
    assert life.told() == (3, None, None, None)
    assert life.tried(4).told() == (4, 4, "trying", None)


def test_a_record_that_cannot_be_read_stops_the_courier(premises: Premises) -> None:
    premises.paths.configuration_record.mkdir()
    with pytest.raises(ConfigError, match="cannot be read"):
        Life(premises)
