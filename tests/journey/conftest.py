"""A stage with headquarters founded and the station claimed, and the system's processes on it, not started."""

import asyncio
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import pytest

from drivers.contract import Finger
from drivers.world.finger import WorldFinger
from drivers.world.photograph import astronaut
from drivers.world.press import Press
from provisioning.demo.request import DemoRequest
from provisioning.demo.stage import Stage
from tests.journey.consignment import Client
from tests.journey.operator import StationClient
from tests.journey.processes import System

_APPLICATION = "MIG-2026-000101"


@contextmanager
def _on_stage(*, photo: Path | None = None, fingers: dict[Finger, Path] | None = None) -> Iterator[System]:
    stage = Stage()
    request = DemoRequest(
        photo=photo, fingers=fingers or {}, missing={}, application=_APPLICATION, out=None, keep=False
    )
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
    with _on_stage() as system:
        yield system


@pytest.fixture
def still_life(tmp_path: Path) -> Iterator[System]:
    """The same, with recorded pictures before camera and sensor: a visit takes no longer than it must."""
    photo = tmp_path / "photo.png"
    head = cv2.resize(astronaut()[:280, 80:370], None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)
    cv2.imwrite(str(photo), cv2.cvtColor(head, cv2.COLOR_RGB2BGR))
    prints = {finger: tmp_path / f"{finger.value}.png" for finger in (Finger.RIGHT_INDEX, Finger.LEFT_INDEX)}
    for finger, path in prints.items():
        cv2.imwrite(str(path), WorldFinger(1, finger).press(Press()))
    with _on_stage(photo=photo, fingers=prints) as system:
        layer = "[station.profile.face]\nframes_per_attempt = 1\n"
        (system.stage.station.configuration / "60-still-life.toml").write_text(layer)
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
