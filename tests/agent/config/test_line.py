"""Which lines a configuration claims, by the drivers' own names for them."""

import pytest

from agent.config.layers import Table, load_default, merge, read_section
from agent.config.line import Line, lines_of
from agent.config.station import DeviceChoice, StationSection
from agent.errors import ConfigError
from drivers.relay.gpio import Options as Relay
from drivers.safe.gpio_contacts import Options as Safe

DOOR = {"role": "door", "line": "DOOR"}
LOOP = {"role": "tamper", "wiring": "pair", "line": "OUT", "return_line": "BACK"}


def _safe(*contacts: object, chip: str = "") -> Table:
    named = {f"contact-{number}": contact for number, contact in enumerate(contacts)}
    return {"driver": "gpio", "options": {"contacts": named, "pins": {"chip": chip}}}


def _relay(line: str, chip: str = "") -> Table:
    return {"driver": "gpio", "options": {"line": line, "pins": {"chip": chip}}}


def _load(**station: object) -> StationSection:
    return read_section(merge(load_default(), {"station": station}), "station", model=StationSection)


def test_the_lines_are_those_that_the_drivers_read_from_the_same_options() -> None:
    safe, relay = _safe(DOOR, LOOP), _relay("LAMP")
    contacts = Safe.model_validate(safe["options"]).contacts.values()
    own = [line for contact in contacts for line, _ in contact.lines]
    assert [str(line) for line in lines_of(DeviceChoice.model_validate(safe))] == own == ["DOOR", "OUT", "BACK"]
    own = [Relay.model_validate(relay["options"]).line]
    assert [str(line) for line in lines_of(DeviceChoice.model_validate(relay))] == own


def test_a_chip_is_part_of_a_lines_name_wherever_it_is_said() -> None:
    assert lines_of(DeviceChoice.model_validate(_relay("17", "gpiochip1"))) == (Line("gpiochip1", "17"),)
    assert lines_of(DeviceChoice.model_validate(_relay("gpiochip1/17"))) == (Line("gpiochip1", "17"),)
    assert lines_of(DeviceChoice.model_validate(_relay("/dev/gpiochip1/17", "x"))) == (Line("/dev/gpiochip1", "17"),)


@pytest.mark.parametrize(
    "options", [{}, {"line": 7}, {"pins": "x", "contacts": [1], "line": None}, {"contacts": {"a": 1}}]
)
def test_what_is_no_line_is_left_to_the_driver(options: dict[str, object]) -> None:
    assert lines_of(DeviceChoice(driver="gpio", options=options)) == ()


def test_another_driver_claims_none() -> None:
    assert lines_of(DeviceChoice(driver="sim", options={"line": "LAMP"})) == ()


@pytest.mark.parametrize(
    ("station", "who"),
    [
        ({"safe": _safe(DOOR), "relay": {"lamp": _relay("DOOR")}}, "safe and relay.lamp claim"),
        ({"relay": {"lamp": _relay("17", "relays"), "lock": _relay("relays/17")}}, "relay.lamp and relay.lock claim"),
        ({"safe": _safe(DOOR, DOOR)}, "safe and safe claim"),
    ],
)
def test_a_line_that_two_devices_claim_is_refused_with_their_names(station: Table, who: str) -> None:
    with pytest.raises(ConfigError, match=who) as refused:
        _load(**station)
    assert "DOOR" not in refused.value.sentence


def test_the_same_number_on_two_chips_is_two_lines() -> None:
    section = _load(relay={"lamp": _relay("17", "a"), "cctv-trigger": _relay("17", "b")})
    assert list(section.relay) == ["lamp", "cctv-trigger"]


@pytest.mark.parametrize(
    "station",
    [
        {"cctv": [{"name": "door", "driver": "sim"}, {"name": "door", "driver": "sim"}]},
        {"cctv": [{"driver": "sim"}]},
        {"cctv": [{"name": "Front door", "driver": "sim"}]},
        {"relay": {"Lamp": {"driver": "sim"}}},
        {"relay": {"lamp": {"driver": "sim", "line": "LAMP"}}},
        {"relay": [{"driver": "sim"}]},
    ],
)
def test_what_cannot_be_named_is_refused(station: Table) -> None:
    with pytest.raises(ConfigError, match=r"^The configuration would not load: station\.(cctv|relay)"):
        _load(**station)
