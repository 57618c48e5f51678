"""Station and courier as users of their own: each owns its state; the spool's `incoming/` is all that they share."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from agent.compose.migrate import run_migrations
from agent.config.paths import Paths
from provisioning.claim.identity import make_request
from tests.house.source import ROOT

STATION, COURIER = 2001, 2002
PARCEL = "01jd0000000000000000000003"

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be two users")


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    """As a package makes the folders, and root then runs the migrations and makes the identity."""
    paths = Paths(tmp_path)
    paths.make_folders()
    os.chown(paths.station, STATION, STATION)
    os.chown(paths.courier, COURIER, COURIER)
    for folder in tmp_path.parents:
        # pytest's own folders are closed to other users
        if folder.is_relative_to("/tmp") and folder != Path("/tmp"):
            folder.chmod(0o755)
    tmp_path.chmod(0o755)
    run_migrations(paths)
    make_request(paths, tenant="lt", station="vilnius")
    return paths


def _as(user: int, paths: Paths, code: str) -> str:
    """What the code says, run as this user; both are in the courier's group. What fails says its exception's name."""
    whole = (
        "import os, sys\nfrom pathlib import Path\nfrom agent.config.paths import Paths\n"
        "from vault.spool import Spool, deliver\nfrom vault.labels import ParcelId\nfrom vault.disk import read_file\n"
        "from sqlalchemy import create_engine\ncreate_engine('sqlite://')  # what is loaded late may be root's only\n"
        "from vault.database import open_database, check_schema\nfrom vault.keys import load_signing_key\n"
        f"os.setgroups([{COURIER}]); os.setgid({user}); os.setuid({user}); os.umask(0o077)\n"
        f"paths, parcel = Paths(Path(sys.argv[1])), ParcelId({PARCEL!r})\n"
        f"try:\n    print({code})\nexcept Exception as error:\n    print(type(error).__name__)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", whole, str(paths.root)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_a_worker_delivers_and_the_courier_takes_in(paths: Paths) -> None:
    assert _as(COURIER, paths, "Spool(paths.spool).sweep()") == "0"
    assert _as(STATION, paths, "deliver(paths.spool / 'incoming', parcel, wrapped=b'sealed')") == "None"
    assert _as(COURIER, paths, "Spool(paths.spool).take_in(parcel)") == "True"
    assert _as(COURIER, paths, "Spool(paths.spool).read(parcel)") == "b'sealed'"
    assert _as(COURIER, paths, "Spool(paths.spool).remove(parcel)") == "None"
    assert list((paths.spool / "kept").iterdir()) == []


@pytest.mark.parametrize(("user", "own", "foreign"), [(STATION, "station", "courier"), (COURIER, "courier", "station")])
def test_each_opens_its_own_database_and_no_other(paths: Paths, user: int, own: str, foreign: str) -> None:
    opened = "check_schema(open_database(paths.{0}_database), revision='0001')"
    assert _as(user, paths, opened.format(own)) == "None"
    assert _as(user, paths, opened.format(foreign)) == "PermissionError"


def test_each_reads_its_own_key_and_no_other(paths: Paths) -> None:
    assert _as(STATION, paths, "load_signing_key(paths.seal_key).kid != ''") == "True"
    assert _as(COURIER, paths, "load_signing_key(paths.link_key).kid != ''") == "True"
    assert _as(STATION, paths, "load_signing_key(paths.link_key)") == "KeyMissing"
    assert _as(COURIER, paths, "load_signing_key(paths.seal_key)") == "KeyMissing"


def test_a_worker_sees_neither_what_is_kept_nor_the_keys(paths: Paths) -> None:
    assert _as(COURIER, paths, "Spool(paths.spool).sweep()") == "0"
    (paths.spool / "kept/other.parcel").write_bytes(b"sealed")
    assert _as(STATION, paths, "os.listdir(paths.spool / 'kept')") == "PermissionError"
    assert _as(STATION, paths, "os.listdir(paths.courier)") == "PermissionError"
    assert _as(STATION, paths, "read_file(paths.spool / 'kept/other.parcel', bytes_max=9)") == "DiskFailed"
