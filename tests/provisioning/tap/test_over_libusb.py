"""Recorded as a technician does, through the real libusb; then played where there is no such device."""

from pathlib import Path

import pytest

from drivers.transport.tap.recording import load
from provisioning.cli import main
from tests.emulators.umockdev import missing, run_with

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())

RINGS = """
[printed-ridges]
kind = "printed-finger"
description = "Ridges that nobody has, printed on film"
declared_by = "the test bench"
"""
SMILIUS = ["-c", "import sys; from provisioning.cli import main; sys.exit(main(sys.argv[1:]))"]


@pytest.mark.parametrize(
    ("driver", "options"),
    [("futronic", []), ("uareu", ["--options", "for_calibration=true"])],
)
def test_a_sensor_is_recorded_and_played(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], driver: str, options: list[str]
) -> None:
    (tmp_path / "own.toml").write_text(RINGS)
    file = tmp_path / "it.tap"
    words = ["tap", "record", driver, "--phantom", "printed-ridges", "--phantoms", str(tmp_path / "own.toml")]
    report = run_with(
        driver, [*SMILIUS, *words, "--out", str(file), *options], folder=tmp_path, host=("--frame-s", "0.02")
    )
    assert report.code == 0, report.printed
    assert "A person's face or finger must never be recorded" in report.printed
    frame = load(file).head.outcome[-1]
    assert frame.split()[2] in report.digests
    capsys.readouterr()
    assert main(["tap", "play", str(file)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == frame
