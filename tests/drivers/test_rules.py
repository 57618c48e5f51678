"""udev's own engine and its database's own compiler read what is generated."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from drivers.ids import known_ids
from drivers.rules import HWDB_FILE, RULES_FILE, hardware_database, remedy_for, rule_for, udev_rules
from drivers.transport.node import NodeState
from tests.emulators.sockets import Plug, camera, chip, sockets, usb
from tests.emulators.umockdev import missing

AUTO: dict[str, Any] = {"power/control": "auto"}
OTHERS = NodeState(there=True, usable=False, mode="0600", group="root", group_may=False)


def _mounts() -> bool:
    """Whether a mount namespace may be made, so that udev's test changes nothing of this machine."""
    if os.getuid() != 0 or not all(map(shutil.which, ("udevadm", "unshare"))):
        return False
    look = "mount -t tmpfs none /run && test -d /etc/udev/rules.d"
    return subprocess.run(["unshare", "-m", "sh", "-c", look], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(bool(missing()) or not _mounts(), reason=missing() or "needs root, udev, and mount namespaces")
@pytest.mark.parametrize(
    ("plug", "said"),
    [
        (usb("1-1", "05ba:000a", **AUTO), ["GROUP 46", "MODE 0660", "uaccess", "power/control' writing 'on'"]),
        (usb("1-1", "1491:0020", **AUTO), ["GROUP 46", "MODE 0660", "uaccess", "power/control' writing 'on'"]),
        (camera(0, name="C270"), ["GROUP 44", "MODE 0660", "uaccess"]),
        (chip(0), ["GROUP 997", "MODE 0660"]),
    ],
    ids=["uareu", "futronic", "camera", "chip"],
)
async def test_udevd_gives_what_is_plugged_in_to_the_group(plug: Plug, said: list[str], tmp_path: Path) -> None:
    (tmp_path / RULES_FILE).write_text(udev_rules(known_ids()))
    groups = tmp_path / "group"
    # as on Raspberry Pi OS, whatever this machine has
    groups.write_text("root:x:0:\nvideo:x:44:\nplugdev:x:46:\ngpio:x:997:\n")
    inside = f"mount -t tmpfs none /run && mount --bind '{tmp_path}' /etc/udev/rules.d"
    inside += f" && mount --bind '{groups}' /etc/group"
    async with sockets() as hand:
        await hand.add(plug)
        script = f"{inside} && exec udevadm test -a add /sys{plug.path} 2>&1"
        await hand.run("unshare", "-m", "sh", "-c", script)
        code, told = await hand.rest()
    assert code == 0
    # what our file does, and the tags in the end; other files with higher numbers say nothing of these
    ours = [line for line in told.splitlines() if f"{RULES_FILE}:" in line or line.startswith("TAGS=")]
    assert [word for word in said if not any(word in line for line in ours)] == []
    assert not any("ignoring" in line for line in ours)


@pytest.mark.skipif(shutil.which("systemd-hwdb") is None, reason="needs the Debian package udev")
def test_udevs_database_says_that_no_sensor_sleeps(tmp_path: Path) -> None:
    folder = tmp_path / "etc/udev/hwdb.d"
    folder.mkdir(parents=True)
    # what systemd brings, as far as it matters here: it lets this one sleep
    (folder / "60-autosuspend-fingerprint-reader.hwdb").write_text("usb:v05BAp000A*\n ID_AUTOSUSPEND=1\n")
    (folder / HWDB_FILE).write_text(hardware_database(known_ids()))
    ran = subprocess.run(
        ["systemd-hwdb", "update", "-s", "--root", tmp_path], capture_output=True, text=True, check=True
    )
    assert ran.stderr == ""
    for one in known_ids().usb:
        query = ["systemd-hwdb", "query", "--root", str(tmp_path), f"usb:v{one.vendor:04X}p{one.product:04X}d0100"]
        said = subprocess.run(query, capture_output=True, text=True, check=True).stdout
        assert "ID_AUTOSUSPEND=0\n" in said
        assert f"ID_MODEL_FROM_DATABASE={one.name}\n" in said


def test_the_one_rule_that_is_shown_is_one_of_the_file() -> None:
    rules = udev_rules(known_ids())
    shown = [rule_for("video"), rule_for("gpio")]
    shown += [rule_for("sensor", vendor=one.vendor, product=one.product) for one in known_ids().usb]
    assert [rule for rule in shown if rule not in rules] == []


def test_what_mends_it_depends_on_who_may() -> None:
    member = NodeState(there=True, usable=False, mode="0660", group="video", group_may=True)
    assert remedy_for(member, sort="video", user="ona").startswith(
        "Put ona into the group video (usermod -aG video ona)"
    )
    assert "smilius devices --rules" in remedy_for(OTHERS, sort="sensor", user="ona")
    assert "groupadd -f gpio" in remedy_for(OTHERS, sort="gpio", user="ona")
    usable = NodeState(there=True, usable=True, mode="0660", group="video", group_may=True)
    assert remedy_for(usable, sort="video", user="ona") == ""
