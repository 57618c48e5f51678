"""What was measured of a recorder's clock is still there after a restart, and bounded."""

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.clock_history import DEVICES_MAX, KEPT, ClockHistory, Measured
from agent.errors import WireError
from drivers.contract.cctv import ClockDifference, ClockSource
from tests.house.source import ROOT

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
ONE = ClockDifference(
    -819_936_000_123.456, uncertainty_ms=4.5, source=ClockSource.SYSTEM_TIME, readings=8, measured_at=NOON
)


def _at(hours: int) -> ClockDifference:
    return replace(ONE, measured_at=NOON + timedelta(hours=hours), difference_ms=float(hours))


def test_what_was_measured_is_read_back_by_the_next_process(tmp_path: Path) -> None:
    ClockHistory(tmp_path / "clocks.json").add("nvr", ONE)
    told = ClockHistory(tmp_path / "clocks.json").of("nvr")
    assert told == (
        Measured(
            measured_at=NOON,
            difference_ms=-819_936_000_123.456,
            uncertainty_ms=4.5,
            source="system-time",
            readings=8,
        ),
    )
    assert (tmp_path / "clocks.json").stat().st_mode & 0o777 == 0o600


def test_nothing_is_known_of_a_device_that_was_never_measured(tmp_path: Path) -> None:
    history = ClockHistory(tmp_path / "clocks.json")
    assert (history.of("nvr"), history.at("nvr", NOON), history.all()) == ((), None, {})


def test_every_device_that_was_measured_is_known(tmp_path: Path) -> None:
    history = ClockHistory(tmp_path / "clocks.json")
    for device, hours in (("nvr", 1), ("door", 2), ("nvr", 3)):
        history.add(device, _at(hours))
    told = {device: [one.difference_ms for one in measured] for device, measured in history.all().items()}
    assert told == {"nvr": [1, 3], "door": [2]}


def test_the_last_before_a_time_is_the_one_that_counts_then(tmp_path: Path) -> None:
    history = ClockHistory(tmp_path / "clocks.json")
    for hours in (1, 3, 2):
        history.add("nvr", _at(hours))
    history.add("other", _at(2))
    found = [history.at("nvr", NOON + timedelta(hours=hours)) for hours in (0, 1, 2.5, 9)]
    assert [one and one.difference_ms for one in found] == [None, 1, 2, 3]


def test_the_newest_are_kept(tmp_path: Path) -> None:
    history = ClockHistory(tmp_path / "clocks.json")
    # written as a station would have after a year, so that the disk is synced twice and not four hundred times
    full = [_measured(hours) for hours in range(KEPT)]
    (tmp_path / "clocks.json").write_text(
        '{"devices": {"nvr": [' + ",".join(one.model_dump_json() for one in full) + "]}}"
    )
    history.add("nvr", _at(KEPT))
    assert len(history.of("nvr")) == KEPT
    assert (history.of("nvr")[0].difference_ms, history.of("nvr")[-1].difference_ms) == (1, KEPT)


def _measured(hours: int) -> Measured:
    return Measured(
        measured_at=NOON + timedelta(hours=hours), difference_ms=hours, uncertainty_ms=1, source="script", readings=1
    )


def test_more_devices_than_a_station_has_are_refused_and_change_nothing(tmp_path: Path) -> None:
    names = ",".join(f'"{number}": []' for number in range(DEVICES_MAX))
    (tmp_path / "clocks.json").write_text(f'{{"devices": {{{names}}}}}')
    history = ClockHistory(tmp_path / "clocks.json")
    with pytest.raises(WireError, match="more devices"):
        history.add("one more", ONE)
    history.add("0", ONE)
    assert len(history.of("0")) == 1


@pytest.mark.parametrize("content", ["", "{", '{"devices": {"nvr": [{}]}}', '{"clocks": 1}'])
def test_a_damaged_file_is_said_to_be_and_not_written_over(tmp_path: Path, content: str) -> None:
    (tmp_path / "clocks.json").write_text(content)
    history = ClockHistory(tmp_path / "clocks.json")
    with pytest.raises(WireError, match="damaged"):
        history.of("nvr")
    with pytest.raises(WireError, match="damaged"):
        history.add("nvr", ONE)
    assert (tmp_path / "clocks.json").read_text() == content


def test_it_costs_a_daemon_no_numpy() -> None:
    look = "import sys, agent.clock_history; print({'numpy', 'cv2', 'drivers'} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True, cwd=ROOT)
    assert found.stdout.strip() == "set()"
