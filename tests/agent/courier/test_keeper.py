"""The courier's records go when their time is over, wholly, with a line; and what guards a promise never does."""

import json
import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest

from agent.courier.keeping import GONE_STATES
from agent.courier.machine import ParcelState
from agent.wire import CommandVerb, Stage
from tests.agent.courier.archive import PERIODS, Archive, of_class, shipped
from tests.agent.courier.premises import Premises
from tests.agent.courier.test_obedience import a_command
from vault.retention import Doubt

TABLES = ("parcel", "milestone", "receipt", "tombstone")


@pytest.fixture
def archive(premises: Premises) -> Archive:
    return Archive(premises)


def test_the_shipped_periods_are_these() -> None:
    assert shipped() == PERIODS


def test_nothing_leaves_these_states() -> None:
    assert ParcelState.WIPED in GONE_STATES
    waiting = {ParcelState.SPOOLED, ParcelState.STORED, ParcelState.WIPING, ParcelState.QUARANTINED}
    assert waiting.isdisjoint(GONE_STATES)


def test_a_wiped_parcels_records_go_when_their_time_and_their_grace_are_over(archive: Archive) -> None:
    parcel = archive.gone()
    history = archive.premises.store.history(parcel.id)
    assert history is not None
    secrets = [*history.receipts.values(), history.tombstone or b""]
    archive.forward(1095)
    assert of_class(archive.run(), "parcel") == (0, 0, 0)
    archive.forward(2)
    assert of_class(archive.run(), "parcel") == (0, 1, 0)
    archive.forward(0.9)
    assert of_class(archive.run(), "parcel") == (0, 1, 0)
    archive.forward(0.2)
    assert of_class(archive.run(dry=True), "parcel") == (0, 0, 1)
    before = [archive.rows(table, parcel.id) for table in TABLES]
    assert min(before) >= 1, "a dry run changes nothing"
    outcome = archive.run()
    assert (of_class(outcome, "parcel"), outcome.stopped, outcome.log_cut) == ((0, 0, 1), None, True)
    assert [archive.rows(table, parcel.id) for table in TABLES] == [0, 0, 0, 0]
    (line,) = (json.loads(body) for body in archive.bodies("retention-deleted") if '"class":"parcel"' in body)
    assert (line["rows"], line["rule"]) == (sum(before), "parcel 1096d")
    assert parcel.id not in json.dumps(line)
    # the event with the tombstone went with the events, so nothing of the signed bytes is anywhere
    assert [secret in archive.disk() for secret in secrets] == [False, False]
    assert of_class(archive.run(), "parcel") == (0, 0, 0)


def test_what_has_not_left_is_kept_however_old_it_becomes(archive: Archive) -> None:
    premises = archive.premises
    waiting, stuck = premises.spooled(b"one"), premises.spooled(b"two")
    premises.hear(stuck, Stage.CONFLICT)
    archive.receipt_all()
    for _ in range(3):
        archive.forward(5000)
        assert of_class(archive.swept(), "parcel") == (0, 0, 0)
    for parcel in (waiting, stuck):
        assert len(premises.on_disk(parcel.id)) == 2
        assert premises.store.history(parcel.id) is not None
    assert set(archive.keeper.bound().open) == {waiting.id, stuck.id}


def test_what_headquarters_has_not_heard_of_is_kept(archive: Archive) -> None:
    parcel = archive.premises.spooled()
    archive.premises.hear(parcel, Stage.ACCEPTED)
    history = archive.premises.store.history(parcel.id)
    assert history is not None
    assert history.tombstone is not None
    archive.forward(5000, but=history.tombstone)
    for _ in range(2):
        archive.forward(2, but=history.tombstone)
        assert of_class(archive.run(), "parcel") == (0, 0, 0)
    archive.receipt_all()
    assert of_class(archive.swept(), "parcel") == (0, 0, 1)


def test_what_is_restricted_is_kept(archive: Archive) -> None:
    parcel = archive.gone()
    archive.premises.desk.hear_command(a_command(CommandVerb.RESTRICT, parcel.id))
    assert archive.keeper.bound().held == (parcel.id,), "the station's own records as well"
    archive.forward(5000)
    assert of_class(archive.swept(), "parcel") == (0, 0, 0)
    archive.premises.clock.seconds -= 5001 * 86_400
    archive.premises.desk.hear_command(a_command(CommandVerb.LIFT, parcel.id, counter=2))
    archive.forward(5003)
    assert of_class(archive.swept(), "parcel") == (0, 0, 1)


def test_events_go_but_the_furthest_head_of_each_ledger_and_what_is_unheard_stay(archive: Archive) -> None:
    archive.gone()
    archive.gone()
    store = archive.premises.store
    furthest = store.witnessed_head("courier")
    archive.forward(401)
    outcome = archive.swept()
    # two tombstones, and the head that the second parcel's followed
    assert of_class(outcome, "event") == (0, 0, 3)
    assert store.witnessed_head("courier") == furthest
    assert store.witnessed_head("station") is not None
    assert of_class(archive.run(), "event") == (0, 0, 0)


