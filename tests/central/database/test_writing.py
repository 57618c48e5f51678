"""One writes at a time, in either database: lines of the ledger from several writers are one chain."""

import threading

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from central.bridge.ledger import append_line, verify_ledger
from central.bridge.tables import LEDGER, TombstoneRow
from central.database import Sessions, begin_writing, open_database, place_of
from central.paths import Paths
from central.settings import load_settings
from tests.central.bridge.counter import Counter
from tests.central.parcels import AT

LINES_EACH, WRITERS = 12, 4


def test_lines_of_many_writers_are_one_chain(headquarters: Paths, counter: Counter) -> None:
    begun = threading.Barrier(WRITERS)
    troubles: list[Exception] = []

    def write() -> None:
        engine = open_database(place_of(headquarters, load_settings(headquarters.settings)), wait_s=60)
        sessions = Sessions(engine)
        begun.wait()
        try:
            for _ in range(LINES_EACH):
                with sessions.begin() as session:
                    append_line(session, AT, kind="event-stored", detail={})
        except (IntegrityError, OperationalError) as error:
            troubles.append(error)
        engine.dispose()

    writers = [threading.Thread(target=write) for _ in range(WRITERS)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert troubles == []
    with counter.session() as session:
        assert verify_ledger(session).number == WRITERS * LINES_EACH


def test_what_a_writer_read_still_holds_when_he_writes(counter: Counter, headquarters: Paths) -> None:
    engine = open_database(place_of(headquarters, load_settings(headquarters.settings)), wait_s=1)
    with Sessions(counter.engine).begin() as first:
        before = first.scalar(select(func.count()).select_from(LEDGER))
        with pytest.raises(OperationalError), Sessions(engine).begin() as second:
            append_line(second, AT, kind="event-stored", detail={})
        assert first.scalar(select(func.count()).select_from(LEDGER)) == before
        append_line(first, AT, kind="event-stored", detail={})
    with Sessions(engine).begin() as second:
        append_line(second, AT, kind="event-stored", detail={})
    engine.dispose()
    assert len(counter.lines()) == 2


def test_who_only_reads_is_kept_by_nobody(counter: Counter) -> None:
    with Sessions(counter.engine).begin() as first:
        append_line(first, AT, kind="event-stored", detail={})
        assert counter.lines() == []
    assert len(counter.lines()) == 1


def test_asking_again_in_the_same_transaction_is_well(counter: Counter) -> None:
    with Session(counter.engine) as session, session.begin():
        for _ in range(2):
            begin_writing(session)
        append_line(session, AT, kind="event-stored", detail={})
    assert counter.kinds() == ["event-stored"]


def test_what_fails_leaves_nothing_and_lets_the_next_write(counter: Counter) -> None:
    with Sessions(counter.engine).begin() as session:
        session.add(TombstoneRow(tenant="lt", parcel="p", signed=b"s"))
        append_line(session, AT, kind="event-stored", detail={})
        session.rollback()
    with Sessions(counter.engine).begin() as session:
        append_line(session, AT, kind="event-stored", detail={})
    assert (counter.count(TombstoneRow), len(counter.lines())) == (0, 1)
