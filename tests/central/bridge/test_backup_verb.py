"""`smilius-central backup`: files in, a file and sentences out; what cannot be used is one sentence and exit code 2."""

from pathlib import Path

import pytest

from central.cli import main
from central.paths import Paths
from central.pki.set_up import backup_key
from tests.central.backups import Backup, asked
from tests.central.headquarters import TENANT, Station
from vault.envelope import RecipientKey

PLACE = ("--tenant", TENANT, "--station", "vilnius-1")


@pytest.fixture
def files(headquarters: Paths, station: Station, tmp_path: Path) -> Path:
    """A folder with a backup and a request."""
    recipient = backup_key(headquarters).public
    backup = Backup(station=station, recipient=recipient, stations=["a"], couriers=["b"])
    (tmp_path / "backup").write_bytes(backup.sealed())
    (tmp_path / "request").write_bytes(asked(station, RecipientKey.generate()))
    return tmp_path


def run(headquarters: Paths, verb: str, *arguments: str | Path) -> int:
    return main(["backup", verb, "--root", str(headquarters.root), *PLACE, *map(str, arguments)])


def test_a_backup_is_checked(headquarters: Paths, files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(headquarters, "check", "--backup", files / "backup") == 0
    assert capsys.readouterr().out.endswith("holds. Lines: the station's 1, the courier's 1.\n")


def test_a_restore_is_made(headquarters: Paths, files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = ("--backup", files / "backup", "--request", files / "request", "--restore", files / "restore")
    assert run(headquarters, "reseal", *given) == 0
    assert (files / "restore").stat().st_size > 0
    assert main(["ledger", "--root", str(headquarters.root)]) == 0


@pytest.mark.parametrize("wrong", ["backup", "request"])
@pytest.mark.parametrize("content", [None, b"", b"\xd2\x84", b"x" * 70_000])
def test_what_cannot_be_used_is_one_sentence(
    headquarters: Paths, files: Path, wrong: str, content: bytes | None, capsys: pytest.CaptureFixture[str]
) -> None:
    (files / wrong).unlink()
    if content is not None:
        (files / wrong).write_bytes(content)
    given = ("--backup", files / "backup", "--request", files / "request", "--restore", files / "restore")
    assert run(headquarters, "reseal", *given) == 2
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n"), said.err[:17]) == ("", 1, "smilius-central: ")
    assert not (files / "restore").exists()


def test_a_station_that_nobody_knows_is_refused(
    headquarters: Paths, files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = ["--tenant", TENANT, "--station", "nowhere"]
    root = str(headquarters.root)
    assert main(["backup", "check", "--root", root, *place, "--backup", str(files / "backup")]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_place_that_cannot_be_written_is_refused_and_may_be_tried_again(
    headquarters: Paths, files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ("--backup", files / "backup", "--request", files / "request", "--restore")
    assert run(headquarters, "reseal", *given, files / "no" / "folder") == 2
    assert capsys.readouterr().err == (
        "smilius-central: The restore cannot be written there; making it again is well.\n"
    )
    assert run(headquarters, "reseal", *given, files / "restore") == 0
