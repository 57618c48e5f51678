"""The sections' models: also holds courier.py, place.py, station.py and default.toml."""

import pytest

from agent.config.courier import CourierSection
from agent.config.layers import Table, load_default, merge, read_section
from agent.config.place import PlaceSection
from agent.config.station import DeviceChoice, StationSection
from agent.errors import ConfigError
from capture.profile import FingerRule, shipped_profile
from drivers.contract import Digit

PLACE: Table = {"place": {"tenant": "lt", "station": "vilnius-1"}}


def with_key(section: str, key: str, value: object) -> Table:
    return merge(merge(load_default(), PLACE), {section: {key: value}})


def test_the_default_is_whole_but_for_the_place() -> None:
    assert read_section(load_default(), "courier", model=CourierSection).broker_port == 8883
    station = read_section(load_default(), "station", model=StationSection)
    assert (station.camera, station.fingerprint) == (DeviceChoice(driver="absent"), DeviceChoice(driver="absent"))
    with pytest.raises(ConfigError, match=r"place\.tenant: Field required; place\.station: Field required\."):
        read_section(load_default(), "place", model=PlaceSection)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("broker_host", ""),
        ("broker_port", 0),
        ("broker_port", 65536),
        ("keepalive_s", 4),
        ("mqtt_version", "4"),
        ("echo_every_s", 4.9),
        ("bytes_per_s", -1),
        ("burst_bytes", 0),
        ("keepalive_s", 1201),
        ("retry_max_s", 0.5),
        ("retry_max_s", float("inf")),
        ("retry_max_s", float("nan")),
        ("free_bytes_min", -1),
        ("question_time_limit_s", 0),
        ("question_time_limit_s", 46),
        ("question_time_limit_s", float("inf")),
        ("peer_users", [-1]),
        ("peer_users", ["root"]),
        ("broker_prot", 1),
    ],
)
def test_what_the_courier_cannot_work_with_is_refused(key: str, value: object) -> None:
    with pytest.raises(ConfigError, match=rf"courier\.{key}"):
        read_section(with_key("courier", key, value), "courier", model=CourierSection)


@pytest.mark.parametrize("key", ["tenant", "station"])
@pytest.mark.parametrize("value", ["", "Vilnius", "vilnius/1", "a" * 41, "-x", "vilnius\n", "+", 7])
def test_a_place_is_one_topic_level(key: str, value: object) -> None:
    with pytest.raises(ConfigError, match=rf"place\.{key}"):
        read_section(with_key("place", key, value), "place", model=PlaceSection)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("camera", {"driver": "../x"}),
        ("camera", {"driver": "sim", "option": 1}),
        ("peer_users", [-5]),
        ("profile", {"fingers": {}}),
        ("face_fallback", "guess"),
        ("worker_memory_locked", "perhaps"),
        ("cameras", []),
    ],
)
def test_what_the_station_cannot_work_with_is_refused(key: str, value: object) -> None:
    with pytest.raises(ConfigError, match=rf"station\.{key}"):
        read_section(with_key("station", key, value), "station", model=StationSection)


def test_a_station_names_a_shipped_profile_and_its_own_keys_override() -> None:
    def finger_rule(profile: Table) -> FingerRule:
        return read_section(with_key("station", "profile", profile), "station", model=StationSection).profile.finger

    german = shipped_profile("de-residence-permit").finger
    assert finger_rule({}) == shipped_profile("lt-eresident").finger
    assert finger_rule({"name": "de-residence-permit"}) == german
    stricter = finger_rule({"name": "de-residence-permit", "finger": {"thresholds": {"index": 50}}})
    assert stricter.thresholds == {**german.thresholds, Digit.INDEX: 50}
    with pytest.raises(ConfigError, match=r"station\.profile: .*no such profile is shipped"):
        finger_rule({"name": "de-residence-permitt"})


def test_a_section_cannot_be_changed_after_loading() -> None:
    section = read_section(load_default(), "courier", model=CourierSection)
    with pytest.raises(ValueError, match="frozen"):
        section.broker_port = 1  # type: ignore[misc]  # that is what is tried
