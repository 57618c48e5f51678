import os
import subprocess
import sys
import tomllib
from pathlib import Path

from agent.config.layers import load_default, merge, read_section
from agent.config.station import StationSection
from drivers.contract import Finger
from provisioning.demo.request import DemoRequest
from provisioning.demo.stage import Stage, demo_layer


def _section(request: DemoRequest) -> StationSection:
    return read_section(merge(load_default(), tomllib.loads(demo_layer(request))), "station", model=StationSection)


def _request(*, photo: Path | None = None, fingers: dict[Finger, Path] | None = None) -> DemoRequest:
    return DemoRequest(photo=photo, fingers=fingers or {}, missing={}, application="A", out=None, keep=False)


def test_without_pictures_the_devices_are_simulated() -> None:
    section = _section(_request())
    assert (section.camera.driver, section.fingerprint.driver) == ("sim", "sim")


def test_pictures_go_through_the_replay_drivers_whatever_their_names() -> None:
    odd = Path('/tmp/a "quoted" näme \\ with = signs.png')
    section = _section(_request(photo=odd, fingers={Finger.LEFT_RING: odd}))
    assert (section.camera.driver, section.camera.options) == ("replay", {"file": str(odd)})
    assert section.fingerprint.options == {"others": "world", "files": {"left-ring": str(odd)}}


def test_a_stage_is_short_of_name_and_leaves_nothing() -> None:
    stage = Stage()
    assert len(str(stage.station.courier_socket)) < 100
    assert stage.root.is_dir()
    stage.strike()
    assert not stage.root.exists()


def test_a_long_name_for_temporary_files_is_not_used(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 100)
    deep.mkdir()
    code = "from provisioning.demo.stage import Stage; s = Stage(); print(s.station.courier_socket); s.strike()"
    said = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "TMPDIR": str(deep)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert len(said.stdout.strip()) < 108
