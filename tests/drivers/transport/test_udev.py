"""What needs no testbed; with one: tests/provisioning/devices and tests/agent/compose/test_station_devices.py."""

import pytest

from drivers.transport.udev import TEXT_MAX, LibUdev, printable


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b"FS81", "FS81"),
        (b"  FS81\n", "FS81"),
        (b"A\x1b[2J\x07B\x00", "A[2JB"),
        ("a\u202eb\u200bc".encode(), "abc"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        ("ąžuolas".encode(), "ąžuolas"),
        (b"x" * 5_000_000, "x" * TEXT_MAX),
    ],
)
def test_what_a_device_says_can_be_shown(raw: bytes, shown: str) -> None:
    assert printable(raw) == shown


async def test_nothing_changes_while_nothing_is_plugged_in() -> None:
    udev = LibUdev()
    with udev.following() as arrivals:
        before = udev.look()
        assert await arrivals.changed(within_s=0.01) is False
        assert udev.look() == before
