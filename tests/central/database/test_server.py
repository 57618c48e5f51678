"""A server over a network: TLS with a verified name, secrets in files only, and nothing of a row in what is raised."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError, OperationalError

from agent.clock import SystemClock
from central.database import Server, check_schema, migrate, open_database
from central.errors import SetUpError
from central.pki.authority import Authority
from tests.central.headquarters import free_ports
from tests.central.postgresql import ROLE, Cluster, cluster, server_at

SECRET = "correct horse battery staple"
NAME = "over_tls"
ALLOWED = f"""
hostssl {NAME} {ROLE} 127.0.0.1/32 cert
hostssl {NAME} by_password 127.0.0.1/32 scram-sha-256
"""


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Cluster, int, Path]]:
    """A server that answers over TLS and does not sync, its port, and a folder with what clients need."""
    mine, pki = tmp_path_factory.mktemp("pg-tls"), tmp_path_factory.mktemp("pki")
    now = SystemClock().now()
    founded = Authority.found("An authority of a database", now=now)
    authority = Authority(founded)
    server, client = authority.issue_server(("localhost",), now=now), authority.issue_client(ROLE, now=now)
    for name, content in {
        "database-ca.pem": founded.certificate,
        "database.pem": client.certificate,
        "database.key": client.key,
        "server.pem": server.certificate,
        "server.key": server.key,
        "database.pass": f"localhost:*:{NAME}:by_password:{SECRET}\n",
    }.items():
        (pki / name).touch(mode=0o600)
        (pki / name).write_text(content)
    with free_ports(1) as (port,):
        pass
    given = ["ssl=on", "fsync=off", "synchronous_commit=off"]
    given += ["ssl_ca_file=ca.pem", "ssl_cert_file=server.pem", "ssl_key_file=server.key"]
    with cluster(mine, port=port, options=(*given, "listen_addresses=127.0.0.1"), files=_files(pki)) as running:
        with running.owner() as connection:
            connection.execute(f"CREATE ROLE by_password LOGIN PASSWORD '{SECRET}'")
            connection.execute(f"CREATE DATABASE {NAME} OWNER {ROLE}")
        yield running, port, pki


def _files(pki: Path) -> dict[str, str]:
    return {
        "pg_hba.conf": ALLOWED,
        "ca.pem": (pki / "database-ca.pem").read_text(),
        "server.pem": (pki / "server.pem").read_text(),
        "server.key": (pki / "server.key").read_text(),
    }


@pytest.fixture
def by_certificate(tls: tuple[Cluster, int, Path]) -> Server:
    _, port, pki = tls
    url = f"postgresql://{ROLE}@localhost:{port}/{NAME}"
    return Server(url, pki / "absent", pki / "database-ca.pem", pki / "database.pem", pki / "database.key")


@pytest.fixture
def by_password(tls: tuple[Cluster, int, Path], by_certificate: Server) -> Server:
    _, port, pki = tls
    url, absent = f"postgresql://by_password@localhost:{port}/{NAME}", pki / "absent"
    return replace(by_certificate, url=url, password=pki / "database.pass", certificate=absent, key=absent)


@contextmanager
def connected(server: Server) -> Iterator[Connection]:
    engine = open_database(server)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def asked(connection: Connection, query: str) -> object:
    return connection.execute(text(query)).scalar_one()


@pytest.mark.parametrize(("how", "who"), [("by_certificate", ROLE), ("by_password", "by_password")])
def test_it_is_tls_with_whichever_secret_there_is(request: pytest.FixtureRequest, how: str, who: str) -> None:
    with connected(request.getfixturevalue(how)) as connection:
        assert asked(connection, "SELECT current_user") == who
        assert asked(connection, "SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()") == "TLSv1.3"


def test_a_password_is_nowhere_but_in_its_file(by_password: Server) -> None:
    engine = open_database(by_password)
    with engine.connect() as connection:
        shown = f"{engine!r} {engine.url} {connection.connection.driver_connection!r} {by_password!r}"
    engine.dispose()
    assert SECRET not in shown
    assert SECRET.encode() not in Path("/proc/self/cmdline").read_bytes()
    assert SECRET not in str(dict(os.environ))


def test_a_password_that_others_can_read_is_not_used(by_password: Server, tmp_path: Path) -> None:
    open_to_all = tmp_path / "database.pass"
    open_to_all.write_text(by_password.password.read_text())
    open_to_all.chmod(0o640)
    with pytest.raises(SetUpError, match="others than its owner can read it") as refused:
        open_database(replace(by_password, password=open_to_all))
    assert SECRET not in str(refused.value)


def test_a_server_that_another_authority_vouches_for_is_not_spoken_to(by_password: Server, tmp_path: Path) -> None:
    other = tmp_path / "ca.pem"
    other.write_text(Authority.found("Another", now=SystemClock().now()).certificate)
    misled = replace(by_password, authority=other)
    with pytest.raises(OperationalError, match="certificate verify failed"), connected(misled):
        pytest.fail("it was spoken to")


def test_a_server_under_another_name_is_not_spoken_to(by_password: Server) -> None:
    renamed = replace(by_password, url=by_password.url.replace("localhost", "127.0.0.1"))
    with pytest.raises(OperationalError, match="does not match host name"), connected(renamed):
        pytest.fail("it was spoken to")


def test_a_server_that_says_committed_before_it_is_says_it_later(by_certificate: Server) -> None:
    with connected(by_certificate) as connection:
        assert asked(connection, "SELECT current_setting('synchronous_commit')") == "on"
        assert asked(connection, "SELECT reset_val FROM pg_settings WHERE name = 'synchronous_commit'") == "off"


def test_a_server_that_does_not_sync_is_refused(by_certificate: Server) -> None:
    with pytest.raises(SetUpError, match="fsync = off: it must be on"):
        migrate(by_certificate)


def test_who_waits_in_a_transaction_does_not_keep_the_others_for_ever(by_certificate: Server) -> None:
    with connected(by_certificate) as connection:
        assert asked(connection, "SHOW idle_in_transaction_session_timeout") == "1min"
        assert asked(connection, "SHOW lock_timeout") == "5s"


def test_a_failure_says_nothing_of_the_row(by_certificate: Server) -> None:
    with connected(by_certificate) as connection:
        connection.execute(text("CREATE TEMPORARY TABLE person (name text PRIMARY KEY)"))
        connection.execute(text("INSERT INTO person VALUES (:name)"), {"name": "Ona Pavyzdė"})
        with pytest.raises(IntegrityError, match="violates unique constraint") as failed:
            connection.execute(text("INSERT INTO person VALUES (:name)"), {"name": "Ona Pavyzdė"})
    assert "Pavyzdė" not in f"{failed.value!r} {failed.value} {failed.value.__cause__!r} {failed.value.orig!r}"


def test_what_is_not_there_is_said_in_one_sentence(tmp_path: Path) -> None:
    nowhere = server_at(f"postgresql:///smilius?host={tmp_path}", tmp_path)
    engine = open_database(nowhere)
    with pytest.raises(SetUpError, match="cannot be reached"):
        check_schema(engine, revision="0001")
    engine.dispose()
    with pytest.raises(SetUpError, match="cannot be reached"):
        migrate(nowhere)


def test_through_a_socket_the_kernel_says_who_calls(postgresql: Cluster, tmp_path: Path) -> None:
    server = server_at(postgresql.emptied(), tmp_path)
    with connected(server) as connection:
        assert asked(connection, "SELECT current_user") == ROLE
    stranger = replace(server, url=server.url.replace(f"{ROLE}@", "somebody@"))
    with pytest.raises(OperationalError, match="authentication failed"), connected(stranger):
        pytest.fail("it was let in")
