"""What `python -m agent config` shows."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.compose.config import changed_view, check_station, effective_view
from agent.config.layers import SECTIONS
from agent.config.paths import Paths
from agent.errors import ConfigError


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    found = Paths(tmp_path)
    found.configuration.mkdir(parents=True)
    (found.configuration / "10.toml").write_text("[place]\ntenant = 'lt'\nstation = 'vilnius-1'\n")
    return found


def test_everything_in_force_is_shown_defaults_included(paths: Paths) -> None:
    view = effective_view(paths)
    assert set(view) == SECTIONS
    shown = json.loads(json.dumps(view))
    assert shown["place"] == {"tenant": "lt", "station": "vilnius-1"}
    assert shown["courier"]["keepalive_s"] == 30
    # also what only the models know
    assert shown["station"]["profile"]["finger"]["ppi"] == 500


def test_the_difference_alone_is_shown(paths: Paths) -> None:
    (paths.configuration / "20.toml").write_text("[courier]\nkeepalive_s = 31\n")
    assert changed_view(paths) == {"courier.keepalive_s": 31, "place.station": "vilnius-1", "place.tenant": "lt"}


def test_what_would_not_load_is_not_shown(paths: Paths) -> None:
    (paths.configuration / "20.toml").write_text("[courier]\nkeepalive_s = 'k9'\n")
    for view in (effective_view, changed_view):
        with pytest.raises(ConfigError, match=r"courier\.keepalive_s") as refused:
            view(paths)
        assert "k9" not in refused.value.sentence


@pytest.mark.parametrize("view", [effective_view, changed_view, check_station])
def test_every_device_that_its_driver_would_refuse_is_named_and_no_value_is(
    paths: Paths, view: Callable[[Paths], object]
) -> None:
    (paths.configuration / "20.toml").write_text("""
[station.camera]
driver = "vl4"
[station.safe]
driver = "gpio"
options = {contacts = {door = {role = "cat", line = "DOOR"}}}
[station.relay.lamp]
driver = "gpio"
options = {lime = "LAMP"}
[station.relay.lock]
driver = "sim"
""")
    with pytest.raises(ConfigError) as refused:
        view(paths)
    told = refused.value.sentence
    assert told.startswith(
        "The configuration would not load: station.camera: There is no camera driver 'vl4'; there are:"
    )
    assert "station.safe: The safe driver 'gpio' cannot use these options: contacts.door.role;" in told
    assert told.endswith("station.relay.lamp: The relay driver 'gpio' cannot use these options: line, lime.")
    assert not any(value in told for value in ("cat", "DOOR", "LAMP", "lock"))


@pytest.mark.parametrize("view", [effective_view, changed_view, check_station])
def test_what_only_the_driver_itself_refuses_is_named(paths: Paths, view: Callable[[Paths], object]) -> None:
    (paths.configuration / "20.toml").write_text("""
[station.safe]
driver = "gpio"
options = {contacts = {loop = {role = "tamper", line = "LOOP", wiring = "end-of-line"}}}
""")
    with pytest.raises(ConfigError, match=r"station\.safe: The contact 'loop' has an end-of-line resistor") as refused:
        view(paths)
    assert "LOOP" not in refused.value.sentence


def test_no_device_is_opened_to_look_at_its_options(paths: Paths) -> None:
    (paths.configuration / "20.toml").write_text("""
[station.camera]
driver = "v4l2"
options = {device = "/dev/video250"}
[station.fingerprint]
driver = "helper"
options = {command = ["/nonexistent/helper"]}
[[station.cctv]]
name = "entrance"
driver = "rtsp"
options = {host = "recorder.invalid", path = "/1"}
[station.relay.lamp]
driver = "gpio"
options = {line = "NOWHERE", pins = {factory = "gpiod", chip = "none"}}
""")
    check_station(paths)


def test_a_good_configuration_of_every_kind_passes(paths: Paths) -> None:
    (paths.configuration / "20.toml").write_text("""
[station.safe]
driver = "sim"
[station.relay.cctv-trigger]
driver = "gpio"
options = {line = "gpiochip0/17"}
""")
    check_station(paths)
    assert effective_view(paths)["station"]
