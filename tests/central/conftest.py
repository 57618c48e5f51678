"""What the tests of this room share: headquarters' folder, set up once a worker and copied for who changes it.

Whoever looks at the ledger looks at it in both databases: the modules below run twice.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from central.paths import Paths
from tests.central.bridge.counter import Counter, opened
from tests.central.headquarters import Station, enrolled, founded, kept_on
from tests.central.postgresql import Cluster, cluster, migrated

ON_BOTH = {
    "bridge.test_audit",
    "bridge.test_command",
    "bridge.test_delivery",
    "bridge.test_held",
    "bridge.test_incident",
    "bridge.test_ingest",
    "bridge.test_ingest_events",
    "bridge.test_ledger",
    "bridge.test_retention",
    "bridge.test_station_hold",
    "bridge.test_watch",
    "bridge.test_witness",
    "database.test_claims",
    "database.test_forgetting",
    "database.test_writing",
    "subject.test_finding",
    "subject.test_register",
    "subject.test_restriction",
}
"""One suite for both databases."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every test of these modules that has a folder of headquarters' has it once with each database."""
    module = metafunc.module.__name__.removeprefix("tests.central.")
    marked = any("kept_by" in mark.args[0] for mark in metafunc.definition.iter_markers("parametrize"))
    if module in ON_BOTH and "kept_by" in metafunc.fixturenames and not marked:
        metafunc.parametrize("kept_by", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def kept_by(request: pytest.FixtureRequest) -> str:
    """Which database the folder's ledger is in."""
    return str(getattr(request, "param", "sqlite"))


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with cluster(tmp_path_factory.mktemp("pg")) as running:
        yield migrated(running)


@pytest.fixture(scope="session")
def _founded_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return founded(tmp_path_factory.mktemp("headquarters") / "central").root


@pytest.fixture
def headquarters(_founded_once: Path, tmp_path: Path, kept_by: str, request: pytest.FixtureRequest) -> Paths:
    """A folder of the test's own; the paths in its broker configuration are those of the first."""
    shutil.copytree(_founded_once, tmp_path / "central")
    paths = Paths(tmp_path / "central")
    if kept_by == "postgresql":
        server: Cluster = request.getfixturevalue("postgresql")
        kept_on(paths, server.emptied())
    return paths


@pytest.fixture
def station(headquarters: Paths) -> Station:
    return enrolled(headquarters)


@pytest.fixture
def counter(headquarters: Paths) -> Iterator[Counter]:
    """What takes parcels in, closed at the end."""
    counter = opened(headquarters)
    yield counter
    counter.close()
