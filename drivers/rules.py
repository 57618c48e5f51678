"""udev rules and hardware database for what the drivers know, and which one a refused node wants. Pure.

Groups are those that Debian and Raspberry Pi OS have for such devices; `gpio` is the latter's, and elsewhere it is to
be made first: a group that there is not, udev passes over. Autosuspend is off: a sensor that sleeps between two fingers
loses its lamp and its settings, and systemd's own database lets several of these sleep. The file's number is above 60,
where that is decided, and below 73, where the user at the seat is let in.

Source: udev(7), hwdb(7); facts/fingerprint-sensors.md section 18; systemd's 60-autosuspend.rules.
"""

from collections.abc import Iterator
from typing import Final, Literal

from drivers.ids import Ids, UsbDriven
from drivers.transport.node import NodeState

RULES_FILE: Final = "70-smilius.rules"
HWDB_FILE: Final = "70-smilius.hwdb"
_HEAD: Final = "# Written by image-build/supported.py out of drivers/ids.toml.\n"

Sort = Literal["sensor", "video", "gpio"]
"""What is ruled alike."""

GROUPS: Final[dict[Sort, str]] = {"sensor": "plugdev", "video": "video", "gpio": "gpio"}
"""Who may open what."""

_INSTALL: Final = (
    f"smilius devices --rules >/etc/udev/rules.d/{RULES_FILE} && udevadm control --reload && udevadm trigger"
)


def udev_rules(ids: Ids) -> str:
    """The rules' file."""
    lines = [_HEAD, 'ACTION=="remove", GOTO="smilius_end"\n']
    for one in ids.usb:
        lines += [f"# {one.name}", _sensor_rule(one), ""]
    lines += ["# a sensor that sleeps loses its lamp and its settings"]
    lines += ['ENV{SMILIUS_SENSOR}=="1", TEST=="power/control", ATTR{power/control}="on"\n']
    lines += ["# cameras, by USB or ribbon"]
    lines += [_group_rule(f'SUBSYSTEM=="{name}"', sort="video") for name in ("video4linux", "media")]
    lines += ["", "# contacts and relays; the group is Raspberry Pi OS's, and must be made elsewhere: groupadd -f gpio"]
    lines += [_group_rule('SUBSYSTEM=="gpio", KERNEL=="gpiochip[0-9]*"', sort="gpio")]
    return "\n".join([*lines, "", 'LABEL="smilius_end"', ""])


def hardware_database(ids: Ids) -> str:
    """The database's file: names, and no autosuspend whatever a file with a lower number says."""
    entries = [_HEAD, *(entry for one in ids.usb for entry in _entry(one))]
    return "\n".join(entries)


def rule_for(sort: Sort, *, vendor: int = 0, product: int = 0) -> str:
    """The one rule that lets the group have such a node."""
    if sort == "sensor":
        return f"{_match(vendor, product)}, {_permission(sort)}"
    if sort == "video":
        return _group_rule('SUBSYSTEM=="video4linux"', sort=sort)
    return _group_rule('SUBSYSTEM=="gpio", KERNEL=="gpiochip[0-9]*"', sort=sort)


def remedy_for(state: NodeState, *, sort: Sort, user: str) -> str:
    """How this user gets the node, as one sentence; empty where the user has it."""
    if state.usable or not state.there:
        return ""
    if state.group_may:
        return f"Put {user} into the group {state.group} (usermod -aG {state.group} {user}) and sign in or start anew."
    group = GROUPS[sort]
    make = f"groupadd -f {group} && " if sort == "gpio" else ""
    return (
        f"Install the udev rules ({make}{_INSTALL}) and put {user} into the group {group} (usermod -aG {group} {user})."
    )


def _sensor_rule(one: UsbDriven) -> str:
    return f'{_match(one.vendor, one.product)}, {_permission("sensor")}, ENV{{SMILIUS_SENSOR}}="1"'


def _match(vendor: int, product: int) -> str:
    ids = f'ATTR{{idVendor}}=="{vendor:04x}", ATTR{{idProduct}}=="{product:04x}"'
    return f'SUBSYSTEM=="usb", ENV{{DEVTYPE}}=="usb_device", {ids}'


def _group_rule(match: str, *, sort: Sort) -> str:
    return f"{match}, {_permission(sort)}"


def _permission(sort: Sort) -> str:
    # whoever sits at the machine may try a sensor; lines may open a safe
    seat = "" if sort == "gpio" else ', TAG+="uaccess"'
    return f'GROUP="{GROUPS[sort]}", MODE="0660"{seat}'


def _entry(one: UsbDriven) -> Iterator[str]:
    maker, _, _ = one.name.partition(" ")
    yield f"usb:v{one.vendor:04X}p{one.product:04X}*"
    yield f" ID_VENDOR_FROM_DATABASE={maker}"
    yield f" ID_MODEL_FROM_DATABASE={one.name}"
    yield " ID_AUTOSUSPEND=0\n"
