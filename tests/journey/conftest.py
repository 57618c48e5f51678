"""A stage with headquarters founded and the station claimed, and the system's processes on it, not started."""

import asyncio
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from provisioning.demo.request import DemoRequest
from provisioning.demo.stage import Stage
from tests.journey.consignment import APPLICATION, Client
from tests.journey.operator import StationClient
from tests.journey.processes import System
from tests.journey.still_life import STILL_LIFE_LAYER, still_life_request


@contextmanager
def _on_stage(request: DemoRequest) -> Iterator[System]:
    stage = Stage()
    try:
        asyncio.run(stage.found())
        asyncio.run(stage.claim(request))
        system = System(stage)
        try:
            yield system
        finally:
            system.stop()
            # pytest shows this with a failure, and with nothing else
            for log in sorted(stage.logs.glob("*.log")):
                sys.stdout.write(f"== {log.name}\n{log.read_text()[-4000:]}\n")
    finally:
        shutil.rmtree(stage.root)


@pytest.fixture
def system() -> Iterator[System]:
    """Headquarters founded, the station claimed, nothing started."""
    request = DemoRequest(photo=None, fingers={}, missing={}, application=APPLICATION, out=None, keep=False)
    with _on_stage(request) as system:
        yield system


@pytest.fixture
def still_life(tmp_path: Path) -> Iterator[System]:
    """The same, with recorded pictures before camera and sensor."""
    with _on_stage(still_life_request(tmp_path)) as system:
        (system.stage.station.configuration / "60-still-life.toml").write_text(STILL_LIFE_LAYER)
        yield system


@pytest.fixture
def courier(request: pytest.FixtureRequest) -> Iterator[Client]:
    client = Client(_running(request).stage.station)
    yield client
    client.close()


@pytest.fixture
def station(request: pytest.FixtureRequest) -> Iterator[StationClient]:
    client = StationClient(_running(request).stage.station)
    yield client
    client.close()


def _running(request: pytest.FixtureRequest) -> System:
    name = "still_life" if "still_life" in request.fixturenames else "system"
    system: System = request.getfixturevalue(name)
    return system
