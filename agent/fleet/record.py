"""The record of the fleet's configuration at a station: one small file, replaced as a whole with each step.

    staged -> trying -> applied            in force, and the link came back
      |         `-----> reverted           the link did not come back, or the power was cut before it did
      `---------------> refused            expired, or not what a process takes

The record is written before the step that it announces, and `settle` at the next start finishes or takes back what was
begun: the first start with a new configuration is its trial, a second one means that the first was cut off.
"""

import errno
import logging
from datetime import datetime
from typing import Annotated

from pydantic import Field

from agent.config.paths import Paths
from agent.errors import ConfigError
from agent.wire.configuration import ConfigurationState
from agent.wire.document import Document, Instant
from agent.wire.ident import Base64, DigestText
from vault.disk import read_file, unlink_durably, write_durably
from vault.errors import DiskFailed

_log = logging.getLogger(__name__)

_RECORD_BYTES_MAX = 65_536 * 4


class Record(Document):
    """How far the newest configuration that was heard has come."""

    number: Annotated[int, Field(ge=1)]
    """Its number: none that is not newer is taken."""
    digest: DigestText
    """SHA-256 of it as it was signed."""
    state: ConfigurationState
    """How far it has come."""
    signed: Base64 | None
    """It, as it was signed; gone when it was refused or reverted."""
    previous: Base64 | None
    """What was in force before; None when nothing was."""
    starts: Annotated[int, Field(ge=0)]
    """How often the courier has started with it while it was tried."""
    reason: str | None
    """Why it was refused or reverted."""
    sentence: str | None
    """The same for people."""
    noted: bool
    """Whether the courier's ledger has a line of this state."""
    time: Instant
    """When it came to this state."""

    def become(self, state: ConfigurationState, *, at: datetime, **fields: object) -> "Record":
        """The record of another state, which the ledger does not have yet."""
        return self.model_copy(update={**fields, "state": state, "noted": False, "time": at})


def read_record(paths: Paths) -> Record | None:
    """What is there; None before the first, and when it is damaged: parcels must leave all the same.

    :raises: ConfigError when it cannot be read.
    """
    try:
        content = read_file(paths.configuration_record, bytes_max=_RECORD_BYTES_MAX)
    except DiskFailed as error:
        if error.number == errno.ENOENT:
            return None
        raise ConfigError("The record of the fleet's configuration cannot be read.") from error
    try:
        return Record.model_validate_json(content, strict=True)
    except ValueError:
        _log.error("the record of the fleet's configuration is damaged: what is in force stays in force")
        return None


def write_record(paths: Paths, record: Record) -> None:
    """Whole and synced. :raises: DiskFailed."""
    write_durably(paths.configuration_record, record.canonical())


def install(paths: Paths, signed: bytes | None) -> None:
    """Have this in force for whoever reads the configuration from now on; None leaves the station to its own files.

    :raises: DiskFailed.
    """
    if signed is not None:
        write_durably(paths.fleet_configuration, signed, mode=0o644)
    else:
        unlink_durably(paths.fleet_configuration)


def settle(paths: Paths, *, at: datetime) -> None:
    """At the courier's start, before it reads its configuration. :raises: ConfigError, DiskFailed."""
    record = read_record(paths)
    if record is None or record.state != "trying":
        return
    if record.starts == 0:
        # the record was written; whether the configuration was too, nobody knows
        install(paths, record.signed)
        write_record(paths, record.model_copy(update={"starts": 1}))
    else:
        revert(paths, record, why=("cut-off", "The courier started anew before the link was back."), at=at)


def revert(paths: Paths, record: Record, *, why: tuple[str, str], at: datetime) -> None:
    """Back to what was in force before. :param why: a reason and its sentence. :raises: DiskFailed."""
    install(paths, record.previous)
    reason, sentence = why
    gone: dict[str, object] = {"signed": None, "previous": None, "reason": reason, "sentence": sentence}
    write_record(paths, record.become("reverted", at=at, **gone))