def test_the_newest_command_stays_and_guards_against_older_ones(archive: Archive) -> None:
    premises = archive.premises
    parcel = archive.gone()
    commands = [a_command(CommandVerb.FIND, parcel.id, counter=counter) for counter in (1, 2, 3)]
    for command in commands:
        premises.desk.hear_command(command)
    archive.receipt_all()
    archive.forward(1097)
    assert of_class(archive.swept(), "command") == (0, 0, 2)
    assert [premises.store.result_of(command.id) is None for command in commands] == [True, True, False]
    assert premises.store.newest_command() == 3
    # the same again, long after: it is not carried out
    premises.desk.hear_command(commands[0])
    assert premises.store.newest_command() == 3
    assert of_class(archive.swept(), "command") == (0, 0, 0)


@pytest.mark.parametrize("years", [2, 20])
def test_a_clock_that_jumps_ahead_by_years_stops_the_sweep(archive: Archive, years: int) -> None:
    parcel = archive.gone()
    archive.run()
    archive.clock.step = timedelta(days=365 * years)
    for _ in range(4):
        archive.forward(1)
        outcome = archive.run()
        assert (outcome.stopped, outcome.swept) == (Doubt.UNWITNESSED, ())
    # and over a start, when the monotonic clock says nothing
    archive.clock.booted_s = archive.premises.clock.seconds
    archive.keeper = archive.started("next")
    archive.forward(3)
    assert archive.run().stopped is Doubt.UNWITNESSED
    assert archive.rows("parcel", parcel.id) == 1
    archive.clock.step = timedelta(0)
    assert archive.run().stopped is Doubt.BEHIND_LEDGER, "the line that says so has the wrong year"
    assert archive.run().stopped is None
    said = [json.loads(body)["why"] for body in archive.bodies("retention-stopped")]
    assert said == ["unwitnessed", "unwitnessed", "behind-ledger"], "once each time that it begins"


def test_a_clock_that_is_behind_what_headquarters_signed_stops_the_sweep(archive: Archive) -> None:
    archive.gone()
    archive.forward(1100)
    archive.run()
    archive.clock.step = timedelta(days=-2)
    archive.forward(1.5)
    for _ in range(3):
        assert archive.run().stopped is Doubt.BEHIND_CENTRAL
    archive.clock.step = timedelta(0)
    assert of_class(archive.run(), "parcel") == (0, 0, 1)


def test_a_station_that_is_away_for_long_deletes_nothing_until_it_hears_headquarters(archive: Archive) -> None:
    archive.gone()
    archive.premises.clock.seconds += 1200 * 86_400
    assert archive.run().stopped is Doubt.UNWITNESSED
    archive.witness()
    assert of_class(archive.swept(), "parcel") == (0, 0, 1)


def test_a_small_step_within_headquarters_word_begins_the_grace_anew(archive: Archive) -> None:
    archive.gone()
    archive.forward(1094)
    archive.run()
    archive.clock.step = timedelta(days=5)
    assert of_class(archive.run(), "parcel") == (0, 1, 0)
    archive.forward(0.5)
    assert of_class(archive.run(), "parcel") == (0, 1, 0)
    assert len(archive.bodies("clock-stepped")) == 1


def test_a_dry_run_says_that_it_would_be_stopped_and_writes_nothing(archive: Archive) -> None:
    archive.clock.step = timedelta(days=3000)
    head = archive.premises.store.verify_ledger()
    assert archive.run(dry=True).stopped is Doubt.UNWITNESSED
    assert archive.premises.store.verify_ledger() == head


def test_a_reader_keeps_the_log_and_the_next_run_cuts_it(archive: Archive) -> None:
    parcel = archive.gone()
    history = archive.premises.store.history(parcel.id)
    assert history is not None
    archive.forward(1097)
    archive.run()
    archive.forward(1)
    with closing(sqlite3.connect(archive.premises.root / "courier.db")) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM parcel").fetchone()
        assert not archive.run().log_cut
        assert (history.tombstone or b"") in archive.disk()
    assert archive.run().log_cut
    assert (history.tombstone or b"") not in archive.disk()


def test_many_go_in_several_runs_and_each_has_its_line(archive: Archive) -> None:
    for _ in range(35):
        archive.gone()
    archive.forward(1097)
    archive.run()
    archive.forward(1)
    first = archive.run()
    assert first.more
    while archive.run().more:
        pass
    lines = [json.loads(body) for body in archive.bodies("retention-deleted")]
    assert [line["class"] for line in lines].count("parcel") == 35
    assert {key for line in lines for key in line} == {"class", "item", "kind", "number", "rows", "rule", "time"}
