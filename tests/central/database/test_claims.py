"""What one worker has in hand nobody else takes, and what a dead one had is free."""

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from central.database import Claims
from central.paths import Paths
from tests.central.bridge.counter import Counter, opened_database
from tests.central.kept import on_server


def end_all_but_own(engine: Engine) -> None:
    """As a server's restart, or a network's end, looks to whoever is connected."""
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
    with engine.connect() as connection:
        connection.execute(text(f"{others} AND pid <> pg_backend_pid()"))


def test_what_one_has_another_does_not_get_until_it_is_given_back(headquarters: Paths, counter: Counter) -> None:
    other = opened_database(headquarters)
    ours, theirs = Claims(counter.engine), Claims(other)
    assert ours.take("parcel lt/a")
    assert ours.take("parcel lt/a"), "it has it already"
    assert theirs.take("parcel lt/b")
    # in SQLite's file there is one bridge
    assert theirs.take("parcel lt/a") is not on_server(counter.engine)
    ours.give_back("parcel lt/a")
    assert theirs.take("parcel lt/a")
    ours.give_back("parcel lt/b")
    assert ours.take("parcel lt/b") is not on_server(counter.engine), "only who has it gives it back"
    for claims in (ours, theirs):
        claims.close()
    other.dispose()


def test_a_worker_knows_whether_it_is_alone(headquarters: Paths, counter: Counter) -> None:
    other = opened_database(headquarters)
    ours, theirs = Claims(counter.engine), Claims(other)
    assert ours.alone()
    assert ours.alone(), "it does not count itself"
    assert theirs.alone() is not on_server(counter.engine)
    assert ours.alone() is not on_server(counter.engine)
    theirs.close()
    assert ours.alone()
    ours.close()
    other.dispose()


@pytest.mark.parametrize("kept_by", ["postgresql"], indirect=True)
def test_what_a_closed_or_dead_one_had_is_free(headquarters: Paths, counter: Counter) -> None:
    engines = [opened_database(headquarters) for _ in range(2)]
    closed, dead, lives = Claims(engines[0]), Claims(engines[1]), Claims(counter.engine)
    assert closed.take("a")
    assert dead.take("b")
    closed.close()
    assert lives.take("a")
    lives.give_back("a")
    with counter.engine.connect():
        # the pool's one connection is taken, so that this one is new
        assert not lives.take("b")
    lives.close()
    end_all_but_own(counter.engine)
    heir = Claims(counter.engine)
    assert heir.take("b")
    heir.close()
    with pytest.raises(OperationalError):
        dead.take("c")
    dead.close()
    for engine in engines:
        engine.dispose()
