"""A PostgreSQL server: how it is reached, and what every connection is set to. Secrets are files and never arguments.

Through a socket the server asks the kernel who calls (`peer`). Over a network it is TLS, with the server's name in a
certificate that is verified; a password is in a file that only its owner reads, a client certificate in two.
Source: postgresql.org/docs/15: libpq-connect, libpq-pgpass, runtime-config-client.
"""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, ExceptionContext, create_engine, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from central.errors import SetUpError

DRIVER = "postgresql+psycopg"

CONNECT_S = 10
"""So long a server may take to answer at all."""

_EVERY_SESSION = {
    # a process that is stopped in a transaction keeps the others from writing: the server ends it
    "idle_in_transaction_session_timeout": "60s",
    # and finds out that a machine is gone, whose locks would stay
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
}


@dataclass(frozen=True, slots=True)
class Server:
    """Where it is, and where the files of its secrets are, if there are any."""

    url: str
    """As in `central.toml`; it cannot hold a password."""
    password: Path
    """Passwords in the library's own form: `host:port:name:user:password`."""
    authority: Path
    """What the server's certificate is verified with; the system's authorities where it is absent."""
    certificate: Path
    """This side's certificate."""
    key: Path
    """Its key."""


def open_server(server: Server, *, wait_s: int) -> Engine:
    """An engine on the server's database; nothing is connected yet.

    :param wait_s: so long a statement waits for what somebody else has locked.
    :raises: SetUpError when the driver is not installed, or a file with a password can be read by others.
    """
    url = make_url(server.url).set(drivername=DRIVER)
    arguments = {**_identity(server), "connect_timeout": CONNECT_S, "application_name": "smilius-central"}
    if url.host is not None:
        arguments |= _tls(server)
    settings = {**_EVERY_SESSION, "lock_timeout": f"{wait_s}s"}
    arguments["options"] = " ".join(f"-c {name}={value}" for name, value in settings.items())
    try:
        engine = create_engine(
            url,
            connect_args=arguments,
            hide_parameters=True,
            # what is read after a lock was waited for is what its last holder wrote
            isolation_level="READ COMMITTED",
            pool_pre_ping=True,
        )
    except ModuleNotFoundError as error:
        raise SetUpError("The driver for the database's server is not installed: smilius[central] has it.") from error
    event.listen(engine, "connect", _commit_synced)
    event.listen(engine, "handle_error", _without_values)
    return engine


def check_server(engine: Engine) -> None:
    """What it says is committed is on its disk, and it keeps every letter. :raises: SetUpError."""
    with engine.connect() as connection:
        for setting, needed in (("fsync", "on"), ("full_page_writes", "on"), ("server_encoding", "UTF8")):
            found = connection.execute(text("SELECT current_setting(:name)"), {"name": setting}).scalar_one()
            if found != needed:
                raise SetUpError(f"The database's server has {setting} = {found}: it must be {needed}.")


def _identity(server: Server) -> dict[str, str | int]:
    if not server.password.exists():
        return {}
    if server.password.stat().st_mode & 0o077:
        raise SetUpError(f"The file {server.password.name} has a password, and others than its owner can read it.")
    return {"passfile": str(server.password)}


def _tls(server: Server) -> dict[str, str | int]:
    authority = str(server.authority) if server.authority.exists() else "system"
    arguments: dict[str, str | int] = {
        "sslmode": "verify-full",
        "sslrootcert": authority,
        "ssl_min_protocol_version": "TLSv1.3",
    }
    if server.certificate.exists():
        arguments |= {"sslcert": str(server.certificate), "sslkey": str(server.key)}
    return arguments


def _commit_synced(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    """A server may be set to say that something is committed before it is; anything stronger than that stays."""
    cursor = connection.cursor()
    cursor.execute(
        "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
    )
    cursor.close()
    connection.commit()


def _without_values(context: ExceptionContext) -> None:
    """The server's word for a failure names the values of the row; its first sentence says what failed."""
    error, wrapped = context.original_exception, context.sqlalchemy_exception
    said = getattr(getattr(error, "diag", None), "message_primary", None)
    if said is not None and isinstance(wrapped, DBAPIError):
        error.args = (said,)
        wrapped.args = (f"({type(error).__name__}) {said}",)
