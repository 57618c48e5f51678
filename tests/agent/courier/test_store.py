"""Every method is one synced transaction: a state never moves without its proof, and a failure moves nothing."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import IntegrityError, OperationalError

from agent.courier.machine import ParcelEvent, ParcelState
from agent.courier.record import Alarm, Burial, HeadEvent, Parcel, ToldHead
from agent.errors import ForbiddenMove
from agent.wire import Stage
from tests.agent.courier.premises import BEGIN, KIND, OTHER_DIGEST, Premises, new_id
from vault.chain import Head
from vault.database import driver
from vault.envelope import digest_of
from vault.errors import KeyHomeFailed
from vault.labels import ParcelId

E, S = ParcelEvent, ParcelState


@contextmanager
def commits(premises: Premises) -> Iterator[list[str]]:
    """The tables that each commit wrote to, as SQLite itself tells of what it runs."""
    written: list[str] = []
    tables: list[str] = []

    def ran(statement: str) -> None:
        writes = re.match(r"(?:INSERT INTO|UPDATE|DELETE FROM) (\w+)", statement)
        if writes:
            tables.append(writes[1])
        if statement == "COMMIT" and tables:
            written.append(" ".join(sorted(set(tables))))
            tables.clear()

    def trace(hook: Callable[[str], None] | None) -> None:
        # the pool's one connection, which every transaction of these tests is on
        with premises.engine.connect() as connection:
            driver(connection).set_trace_callback(hook)

    trace(ran)
    yield written
    trace(None)


@contextmanager
def full_disk(premises: Premises) -> Iterator[None]:
    """SQLite's own limit plays the full disk: the next page is refused as ENOSPC would be."""

    def limited(connection: Connection) -> None:
        connection.execute(text("PRAGMA max_page_count=1"))

    event.listen(premises.engine, "begin", limited)
    yield
    event.remove(premises.engine, "begin", limited)
    premises.engine.dispose()


def lines(premises: Premises) -> list[str]:
    with premises.engine.connect() as connection:
        return [row.body for row in connection.execute(text("SELECT body FROM ledger_line ORDER BY number"))]


def state(premises: Premises, parcel: ParcelId) -> ParcelState:
    return premises.parcel(parcel).state


def test_a_reservation_is_kept_until_it_is_released(premises: Premises) -> None:
    parcel = new_id()
    with commits(premises) as written:
        premises.store.reserve(parcel, kind=KIND, at=BEGIN)
        assert premises.store.reservations() == {parcel: KIND}
        premises.store.release(parcel)
        premises.store.release(parcel)
        assert premises.store.reservations() == {}
    assert written == ["reservation", "reservation"]


def test_a_parcel_is_spooled_and_its_reservation_ended_in_one_commit(premises: Premises) -> None:
    parcel = Parcel(id=new_id(), kind=KIND, state=S.SPOOLED, digest=OTHER_DIGEST, size=7, trouble=None)
    premises.store.reserve(parcel.id, kind=KIND, at=BEGIN)
    with commits(premises) as written:
        premises.store.spooled(parcel, at=BEGIN)
        premises.store.spooled(parcel, at=BEGIN)
    assert written == ["ledger_line milestone parcel reservation"]
    assert premises.parcel(parcel.id) == parcel
    assert len(lines(premises)) == 1


def test_a_receipt_is_stored_in_the_commit_that_it_moves(premises: Premises) -> None:
    parcel = premises.spooled()
    with commits(premises) as written:
        premises.store.apply(parcel.id, E.STORED_HEARD, at=BEGIN, receipt=(Stage.STORED, b"signed"))
    assert written == ["ledger_line milestone parcel receipt"]
    history = premises.store.history(parcel.id)
    assert history is not None
    assert history.receipts == {Stage.STORED: b"signed"}
    assert history.parcel.state is S.STORED


def test_the_first_receipt_of_a_stage_stays(premises: Premises) -> None:
    parcel = premises.spooled()
    for signed in (b"first", b"second"):
        premises.store.apply(parcel.id, E.STORED_HEARD, at=BEGIN, receipt=(Stage.STORED, signed))
    history = premises.store.history(parcel.id)
    assert history is not None
    assert history.receipts == {Stage.STORED: b"first"}
    assert len(lines(premises)) == 2


def test_a_forbidden_move_changes_nothing(premises: Premises) -> None:
    parcel = premises.spooled()
    before = lines(premises)
    with pytest.raises(ForbiddenMove):
        premises.store.apply(parcel.id, E.GONE, at=BEGIN, receipt=(Stage.ACCEPTED, b"signed"))
    history = premises.store.history(parcel.id)
    assert history is not None
    assert (history.parcel.state, history.receipts, lines(premises)) == (S.SPOOLED, {}, before)


def test_a_commit_that_the_disk_refuses_moves_nothing(premises: Premises) -> None:
    parcel = premises.spooled()
    large = b"\xa7" * 400_000
    with full_disk(premises), pytest.raises(OperationalError):
        premises.store.apply(parcel.id, E.ACCEPTED_HEARD, at=BEGIN, receipt=(Stage.ACCEPTED, large))
    history = premises.store.history(parcel.id)
    assert history is not None
    assert (history.parcel.state, history.receipts) == (S.SPOOLED, {})
    assert "wiping" not in history.milestones


