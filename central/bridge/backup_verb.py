"""`smilius-central backup`: its command line."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.clock import SystemClock
from central.errors import BackupRefused
from central.paths import Paths, write_whole

if TYPE_CHECKING:
    Verbs = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 (argparse gives it no public name)

_FILE_BYTES_MAX = 260 * 1024 * 1024
_REQUEST_BYTES_MAX = 64 * 1024


def add_backup(verbs: "Verbs") -> tuple[argparse.ArgumentParser, ...]:
    """The verb's own verbs."""
    top = verbs.add_parser("backup", help="stations' backups, which nobody else can open")
    own: Any = top.add_subparsers(dest="backup_verb", required=True)
    check_verb = own.add_parser("check", help="whether a backup holds, and what central knows that it has not")
    reseal_verb = own.add_parser("reseal", help="make a restore of a backup, for the one unit that asked for it")
    for verb in (check_verb, reseal_verb):
        verb.add_argument("--tenant", required=True, help="whose station")
        verb.add_argument("--station", required=True, help="which station")
        verb.add_argument("--backup", type=Path, required=True, metavar="FILE", help="what `smilius backup` wrote")
    reseal_verb.add_argument(
        "--request", type=Path, required=True, metavar="FILE", help="what `smilius restore request` wrote"
    )
    reseal_verb.add_argument("--restore", type=Path, required=True, metavar="FILE", help="where the restore goes")
    return check_verb, reseal_verb


def run_backup(arguments: argparse.Namespace) -> int:
    """Run one of them. :raises: CentralError, VaultError."""
    from central.bridge.backup import Place, check, reseal

    paths, place = Paths(arguments.root.resolve()), Place(arguments.tenant, arguments.station)
    content = _read(arguments.backup, bytes_max=_FILE_BYTES_MAX)
    if arguments.backup_verb == "check":
        comparison = check(paths, content, place=place)
    else:
        request = _read(arguments.request, bytes_max=_REQUEST_BYTES_MAX)
        restore, comparison = reseal(paths, content, request=request, place=place, at=SystemClock().now())
        try:
            write_whole(arguments.restore.absolute(), restore)
        except OSError as error:
            sentence = "The restore cannot be written there; making it again is well."
            raise BackupRefused(sentence, reason="restore-unwritable") from error
    for sentence in comparison.sentences:
        print(sentence)  # noqa: T201 (a command's output)
    return 0


def _read(path: Path, *, bytes_max: int) -> bytes:
    try:
        if path.stat().st_size > bytes_max:
            raise BackupRefused(f"The file {path.name} is larger than it may be.", reason="file-unreadable")
        return path.read_bytes()
    except OSError as error:
        raise BackupRefused(f"The file {path.name} cannot be read.", reason="file-unreadable") from error
