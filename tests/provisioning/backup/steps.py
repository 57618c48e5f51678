"""The commands on the way from a backup to a restored unit, run in this process."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from agent.config.paths import Paths
from central.cli import main as central
from provisioning.cli import main
from tests.provisioning.backup.site import STATION, TENANT, Headquarters, Unit


def backed_up(unit: Unit, folder: Path) -> Path:
    """The newest backup, in a folder of its own."""
    target = folder / f"backups-{len(list(folder.glob('backups-*')))}"
    target.mkdir()
    assert main(["backup", "--root", str(unit.paths.root), "--into", str(target)]) == 0
    (file,) = target.iterdir()
    return file


def asked(paths: Paths) -> Path:
    file = paths.root.with_suffix(".wanted")
    assert main(["restore", "request", "--root", str(paths.root), "--request", str(file)]) == 0
    return file


def resealed(headquarters: Headquarters, backup: Path, request: Path, *, station: str = STATION) -> Path:
    target = request.with_name(f"{request.stem}-{backup.parent.name}.restore")
    files = ["--backup", str(backup), "--request", str(request), "--restore", str(target)]
    place = ["--tenant", TENANT, "--station", station]
    assert central(["backup", "reseal", "--root", str(headquarters.paths.root), *place, *files]) == 0
    return target


def applied(paths: Paths, restore: Path) -> int:
    return main(["restore", "apply", "--root", str(paths.root), "--restore", str(restore)])


def replaced(headquarters: Headquarters, backup: Path, root: Path) -> Paths:
    """Another unit becomes the station, with what the backup says."""
    paths = headquarters.enrol(root)
    assert applied(paths, resealed(headquarters, backup, asked(paths))) == 0
    return paths


def lines(path: Path) -> list[dict[str, object]]:
    with closing(sqlite3.connect(path)) as connection:
        return [json.loads(body) for (body,) in connection.execute("SELECT body FROM ledger_line ORDER BY number")]
