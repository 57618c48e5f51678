"""A PostgreSQL of the tests' own: one cluster a session, emptied before each test. It refuses root, so root lends it
to the account that its package makes, or to nobody's. Only sockets in its own folder lead to it, unless TLS is asked.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import psycopg
import pytest

from central.database import Server, migrate, place_of
from central.paths import Paths
from tests.central.headquarters import settings as given
from tests.central.processes import running

OWNER, ROLE, NAME = "postgres", "bridge", "smilius"
END_LIMIT_S = 60.0

Files = Mapping[str, str]
NONE: Files = MappingProxyType({})

_THROW_OUT = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_EMPTY = """
DO $$ DECLARE name text; BEGIN
    DROP FUNCTION IF EXISTS full_() CASCADE;
    ALTER SEQUENCE retention_hold_number_seq RESTART;
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
        EXECUTE 'DELETE FROM ' || name;
    END LOOP;
END $$
"""
_HBA = "local all all peer map=tests\n"
_QUICK = ("listen_addresses=", "shared_buffers=16MB", "max_connections=40")


@dataclass(frozen=True)
class Cluster:
    """A server that runs."""

    folder: Path
    port: int = 5432

    def url(self, name: str) -> str:
        return f"postgresql://{ROLE}@/{name}?host={self.folder}"

    @contextmanager
    def owner(self, name: str = OWNER) -> Iterator["psycopg.Connection[tuple[object, ...]]"]:
        """A connection that may do everything; each statement by itself."""
        where = f"host={self.folder} port={self.port} user={OWNER} dbname={name}"
        with psycopg.connect(where, autocommit=True) as connection:
            yield connection

    def emptied(self) -> str:
        """The address of the migrated database, with nothing in it: to make a new one takes longer than most tests."""
        with self.owner(NAME) as connection:
            connection.execute(_THROW_OUT)
            connection.execute(_EMPTY)
        return self.url(NAME)

    def made(self, name: str) -> str:
        """The address of a new database without tables."""
        with self.owner() as connection:
            connection.execute(f'CREATE DATABASE "{name}" OWNER {ROLE}'.encode())
        return self.url(name)


def migrated(cluster: Cluster) -> Cluster:
    """With a database in which the bridge's tables are."""
    migrate(server_at(cluster.made(NAME), cluster.folder / "of no headquarters"))
    return cluster


def server_at(url: str, root: Path) -> Server:
    """As `central.toml` in this folder would name it."""
    place = place_of(Paths(root), given().model_copy(update={"database": url}))
    assert isinstance(place, Server)
    return place


def programs() -> Path:
    """Where the newest server on this machine is; the test is skipped where there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    where = shutil.which("initdb")
    if where is None:
        pytest.skip("PostgreSQL's server is not installed")
    return Path(where).parent


@contextmanager
def cluster(mine: Path, *, port: int = 5432, options: tuple[str, ...] = (), files: Files = NONE) -> Iterator[Cluster]:
    """A new one with a role for the bridge, gone at the end.

    :param mine: a folder for it, if this is not root. :param options: as in `postgresql.conf`.
    :param files: what is added to the files of its folder.
    """
    found = programs()
    with _folder(mine) as (folder, lent):
        data = folder / "data"
        made = ("-D", str(data), "-U", OWNER, "-E", "UTF8", "--locale=C", "--auth=reject", "--no-sync")
        subprocess.run([*lent, str(found / "initdb"), *made], check=True, capture_output=True)
        account = pwd.getpwuid(os.geteuid()).pw_name
        (data / "pg_hba.conf").write_text(_HBA)
        (data / "pg_ident.conf").write_text("".join(f"tests {account} {role}\n" for role in (OWNER, ROLE)))
        for name, content in files.items():
            _add(data / name, content)
        settings = (*_QUICK, f"port={port}", f"unix_socket_directories={folder}", *options)
        set_to = [word for setting in settings for word in ("-c", setting)]
        with running(*lent, str(found / "postgres"), "-D", str(data), *set_to, log=folder / "log") as process:
            try:
                yield _with_role(Cluster(folder, port))
            finally:
                # who is still connected is thrown out
                process.send_signal(signal.SIGINT)
                process.wait(END_LIMIT_S)


def _with_role(cluster: Cluster) -> Cluster:
    with cluster.owner() as connection:
        # the bridge's own role may do no more than it needs; to look at the disk is the tests' need
        connection.execute(f"CREATE ROLE {ROLE} LOGIN IN ROLE pg_checkpoint".encode())
    return cluster


def _add(path: Path, content: str) -> None:
    with path.open("a") as file:
        file.write(content)
    owner = path.parent.stat()
    os.chown(path, owner.st_uid, owner.st_gid)
    path.chmod(0o600)


@contextmanager
def _folder(mine: Path) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """A folder, and what a command begins with so that whoever runs the server may use it."""
    if os.geteuid() != 0:
        yield mine, ()
        return
    known = {account.pw_name: account for account in pwd.getpwall()}
    account = known.get(OWNER, known["nobody"])
    # a test's own folder is root's only
    folder = Path(tempfile.mkdtemp(prefix="smilius-pg-"))
    try:
        os.chown(folder, account.pw_uid, account.pw_gid)
        yield folder, ("setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups")
    finally:
        shutil.rmtree(folder)
