"""`central.toml`: where broker, database and MIGRIS are. Unknown keys are refused."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from agent.wire import Name
from agent.wire.ident import RESERVED_STATIONS
from central.errors import SetUpError

HTTPS_PORT = 443


def _not_reserved(tenant: str) -> str:
    if tenant in RESERVED_STATIONS:
        raise ValueError("a tenant of this name would share topics with headquarters")
    return tenant


def _port_in_range(url: str) -> str:
    # the attribute raises ValueError when it is not
    _ = urlsplit(url).port
    return url


def _absolute(path: Path) -> Path:
    if not path.is_absolute():
        raise ValueError("a path is absolute: where a process is started is nobody's choice")
    return path


Host = Annotated[str, Field(max_length=253, pattern=r"^[A-Za-z0-9]([A-Za-z0-9.:-]*[A-Za-z0-9])?$")]
Url = Annotated[
    str, Field(pattern=r"^https://[A-Za-z0-9.\[\]:-]+(/[A-Za-z0-9._~/-]*)?$"), AfterValidator(_port_in_range)
]
Server = Annotated[
    str,
    Field(
        max_length=300,
        # no password has a place in it: that is a file of its own (`central.database.server`)
        pattern=r"^postgresql://([a-z_][a-z0-9_-]{0,62}@)?"
        r"([A-Za-z0-9][A-Za-z0-9.-]{0,252}(:[0-9]{1,5})?/[a-z_][a-z0-9_-]{0,62}"
        r"|/[a-z_][a-z0-9_-]{0,62}\?host=/[A-Za-z0-9._/-]{1,90})$",
    ),
    AfterValidator(_port_in_range),
]
Folder = Annotated[Path, AfterValidator(_absolute)]
Port = Annotated[int, Field(gt=0, le=65535)]
Tenant = Annotated[Name, AfterValidator(_not_reserved)]


REJECTED_PARCEL, HANDED_PARCEL, EVENT = "rejected-parcel", "handed-parcel", "event"

RETENTION_CLASSES = (REJECTED_PARCEL, HANDED_PARCEL, EVENT)
"""What has a period at headquarters."""


class Retention(BaseModel):
    """How long headquarters keeps what has served its purpose. What is not named here is not deleted for its age."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rejected_parcel_days: int = Field(default=90, ge=1, le=3650)
    """The sealed copy of a parcel that MIGRIS refused, from the refusal."""
    handed_parcel_days: int = Field(default=14, ge=1, le=3650)
    """A parcel that MIGRIS, or who works for it, has and does not decide on: then it is withdrawn, and a person looks.
    The sealed copy stays."""
    event_days: int = Field(default=1096, ge=1, le=3650)
    """What stations reported, from when it was heard."""
    grace_hours: float = Field(default=24.0, gt=0, le=8760)
    """So long, of the time that this machine runs, what was found due is still kept: its clock may have stepped."""


class HandoffSettings(BaseModel):
    """The hand-off's folder."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: Folder | None = None
    """An absolute path; `handoff` in headquarters' folder where it is left out."""
    applications: Folder | None = None
    """The roll of applications, CSV, absolute; without it questions are answered with "MIGRIS does not answer"."""
    applications_max_age_hours: float = Field(default=24.0, gt=0, le=8760)
    """An older roll answers nothing."""


class SftpSettings(BaseModel):
    """The hand-off's folder at an SFTP server; our key is `pki/sftp.key`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: Host
    """The server."""
    port: Port = 22
    """Its port."""
    user: str = Field(pattern=r"^[a-z_][a-z0-9_.-]{0,31}$")
    """Our account there."""
    folder: str = Field(pattern=r"^[A-Za-z0-9._/-]{1,200}$")
    """The folder there, which must exist."""
    host_key: str = Field(pattern=r"^[a-z0-9@.-]{1,60} [A-Za-z0-9+/=]{1,2000}$")
    """The server's public key as in `known_hosts`: no other is believed."""


class MigrisSettings(BaseModel):
    """How MIGRIS is reached."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    connector: Literal["simulator", "handoff", "sftp", "http"] = "simulator"
    """*simulator*: HTTPS at `migris_url`; *handoff*: a folder that a clerk or robot works from; *sftp*: the same
    folder at an SFTP server; *http*: HTTPS as `mapping` describes it."""
    handoff: HandoffSettings = HandoffSettings()
    """Of the hand-off."""
    sftp: SftpSettings | None = None
    """Of the SFTP server."""
    mapping: Folder | None = None
    """What the far side of *http* calls things: a TOML file, absolute."""

    @property
    def copies(self) -> bool:
        """Whether the connector keeps copies of what it is given until MIGRIS has decided."""
        return self.connector in {"handoff", "sftp"}

    @model_validator(mode="after")
    def _has_its_table(self) -> Self:
        if self.connector == "sftp" and self.sftp is None:
            raise ValueError("the SFTP server is not named")
        if self.connector == "http" and self.mapping is None:
            raise ValueError("the mapping is not named")
        return self


class Settings(BaseModel):
    """Headquarters' configuration."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    broker_host: Host
    """Name of the broker, as in its certificate."""
    broker_port: Port
    """The broker's TLS port."""
    migris_url: Url
    """Base address of MIGRIS's machine interface (here: of the simulator), https."""
    migris_page_port: Port
    """Loopback port of the simulator's page for people."""
    tenants: Annotated[tuple[Tenant, ...], Field(min_length=1)]
    """Tenants whose stations may be enrolled and are told that central is there."""

    database: Server | None = None
    """A PostgreSQL server in place of the folder's own SQLite: `postgresql://user@host:5432/name` over TLS, or
    `postgresql://user@/name?host=/run/postgresql` through a socket on this machine."""
    retention: Retention = Retention()
    """Periods, in a table of their own."""

    migris: MigrisSettings = MigrisSettings()
    """How MIGRIS is reached, in a table of its own."""

    @property
    def migris_port(self) -> int:
        """Port in `migris_url`."""
        return urlsplit(self.migris_url).port or HTTPS_PORT

    def text(self) -> str:
        """As TOML; no field can hold what would have to be escaped."""
        tenants = ", ".join(f'"{tenant}"' for tenant in self.tenants)
        server = "" if self.database is None else f'database = "{self.database}"\n'
        return (
            f'broker_host = "{self.broker_host}"\nbroker_port = {self.broker_port}\n'
            f'migris_url = "{self.migris_url}"\nmigris_page_port = {self.migris_page_port}\ntenants = [{tenants}]\n'
            f"{server}"
        )


def check_settings(values: Mapping[str, object]) -> Settings:
    """The settings. :raises: SetUpError that names the fields that cannot be used."""
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        fields = ", ".join(sorted({str(item["loc"][0]) for item in error.errors() if item["loc"]}))
        raise SetUpError(f"These settings of headquarters cannot be used: {fields[:200]}.") from None


def load_settings(path: Path) -> Settings:
    """Read the file. :raises: SetUpError when it is absent or would not load."""
    try:
        values = tomllib.loads(path.read_text())
    except (FileNotFoundError, NotADirectoryError):
        raise SetUpError("This folder is not set up: run `smilius-central init` first.") from None
    except (OSError, ValueError) as error:
        raise SetUpError("central.toml would not load.") from error
    return check_settings(values)
