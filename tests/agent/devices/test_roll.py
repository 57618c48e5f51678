"""How configured devices stand, by what is plugged in; also holds wanted.py."""

import pytest

from agent.devices.roll import Presence, Standing, call_roll
from drivers.plugged import Plugged
from tests.agent.devices.bench import CLOSED, camera, chip, sensor, wanted

FUTRONIC = {"driver": "futronic"}
WEBCAM = {"driver": "v4l2", "options": {"device": "/dev/v4l/by-id/cam"}}


def _standing(role: str, plugged: list[Plugged], **station: object) -> Standing:
    (found,) = (one for one in call_roll(wanted(**station), plugged) if one.wanted.role == role)
    return found


def test_every_device_of_the_configuration_has_a_name_and_a_standing() -> None:
    station = {
        "cctv": [{"name": "entrance", "driver": "absent"}],
        "relay": {"lamp": {"driver": "sim"}, "cctv-trigger": {"driver": "absent"}},
    }
    stands = {one.wanted.role: one.presence for one in call_roll(wanted(**station), [])}
    assert stands == {
        "camera": Presence.NONE,
        "fingerprint": Presence.NONE,
        "safe": Presence.NONE,
        "cctv.entrance": Presence.NONE,
        "relay.lamp": Presence.NOT_FOLLOWED,
        "relay.cctv-trigger": Presence.NONE,
    }


@pytest.mark.parametrize(
    ("options", "plugged", "presence"),
    [
        ({}, [], Presence.GONE),
        ({}, [sensor()], Presence.PRESENT),
        ({}, [sensor(driver="uareu")], Presence.GONE),
        ({}, [sensor(permission=CLOSED)], Presence.DENIED),
        ({}, [sensor("1-1"), sensor("1-2")], Presence.SEVERAL),
        ({"path": "1-2"}, [sensor("1-1"), sensor("1-2")], Presence.PRESENT),
        ({"path": "1-3"}, [sensor("1-1"), sensor("1-2")], Presence.GONE),
        ({"serial": "B"}, [sensor("1-1", serial="A"), sensor("1-2", serial="B")], Presence.PRESENT),
        # what tells no serial number before it is opened may have the right one
        ({"serial": "B"}, [sensor("1-1")], Presence.PRESENT),
        ({}, [sensor(option="unproven_models")], Presence.GONE),
        ({"unproven_models": True}, [sensor(option="unproven_models")], Presence.PRESENT),
    ],
)
def test_a_sensor_stands_as_its_driver_would_find_it(
    options: dict[str, object], plugged: list[Plugged], presence: Presence
) -> None:
    assert _standing("fingerprint", plugged, fingerprint={**FUTRONIC, "options": options}).presence is presence


@pytest.mark.parametrize(
    ("plugged", "presence"),
    [
        ([camera()], Presence.GONE),
        ([camera(), camera(2, links=("/dev/v4l/by-id/cam", "/dev/v4l/by-path/1"))], Presence.PRESENT),
        ([camera(links=("/dev/v4l/by-id/cam",), permission=CLOSED)], Presence.DENIED),
    ],
)
def test_a_camera_is_found_by_any_name_of_its_node(plugged: list[Plugged], presence: Presence) -> None:
    assert _standing("camera", plugged, camera=WEBCAM).presence is presence


def _relay(line: str, chip_name: str = "") -> dict[str, object]:
    return {"lamp": {"driver": "gpio", "options": {"line": line, "pins": {"chip": chip_name}}}}


@pytest.mark.parametrize(
    ("line", "chip_name", "presence"),
    [
        ("LAMP", "", Presence.PRESENT),
        ("LOCK", "", Presence.GONE),
        ("gpiochip1/LAMP", "", Presence.PRESENT),
        ("gpiochip0/LAMP", "", Presence.GONE),
        ("/dev/gpiochip1/17", "", Presence.PRESENT),
        ("17", "relays", Presence.PRESENT),
        ("17", "1", Presence.PRESENT),
        ("17", "7", Presence.GONE),
        ("GPIO17", "", Presence.PRESENT),
    ],
)
def test_a_line_is_looked_for_on_every_chip_that_the_configuration_may_mean(
    line: str, chip_name: str, presence: Presence
) -> None:
    chips = [chip(0, "DOOR"), chip(1, "LAMP (somebody)", label="relays")]
    assert _standing("relay.lamp", chips, relay=_relay(line, chip_name)).presence is presence


def test_a_chip_that_may_not_be_opened_is_not_said_to_lack_the_line() -> None:
    standing = _standing("relay.lamp", [chip(0, permission=CLOSED)], relay=_relay("LAMP"))
    assert standing.presence is Presence.DENIED
    assert "/dev/gpiochip0" in standing.sentence


def test_a_safe_needs_every_line_of_its_contacts() -> None:
    pair = {"role": "tamper", "wiring": "pair", "line": "OUT", "return_line": "BACK"}
    safe = {"driver": "gpio", "options": {"contacts": {"loop": pair}}}
    assert _standing("safe", [chip(0, "OUT", "BACK")], safe=safe).presence is Presence.PRESENT
    standing = _standing("safe", [chip(0, "OUT")], safe=safe)
    assert (standing.presence, "'BACK'" in standing.sentence) == (Presence.GONE, True)
