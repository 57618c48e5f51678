"""The audit sees what is lost and what came twice."""

from contextlib import closing

import pytest

from agent.wire import Stage
from central.migris.simulator.store import MigrisStore
from central.paths import Paths
from central.rehearsal.audit import audit
from tests.central.bridge.counter import Counter
from tests.central.bridge.test_delivery import ACCEPTED, REJECTED
from tests.central.headquarters import Station
from tests.central.parcels import AT, OPEN_APPLICATION, Parcel, Visit, new_id, sealed


@pytest.fixture
def accepted(headquarters: Paths, counter: Counter, station: Station) -> Parcel:
    """In the ledger as accepted, and at MIGRIS."""
    parcel = new_id()
    made = sealed(station, Visit(parcel=parcel).package(), parcel=parcel)
    counter.decide(counter.store(made), ACCEPTED)
    hand_over(headquarters, made, key=f"lt/{parcel}")
    return made


def hand_over(paths: Paths, parcel: Parcel, *, key: str) -> None:
    package = Visit(parcel=parcel.id).package()
    with closing(MigrisStore(paths.migris_database)) as store:
        store.accept(key, application=OPEN_APPLICATION, package=package, at=AT)


def test_what_is_everywhere_once_is_well(headquarters: Paths, accepted: Parcel) -> None:
    verdict = audit(headquarters, "lt", sealed={accepted.id}, settled={accepted.id: Stage.ACCEPTED})
    assert (verdict.lost, verdict.duplicated) == ((), ())


def test_another_key_for_the_same_parcel_is_a_duplicate(headquarters: Paths, accepted: Parcel) -> None:
    hand_over(headquarters, accepted, key="another")
    verdict = audit(headquarters, "lt", sealed={accepted.id}, settled={accepted.id: Stage.ACCEPTED})
    assert verdict.duplicated == (accepted.id,)


def test_what_the_ledger_does_not_have_is_lost(headquarters: Paths, accepted: Parcel) -> None:
    gone = new_id()
    settled = {accepted.id: Stage.ACCEPTED, gone: Stage.REJECTED}
    assert audit(headquarters, "lt", sealed=set(settled), settled=settled).lost == (gone,)
    assert audit(headquarters, "lt2", sealed=set(settled), settled=settled).lost == tuple(sorted(settled))


def test_what_migris_does_not_have_is_lost(headquarters: Paths, counter: Counter, station: Station) -> None:
    subject = counter.store(sealed(station, b"content"))
    counter.decide(subject, ACCEPTED)
    assert audit(headquarters, "lt", sealed={subject.id}, settled={subject.id: Stage.ACCEPTED}).lost == (subject.id,)


def test_a_decision_that_is_another_than_the_ledgers_is_a_loss(
    headquarters: Paths, counter: Counter, station: Station
) -> None:
    subject = counter.store(sealed(station, b"content"))
    counter.decide(subject, REJECTED)
    assert audit(headquarters, "lt", sealed={subject.id}, settled={subject.id: Stage.REJECTED}).lost == ()
    assert audit(headquarters, "lt", sealed={subject.id}, settled={subject.id: Stage.ACCEPTED}).lost == (subject.id,)
