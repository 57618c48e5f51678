"""The history of clocks on a terminal, where there is one, is none, and is not one."""

import json
from pathlib import Path

import pytest

from provisioning.cli import main
from tests.provisioning.cctv.typed import Station


def _clocks(root: Path, *words: str) -> int:
    return main(["cctv", "clocks", "--root", str(root), *words])


def _measured(at: str, difference_ms: float) -> dict[str, object]:
    measured = {"difference_ms": difference_ms, "uncertainty_ms": 4.5, "source": "system-time", "readings": 8}
    return {"measured_at": at, **measured}


def test_devices_are_in_their_order_and_the_newest_is_first(
    station: Station, capsys: pytest.CaptureFixture[str]
) -> None:
    noon, later = _measured("2026-11-22T12:00:00Z", -819_936_000_123.456), _measured("2026-11-23T12:00:00Z", 62_000.25)
    # two that were measured after the station's own clock was put back stand in the order of their times
    devices = {"nvr": [later, noon], "door": [_measured("2026-11-22T12:00:00Z", 0.0)]}
    station.clocks.write_text(json.dumps({"devices": devices}))
    assert _clocks(station.root) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        "door: its clock against the station's (times in UTC)",
        "  2026-11-22 12:00:00  0.0 ms ahead, give or take 4.5 ms  (system-time)",
        "nvr: its clock against the station's (times in UTC)",
        "  2026-11-23 12:00:00  62.000 s ahead, give or take 4.5 ms  (system-time)",
        "  2026-11-22 12:00:00  9490.0 days behind, give or take 4.5 ms  (system-time)",
    ]
    assert _clocks(station.root, "--json") == 0
    door, nvr = map(json.loads, capsys.readouterr().out.splitlines())
    assert door == {"name": "door", "measured": [_measured("2026-11-22T12:00:00.000Z", 0.0)]}
    assert [one["difference_ms"] for one in nvr["measured"]] == [62_000.25, -819_936_000_123.456]


def test_where_nothing_was_measured_yet_nothing_is_wrong(station: Station, capsys: pytest.CaptureFixture[str]) -> None:
    assert _clocks(station.root) == 0
    assert capsys.readouterr().out == "No clock was measured yet: `smilius cctv check` does.\n"
    assert _clocks(station.root, "--json") == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("content", ["{", '{"devices": {"nvr": [{}]}}'])
def test_a_damaged_history_is_one_sentence(station: Station, content: str, capsys: pytest.CaptureFixture[str]) -> None:
    station.clocks.write_text(content)
    assert _clocks(station.root) == 1
    assert capsys.readouterr() == ("", "smilius: The history of the recorders' clocks is damaged: move it away.\n")
