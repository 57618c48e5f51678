"""Which driver takes what; with the system's own libudev: tests/provisioning/devices."""

import pytest

from drivers.ids import known_ids
from drivers.plugged import Asker, Plugged, Sorted, plugged_in
from drivers.transport.gpio_names import ChipLines
from drivers.transport.node import NodeState
from drivers.transport.udev import Sight, Thing

MAY = NodeState(there=True, usable=True, mode="0660", group="plugdev", group_may=True)
MAY_NOT = NodeState(there=True, usable=False, mode="0600", group="root", group_may=False)


def thing(subsystem: str, name: str, *, usb: str = "", under: str = "/sys/devices/pci0", **told: str) -> Thing:
    return Thing(
        subsystem=subsystem,
        path=f"{under}/{name}",
        name=name,
        node=f"/dev/{name}",
        links=(),
        attributes=told,
        usb=usb,
        capabilities=None,
    )


def _found(*things: Thing, state: NodeState = MAY) -> list[Plugged]:
    asker = Asker("ona", look_at=lambda _: state, lines=lambda _: ChipLines("pinctrl", 4, ("DOOR", "RELAY (lamp)")))
    return list(plugged_in(Sight(things, ""), ids=known_ids(), asker=asker))


@pytest.mark.parametrize("ids", ["1491:0021", "1491:", ":", "zz:0020", "11491:0020", "-1:0020"])
def test_another_device_is_passed_over_whatever_it_says(ids: str) -> None:
    vendor, product = ids.split(":")
    assert _found(thing("usb", "1-1", idVendor=vendor, idProduct=product)) == []


def test_every_known_sensor_is_recognised_with_what_it_needs() -> None:
    for one in known_ids().usb:
        (found,) = _found(thing("usb", "1-1", idVendor=f"{one.vendor:04x}", idProduct=f"{one.product:04x}"))
        assert (found.sort.value, found.driver, found.option, found.note, found.tried) == (
            one.kind.value,
            one.driver,
            one.option or "",
            one.needs or "",
            one.tried,
        )


def test_a_closed_sensor_is_named_and_asks_for_no_permission() -> None:
    (found,) = _found(thing("usb", "1-1", idVendor="1b55", idProduct="0840"), state=MAY_NOT)
    assert (found.sort, found.driver, found.remedy, found.rule) == (Sorted.CLOSED, "", "", "")
    assert "vendor helper" in found.note


def test_a_pis_own_video_nodes_are_no_cameras_of_anybody() -> None:
    isp = thing("video4linux", "video13", under="/sys/devices/platform/soc/bcm2835-isp", name_="x")
    virtual = thing("video4linux", "video10", under="/sys/devices/platform/vivid.0/video4linux")
    assert [one.node for one in _found(isp, virtual)] == ["/dev/video10"]


def test_a_chips_lines_are_read_only_where_its_file_may_be_opened() -> None:
    (found,) = _found(thing("gpio", "gpiochip0"))
    assert (found.name, found.lines) == ("pinctrl", ("DOOR", "RELAY (lamp)"))
    (closed,) = _found(thing("gpio", "gpiochip0"), state=MAY_NOT)
    assert (closed.name, closed.lines) == ("gpiochip0", ())
    assert closed.rule.startswith('SUBSYSTEM=="gpio"')


def test_who_only_lacks_the_group_needs_no_rule() -> None:
    state = NodeState(there=True, usable=False, mode="0660", group="plugdev", group_may=True)
    (found,) = _found(thing("usb", "1-1", idVendor="1491", idProduct="0020"), state=state)
    assert "usermod -aG plugdev ona" in found.remedy
    assert found.rule == ""
