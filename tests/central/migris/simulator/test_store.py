"""The simulator's memory, on a real disk."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.wire import Cause
from central.migris.simulator.store import OPEN_STATES, MigrisStore
from tests.central.parcels import AT

CAUSE = Cause(part="left-index", code="print-size", sentence="A print is not 320 x 480 pixels.")
OPEN = "MIG-2026-000101"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "migris" / "migris.db"


@pytest.fixture
def store(path: Path) -> Iterator[MigrisStore]:
    store = MigrisStore(path)
    yield store
    store.close()


def test_shipped_applications_are_there(store: MigrisStore) -> None:
    row = store.application(OPEN)
    assert row is not None
    assert (row.given_name, row.surname, row.state) == ("Ona", "Pavyzdė", "submitted")
    closed = store.application("MIG-2026-000199")
    assert closed is not None
    assert closed.state not in OPEN_STATES
    assert store.application("MIG-2026-999999") is None


def test_what_is_accepted_is_kept_and_moves_the_application_on(store: MigrisStore) -> None:
    row = store.accept("lt/1", application=OPEN, package=b"a package", at=AT)
    assert row.reference == "MR-20261122-000001"
    assert store.received_as("MR-20261122-000001") is not None
    moved = store.application(OPEN)
    assert moved is not None
    assert moved.state == "biometrics-received"
    assert moved.state in OPEN_STATES, "an amendment may follow"


def test_what_is_declined_is_not_kept(store: MigrisStore) -> None:
    store.decline("lt/1", application=OPEN, cause=CAUSE, at=AT)
    row = store.submission("lt/1")
    assert row is not None
    assert (row.reference, row.package) == (None, b"")
    assert Cause.model_validate_json(row.cause or "") == CAUSE
    assert store.received() == []


def test_references_are_not_given_twice(store: MigrisStore) -> None:
    references = [store.accept(f"lt/{n}", application=OPEN, package=b"", at=AT).reference for n in range(3)]
    store.decline("lt/declined", application=OPEN, cause=CAUSE, at=AT)
    references.append(store.accept("lt/9", application=OPEN, package=b"", at=AT).reference)
    assert len(set(references)) == 4


def test_a_restart_forgets_nothing(store: MigrisStore, path: Path) -> None:
    accepted = store.accept("lt/1", application=OPEN, package=b"a package", at=AT)
    store.decline("lt/2", application=OPEN, cause=CAUSE, at=AT)
    store.close()
    again = MigrisStore(path)
    application, declined = again.application(OPEN), again.submission("lt/2")
    (received,) = again.received()
    again.close()
    assert application is not None
    assert application.state == "biometrics-received", "the shipped state does not come back"
    assert declined is not None
    assert (received.reference, received.package, received.application) == (accepted.reference, b"a package", OPEN)


def test_the_newest_comes_first(store: MigrisStore) -> None:
    for number in range(3):
        store.accept(f"lt/{number}", application=OPEN, package=b"", at=AT.replace(minute=number))
    assert [row.reference[-1] for row in store.received()] == ["3", "2", "1"]


def test_an_unknown_reference_is_nothing(store: MigrisStore) -> None:
    assert store.received_as("MR-20261122-000009") is None
    assert store.submission("lt/9") is None


def test_applicants_are_their_owners_only(path: Path, store: MigrisStore) -> None:
    assert store.application(OPEN) is not None
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
