"""What is left of deleted rows in either database; the tombstones that speak of it are in `bridge/test_delivery.py`."""

import os
from contextlib import closing

import pytest
from sqlalchemy import delete, text

from central.bridge.tables import EventRow, OutboxRow
from central.database import Sessions, close_forgetting, forget, is_overwritten
from central.database.forgetting import REWRITE_BYTES_MAX
from tests.central.bridge.counter import Counter
from tests.central.kept import Reader, on_server
from tests.central.parcels import AT


def deleted(counter: Counter, *, beside: int = 0) -> bytes:
    """A sealed parcel that was kept and is not any more; beside it others wait. A stretch of what was in it."""
    content = os.urandom(60_000)
    with Sessions(counter.engine).begin() as session:
        session.add(OutboxRow(tenant="lt", parcel="gone", content=content, held=False))
        if beside:
            session.add(OutboxRow(tenant="lt", parcel="waits", content=bytes(beside), held=False))
    with Sessions(counter.engine).begin() as session:
        session.execute(delete(OutboxRow).where(OutboxRow.parcel == "gone"))
    return content[100:164]


def test_what_was_deleted_is_in_no_file_of_the_tables(counter: Counter) -> None:
    secret = deleted(counter)
    assert secret in counter.disk()
    assert forget(counter.engine)
    assert secret not in counter.disk()


def test_whether_it_is_overwritten_everywhere_is_said_of_each(counter: Counter, kept_by: str) -> None:
    with counter.session() as session:
        assert is_overwritten(session) == (kept_by == "sqlite")


def test_events_are_forgotten_with_the_rest_where_somebody_says_so(counter: Counter) -> None:
    content = os.urandom(60_000)
    with Sessions(counter.engine).begin() as session:
        row = EventRow(tenant="lt", station="s", id="e", content_type="t", digest="d", signed=content, heard_at=AT)
        session.add(row)
    with Sessions(counter.engine).begin() as session:
        session.execute(delete(EventRow))
    assert forget(counter.engine, also=("event",))
    # nothing else is in the table, so that a server gives all of it back
    assert content[100:164] not in counter.disk()


@pytest.mark.parametrize("kept_by", ["postgresql"], indirect=True)
def test_while_much_waits_it_is_only_given_free_and_goes_with_the_next(counter: Counter) -> None:
    secret = deleted(counter, beside=REWRITE_BYTES_MAX + 1)
    assert forget(counter.engine)
    assert secret in counter.disk(), "what waits is not written anew for it"
    with Sessions(counter.engine).begin() as session:
        session.execute(delete(OutboxRow))
    assert forget(counter.engine)
    assert secret not in counter.disk()


@pytest.mark.parametrize("kept_by", ["postgresql"], indirect=True)
def test_who_looks_at_the_table_itself_stands_in_the_way(counter: Counter) -> None:
    deleted(counter)
    with counter.engine.connect() as other:
        other.execute(text("LOCK TABLE outbox IN ACCESS SHARE MODE"))
        assert not forget(counter.engine)
    with counter.engine.connect() as connection:
        assert connection.execute(text("SHOW lock_timeout")).scalar_one() == "5s", "as before for who comes next"
    assert forget(counter.engine)


def test_who_reads_since_before_it_stands_in_the_way(counter: Counter) -> None:
    with closing(Reader(counter.engine)) as reader:
        reader.begin()
        secret = deleted(counter)
        assert not forget(counter.engine)
        reader.end()
        assert forget(counter.engine)
    assert secret not in counter.disk()


@pytest.mark.parametrize("kept_by", ["postgresql"], indirect=True)
def test_who_reads_since_after_it_does_not(counter: Counter) -> None:
    secret = deleted(counter)
    assert on_server(counter.engine)
    with closing(Reader(counter.engine)) as reader:
        # a snapshot of rows that are gone already, and no table that is written anew
        reader.begin()
        assert forget(counter.engine)
    assert secret not in counter.disk()


def test_closing_forgets_what_this_database_can(counter: Counter, kept_by: str) -> None:
    secret = deleted(counter)
    close_forgetting(counter.engine)
    assert (secret in counter.disk()) == (kept_by == "postgresql")