def test_quarantine_tells_the_trouble_once(premises: Premises) -> None:
    parcel = premises.spooled()
    alarms = [Alarm(trouble="conflict", event=new_id(), signed=b"alarm") for _ in range(3)]
    with commits(premises) as written:
        for alarm in alarms:
            premises.store.quarantine(
                parcel.id, E.CONFLICT_HEARD, at=BEGIN, alarm=alarm, receipt=(Stage.CONFLICT, b"signed")
            )
    # central hears of it with the same commit, and once
    assert written == ["event ledger_line milestone parcel receipt"]
    assert premises.store.open_events() == [alarms[0].event]
    history = premises.store.history(parcel.id)
    assert history is not None
    assert (history.parcel.state, history.parcel.trouble) == (S.QUARANTINED, "conflict")
    assert history.receipts == {Stage.CONFLICT: b"signed"}


def test_what_comes_too_late_is_no_trouble(premises: Premises) -> None:
    parcel = premises.spooled()
    premises.hear(parcel, Stage.ACCEPTED)
    before = lines(premises)
    alarm = Alarm(trouble="conflict", event=new_id(), signed=b"alarm")
    assert not premises.store.quarantine(parcel.id, E.CONFLICT_HEARD, at=BEGIN, alarm=alarm)
    assert premises.store.open_event(alarm.event) is None
    assert premises.parcel(parcel.id).trouble is None
    assert state(premises, parcel.id) is S.WIPED
    assert lines(premises) == before


def wiping(premises: Premises) -> Parcel:
    parcel = premises.spooled()
    premises.store.apply(parcel.id, E.ACCEPTED_HEARD, at=BEGIN, receipt=(Stage.ACCEPTED, b"signed"))
    premises.store.apply(parcel.id, E.GROUNDS_HELD, at=BEGIN)
    return parcel


def test_what_survives_a_wipe_is_said_once_and_forgotten_with_the_burial(premises: Premises) -> None:
    parcel = wiping(premises)
    before = len(lines(premises))
    said = [premises.store.survived(parcel.id, at=BEGIN, trouble="wipe-unverified") for _ in range(3)]
    assert said == [True, False, False]
    assert len(lines(premises)) == before + 1
    assert (state(premises, parcel.id), premises.parcel(parcel.id).trouble) == (S.WIPING, "wipe-unverified")
    premises.store.bury(parcel.id, Burial(tombstone=b"tombstone", event=new_id(), detail={}), at=BEGIN)
    assert (state(premises, parcel.id), premises.parcel(parcel.id).trouble) == (S.WIPED, None)


def test_a_retry_is_one_commit_and_for_the_quarantined_only(premises: Premises) -> None:
    parcel = premises.spooled()
    with pytest.raises(ForbiddenMove):
        premises.store.retry(parcel.id, at=BEGIN)
    alarm = Alarm(trouble="conflict", event=new_id(), signed=b"alarm")
    premises.store.quarantine(parcel.id, E.CONFLICT_HEARD, at=BEGIN, alarm=alarm)
    with commits(premises) as written:
        assert premises.store.retry(parcel.id, at=BEGIN).state is S.SENDING
    assert written == ["ledger_line milestone parcel"]
    assert (state(premises, parcel.id), premises.parcel(parcel.id).trouble) == (S.SENDING, None)


def test_a_burial_is_one_commit(premises: Premises) -> None:
    parcel = wiping(premises)
    burial = Burial(tombstone=b"tombstone", event=new_id(), detail={"parcel": parcel.id})
    with commits(premises) as written:
        head = premises.store.bury(parcel.id, burial, at=BEGIN)
    assert written == ["event ledger_line milestone parcel tombstone"]
    assert head == premises.store.verify_ledger()
    assert premises.store.open_event(burial.event) == b"tombstone"


def test_a_wipe_is_three_commits_and_the_last_one_tells_central_of_it_and_of_the_head(premises: Premises) -> None:
    parcel = premises.spooled()
    with commits(premises) as written:
        premises.hear(parcel, Stage.ACCEPTED)
    assert written == [
        "ledger_line milestone parcel receipt",
        "milestone parcel",
        "event ledger_line milestone parcel told_head tombstone",
    ]


def test_a_burial_whose_head_cannot_be_signed_is_none(premises: Premises) -> None:
    parcel = wiping(premises)
    before = lines(premises)

    def tell(_head: Head) -> HeadEvent:
        raise KeyHomeFailed("The chip does not answer.")

    burial = Burial(tombstone=b"tombstone", event=new_id(), detail={})
    with pytest.raises(KeyHomeFailed):
        premises.store.bury(parcel.id, burial, at=BEGIN, tell=tell)
    assert (state(premises, parcel.id), lines(premises)) == (S.WIPING, before)
    assert premises.store.open_events() == []


