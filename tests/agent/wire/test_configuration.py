"""What headquarters may set of a station, and what it may not."""

import pytest

from agent.config.courier import CourierSection
from agent.config.station import StationSection
from agent.wire import WireError
from agent.wire.configuration import SETTABLE, read_layer


def test_what_may_be_set_is_read() -> None:
    text = """
        courier.broker_host = "mqtt.example"
        [courier.retention]
        event_days = 30
        [station.profile.finger]
        attempts = 2
    """
    assert read_layer(text) == {
        "courier": {"broker_host": "mqtt.example", "retention": {"event_days": 30}},
        "station": {"profile": {"finger": {"attempts": 2}}},
    }
    assert read_layer("") == {}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('place.station = "vilnius-2"', "place.station"),
        ('courier.keys.home = "file"', "courier.keys.home"),
        ("courier.peer_users = [1000]", "courier.peer_users"),
        ("station.peer_users = [1000]", "station.peer_users"),
        ('station.camera.options.command = "/bin/sh"', "station.camera.options.command"),
        ('station.fingerprint = {driver = "helper"}', "station.fingerprint.driver"),
        ('station.nfiq2 = {use = "always", command = "/tmp/x"}', "station.nfiq2.command"),
        ("station.worker_memory_locked = false", "station.worker_memory_locked"),
        ('station.keys.vcmailbox = "/tmp/x"', "station.keys.vcmailbox"),
        ("courier = 7", "courier"),
        ("station.profiles.x = 1", "station.profiles.x"),
        ("visit = {}", "visit"),
    ],
)
def test_what_may_not_be_set_is_refused_by_its_name(text: str, named: str) -> None:
    with pytest.raises(WireError, match=f"may not set: {named}[.]"):
        read_layer(text)


@pytest.mark.parametrize("text", ["[courier", "a = ", "\x00", "a = " + "[" * 20_000])
def test_what_is_no_toml_is_refused(text: str) -> None:
    with pytest.raises(WireError, match="not TOML"):
        read_layer(text)


def test_what_may_be_set_is_there_to_be_set() -> None:
    """A key that was renamed in its section would be settable no more, and nobody would notice."""
    for name in SETTABLE:
        section, key = name.split(".")[:2]
        fields = CourierSection.model_fields if section == "courier" else StationSection.model_fields
        assert key in fields, name
