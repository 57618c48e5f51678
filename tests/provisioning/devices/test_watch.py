"""The command over the system's own libudev: what is plugged in, what comes and goes, and who may not."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulators.sockets import Sockets, camera, chip, ribbon, sockets, usb
from tests.emulators.umockdev import missing
from tests.house.source import ROOT

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())

PROGRAM = (sys.executable, "-c", "import sys; from provisioning.cli import main; sys.exit(main())", "devices")
NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--")
FUTRONIC = usb("1-1", "1491:0020", serial="A1\x1b[2J7", product="FS81")
WEBCAM = usb("1-2", "046d:0825", number=3, product="C270")
PICTURES = camera(0, name="C270 HD", under=WEBCAM)
LINK = "/dev/v4l/by-id/usb-C270-index0"
STATION = f"""
[station.camera]
driver = "v4l2"
options = {{device = "{LINK}"}}
[station.fingerprint]
driver = "futronic"
"""


@pytest.fixture
def root() -> Iterator[Path]:
    # others than root read it too
    with tempfile.TemporaryDirectory(prefix="s-") as folder:
        root = Path(folder)
        root.chmod(0o755)
        (root / "etc/smilius").mkdir(parents=True)
        yield root


def _configure(root: Path, text: str) -> None:
    (root / "etc/smilius/50.toml").write_text(text)


async def _devices(hand: Sockets, root: Path, *options: str, before: tuple[str, ...] = ()) -> None:
    await hand.run(*before, *PROGRAM, "--root", str(root), *options)


async def test_what_is_plugged_in_is_told_apart_and_what_is_configured_is_found(root: Path) -> None:
    _configure(root, STATION)
    async with sockets() as hand:
        describing = camera(1, name="C270 HD", under=WEBCAM, index="1")
        closed = usb("1-3", "1b55:0840", number=4)
        mouse = usb("1-4", "046d:c077", number=5)
        await hand.add(FUTRONIC, WEBCAM, PICTURES, describing, closed, mouse, ribbon(0, sensor="imx708_wide"), chip(0))
        await hand.link(LINK, to="../../video0")
        await _devices(hand, root, "--json")
        said = await hand.object()
        code, _ = await hand.rest()
    assert (code, said["whole"], said["by_station"]) == (0, True, False)
    seen = {(one["sort"], one["driver"], one["name"], one["socket"]) for one in said["plugged"]}
    assert seen == {
        ("fingerprint", "futronic", "Futronic FS80, FS80H, FS81", "1-1"),
        ("camera", "v4l2", "C270 HD", "1-2"),
        ("camera", "picamera2", "Raspberry Pi Camera Module 3", "imx708"),
        ("closed", None, "ZKTeco ZK4500", "1-3"),
        ("gpio", "gpio", "gpiochip0", "gpiochip0"),
    }
    roles = {one["node"]: one["roles"] for one in said["plugged"] if one["roles"]}
    assert roles == {"/dev/bus/usb/001/002": ["fingerprint"], "/dev/video0": ["camera"]}
    # what a device says of itself cannot move the cursor of who reads it
    assert [one["serial"] for one in said["plugged"] if one["serial"]] == ["A1[2J7"]
    assert "udevd does not run" in said["unseen"]


async def test_which_nodes_give_pictures_is_udevs_word_where_it_has_one(root: Path) -> None:
    async with sockets() as hand:
        describing = camera(0, name="Swapped", under=WEBCAM, ID_V4L_CAPABILITIES=":")
        giving = camera(1, name="Swapped", under=WEBCAM, index="1", ID_V4L_CAPABILITIES=":capture:")
        await hand.add(WEBCAM, describing, giving)
        await _devices(hand, root, "--json")
        assert [one["node"] for one in (await hand.object())["plugged"]] == ["/dev/video1"]
        assert (await hand.rest())[0] == 0


async def test_what_is_configured_and_not_there_ends_it_with_one(root: Path) -> None:
    _configure(root, STATION)
    async with sockets() as hand:
        await hand.add(FUTRONIC, usb("1-5", "1491:0020", number=9))
        await _devices(hand, root)
        code, said = await hand.rest()
    assert code == 1
    assert "The camera (v4l2) is not plugged in." in said
    assert "Several devices could be the fingerprint" in said
    assert max(map(len, said.splitlines())) <= 80


async def test_what_comes_goes_and_changes_is_told_until_it_is_interrupted(root: Path) -> None:
    _configure(root, '[station.fingerprint]\ndriver = "futronic"\n')
    async with sockets() as hand:
        await _devices(hand, root, "--watch", "--json")
        begun = await hand.object()
        assert [one["presence"] for one in begun["configured"]] == ["none", "gone", "none"]
        await hand.add(FUTRONIC)
        came, present = await hand.object(), await hand.object()
        assert (came["change"], came["name"], came["node"]) == ("came", FUTRONIC_NAME, "/dev/bus/usb/001/002")
        assert (present["change"], present["role"]) == ("present", "fingerprint")
        await hand.remove(FUTRONIC)
        went, gone = await hand.object(), await hand.object()
        assert (went["change"], went["name"]) == ("went", FUTRONIC_NAME)
        assert (gone["change"], gone["role"]) == ("gone", "fingerprint")
        # interrupted while a configured device is missing
        assert await hand.stop() == (1, "")


FUTRONIC_NAME = "Futronic FS80, FS80H, FS81"


async def test_a_person_reads_one_line_a_change(root: Path) -> None:
    async with sockets() as hand:
        await _devices(hand, root, "--watch")
        while not (await hand.line()).endswith("order alone."):
            pass
        await hand.add(FUTRONIC)
        time, *said = (await hand.line()).split(" ", maxsplit=1)
        assert time.endswith("Z")
        assert said == [f"came {FUTRONIC_NAME} /dev/bus/usb/001/002"]
        assert (await hand.stop())[0] == 0


def _may_be_somebody_else() -> bool:
    """Whether tests may run a program as another user, who can read this project."""
    if os.getuid() != 0 or shutil.which("setpriv") is None:
        return False
    look = [*NOBODY, sys.executable, "-c", "import provisioning.cli, pyudev"]
    return subprocess.run(look, cwd=ROOT, capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not _may_be_somebody_else(), reason="needs root, setpriv, and a project that others may read")
async def test_who_may_not_open_it_is_told_what_mends_it_and_that_it_is_mended(root: Path) -> None:
    _configure(root, '[station.fingerprint]\ndriver = "futronic"\n')
    private = usb("1-1", "1491:0020", mode="0600")
    async with sockets() as hand:
        await hand.add(private)
        await _devices(hand, root, "--watch", "--json", before=NOBODY)
        begun = await hand.object()
        (sensor,) = begun["plugged"]
        assert (begun["whole"], sensor["may_be_opened"], sensor["mode"]) == (False, False, "0600")
        assert sensor["rule"].startswith('SUBSYSTEM=="usb", ENV{DEVTYPE}=="usb_device", ATTR{idVendor}=="1491"')
        assert "plugdev" in sensor["remedy"]
        assert "smilius devices --rules" in sensor["remedy"]
        denied = next(one for one in begun["configured"] if one["role"] == "fingerprint")
        assert denied["presence"] == "denied"
        await hand.permit(private, "0666")
        assert [(await hand.object())["change"] for _ in range(2)] == ["permitted", "present"]
        assert (await hand.stop())[0] == 0


def test_a_configuration_that_would_not_load_ends_it_with_two_and_one_sentence(root: Path) -> None:
    _configure(root, '[station.fingerprint]\ndriver = "futronic"\noptions = {pathh = "1-1"}\n')
    said = subprocess.run([*PROGRAM, "--root", str(root)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (said.returncode, said.stdout) == (2, "")
    assert said.stderr == (
        "smilius: The configuration would not load: station.fingerprint: "
        "The fingerprint driver 'futronic' cannot use these options: pathh.\n"
    )