@pytest.mark.parametrize(("moved", "late"), [(Stage.ACCEPTED, Stage.REJECTED), (Stage.REJECTED, Stage.ACCEPTED)])
def test_the_ground_is_the_receipt_that_moved_the_parcel(premises: Premises, moved: Stage, late: Stage) -> None:
    parcel = premises.spooled()
    events = {Stage.ACCEPTED: E.ACCEPTED_HEARD, Stage.REJECTED: E.REJECTED_HEARD}
    assert premises.store.ground(parcel.id) is None
    premises.store.apply(parcel.id, E.STORED_HEARD, at=BEGIN, receipt=(Stage.STORED, b"stored"))
    assert premises.store.ground(parcel.id) is None
    premises.store.apply(parcel.id, events[moved], at=BEGIN, receipt=(moved, b"moved"))
    premises.store.apply(parcel.id, events[late], at=BEGIN, receipt=(late, b"late"))
    assert premises.store.ground(parcel.id) == b"moved"


def test_a_burial_that_cannot_be_whole_is_none(premises: Premises) -> None:
    parcel = wiping(premises)
    event_id = new_id()
    premises.store.add_event(event_id, signed=b"another", at=BEGIN)
    before = lines(premises)
    with pytest.raises(IntegrityError):
        premises.store.bury(parcel.id, Burial(tombstone=b"tombstone", event=event_id, detail={}), at=BEGIN)
    history = premises.store.history(parcel.id)
    assert history is not None
    assert (history.parcel.state, history.tombstone, lines(premises)) == (S.WIPING, None, before)


def test_an_event_is_open_until_its_own_content_is_receipted(premises: Premises) -> None:
    one, two = sorted([new_id(), new_id()])
    premises.store.add_event(two, signed=b"two", at=BEGIN)
    premises.store.add_event(one, signed=b"one", at=BEGIN)
    assert premises.store.open_events() == [one, two]
    premises.store.receipted(one, digest=OTHER_DIGEST, at=BEGIN, receipt=b"r")
    premises.store.receipted(new_id(), digest=digest_of(b"one"), at=BEGIN, receipt=b"r")
    assert premises.store.open_events() == [one, two]
    premises.store.receipted(one, digest=digest_of(b"one"), at=BEGIN, receipt=b"r")
    assert premises.store.open_events() == [two]
    assert premises.store.open_event(one) is None
    assert premises.store.open_event(new_id()) is None


def test_the_furthest_head_that_central_receipted_is_kept_with_its_receipt(premises: Premises) -> None:
    first, further, other = sorted(new_id() for _ in range(3))
    for told, ledger, number in ((first, "station", 3), (further, "station", 9), (other, "courier", 50)):
        head = ToldHead(ledger=ledger, number=number)
        premises.store.add_event(told, signed=told.encode(), at=BEGIN, head=head)
        premises.store.add_event(told, signed=b"again", at=BEGIN, head=head)
    assert premises.store.witnessed_head("station") is None
    premises.store.receipted(first, digest=digest_of(first.encode()), at=BEGIN, receipt=b"receipt")
    assert premises.store.witnessed_head("station") == (first.encode(), b"receipt")
    premises.store.receipted(further, digest=OTHER_DIGEST, at=BEGIN, receipt=b"of other content")
    assert premises.store.witnessed_head("station") == (first.encode(), b"receipt")
    premises.store.receipted(further, digest=digest_of(further.encode()), at=BEGIN, receipt=b"newer")
    assert premises.store.witnessed_head("station") == (further.encode(), b"newer")
    assert premises.store.witnessed_head("courier") is None


def test_history_has_the_first_time_of_every_state(premises: Premises) -> None:
    parcel = premises.spooled()
    premises.desk.due(parcel.id)
    first = premises.store.history(parcel.id)
    premises.clock.seconds = 60.0
    premises.desk.due(parcel.id)
    again = premises.store.history(parcel.id)
    assert first is not None
    assert again is not None
    assert list(first.milestones) == ["sending", "spooled"] or list(first.milestones) == ["spooled", "sending"]
    assert first.milestones == again.milestones
    assert first.milestones["spooled"] < first.milestones["sending"]
    assert first.milestones["sending"].tzinfo is not None


def test_parcels_are_found_by_state_and_age(premises: Premises) -> None:
    made = sorted(premises.spooled().id for _ in range(3))
    premises.desk.due(made[1])
    assert [parcel.id for parcel in premises.store.parcels()] == made
    assert [parcel.id for parcel in premises.store.parcels((S.SENDING,))] == [made[1]]
    assert premises.store.parcel(new_id()) is None
    assert premises.store.history(new_id()) is None


def test_a_note_is_a_line_of_its_own(premises: Premises) -> None:
    premises.store.note("question-ended", at=BEGIN, detail={"question": "q", "how": "answered"})
    assert premises.store.verify_ledger().number == 1
    assert '"kind":"question-ended"' in lines(premises)[0]


def test_what_was_committed_is_there_in_the_next_life(premises: Premises) -> None:
    parcel = wiping(premises)
    again = premises.reopened()
    assert again.parcel(parcel.id).state is S.WIPING
    assert again.store.verify_ledger().number == 2
    again.close()
