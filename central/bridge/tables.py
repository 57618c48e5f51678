"""The bridge's database. Columns and tables are only ever added."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from vault.database import UtcInstant
from vault.docket import Docket
from vault.ledger import ledger_table

REVISION = "0013"
"""The revision that this release needs at least."""


class Base(DeclarativeBase):
    """All tables of the bridge's database."""

    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: UtcInstant()}


class UploadRow(Base):
    """A parcel that was announced and is not whole yet."""

    __tablename__ = "upload"

    tenant: Mapped[str] = mapped_column(String(40), primary_key=True)
    parcel: Mapped[str] = mapped_column(String(26), primary_key=True)
    station: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(20))
    digest: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    chunks: Mapped[int]
    begun_at: Mapped[datetime]
    seal_key: Mapped[str | None] = mapped_column(String(16))
    amends: Mapped[str | None] = mapped_column(String(26))


class ChunkRow(Base):
    """Sealed bytes of a parcel that is not whole yet."""

    __tablename__ = "chunk"

    tenant: Mapped[str] = mapped_column(String(40), primary_key=True)
    parcel: Mapped[str] = mapped_column(String(26), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class ParcelRow(Base):
    """The ledger row of a parcel: one a tenant and id, for ever, without its content.

    `trouble` is why a person must look, `cause` why it was rejected; `part` is the finger or the face that is at fault.
    """

    __tablename__ = "parcel"
    __table_args__ = (UniqueConstraint("tenant", "parcel"),)

    tenant: Mapped[str] = mapped_column(String(40), primary_key=True)
    parcel: Mapped[str] = mapped_column(String(26), primary_key=True)
    station: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(20))
    digest: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    stage: Mapped[str] = mapped_column(String(20))
    reference: Mapped[str | None] = mapped_column(String(80))
    trouble: Mapped[str | None] = mapped_column(String(60))
    cause: Mapped[str | None] = mapped_column(String(60))
    part: Mapped[str | None] = mapped_column(String(40))
    held_at: Mapped[datetime | None]
    openings: Mapped[int] = mapped_column(default=0, server_default="0")
    stored_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    wiped_at: Mapped[datetime | None]
    seal_key: Mapped[str | None] = mapped_column(String(16))
    amends: Mapped[str | None] = mapped_column(String(26))


class OutboxRow(Base):
    """A sealed parcel on its way to MIGRIS; `held` when it was rejected or a person must look."""

    __tablename__ = "outbox"

    tenant: Mapped[str] = mapped_column(String(40), primary_key=True)
    parcel: Mapped[str] = mapped_column(String(26), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    held: Mapped[bool]


class HandedRow(Base):
    """A parcel that MIGRIS may have and has not decided on, or of which its connector may still keep something."""

    __tablename__ = "handed"

    tenant: Mapped[str] = mapped_column(String(40), primary_key=True)
    parcel: Mapped[str] = mapped_column(String(26), primary_key=True)
    state: Mapped[str] = mapped_column(String(20))
    since: Mapped[datetime]


class ReceiptRow(Base):
    """Every receipt that was signed, in each station's chain."""

    __tablename__ = "receipt"
    __table_args__ = (UniqueConstraint("tenant", "station", "subject", "stage", "digest"),)

    tenant: Mapped[str] = mapped_column(String(40), primary_key=True)
    station: Mapped[str] = mapped_column(String(40), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    subject: Mapped[str] = mapped_column(String(26))
    stage: Mapped[str] = mapped_column(String(20))
    digest: Mapped[str] = mapped_column(String(64))
    signed: Mapped[bytes] = mapped_column(LargeBinary)
    signed_digest: Mapped[str] = mapped_column(String(64))


class EventRow(Base):
    """What a station reported, as it signed it."""

    __tablename__ = "event"

    tenant: Mapped[str] = mapped_column(String(40), primary_key=True)
    station: Mapped[str] = mapped_column(String(40), primary_key=True)
    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    content_type: Mapped[str] = mapped_column(String(80))
    digest: Mapped[str] = mapped_column(String(64))
    signed: Mapped[bytes] = mapped_column(LargeBinary)
    heard_at: Mapped[datetime]


class TombstoneRow(Base):
    """Central's own tombstone, after its copy was wiped."""

    __tablename__ = "tombstone"

    tenant: Mapped[str] = mapped_column(String(40), primary_key=True)
    parcel: Mapped[str] = mapped_column(String(26), primary_key=True)
    signed: Mapped[bytes] = mapped_column(LargeBinary)


class LedgerHeadRow(Base):
    """How far one of a station's ledgers is known here, by the heads that the station signed."""

    __tablename__ = "ledger_head"

    tenant: Mapped[str] = mapped_column(String(40), primary_key=True)
    station: Mapped[str] = mapped_column(String(40), primary_key=True)
    ledger: Mapped[str] = mapped_column(String(20), primary_key=True)
    number: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    link_key: Mapped[str] = mapped_column(String(16))
    read_at: Mapped[datetime]


class IncidentRow(Base):
    """Something that may be a breach, and its 24-hour clock. Nothing personal."""

    __tablename__ = "incident"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(40))
    station: Mapped[str] = mapped_column(String(40))
    trigger: Mapped[str] = mapped_column(String(40))
    what: Mapped[str] = mapped_column(String(120))
    records: Mapped[int | None]
    since: Mapped[datetime]
    known_at: Mapped[datetime]
    due_at: Mapped[datetime]
    reminded: Mapped[int]
    reported_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(String(400))


class RestrictionRow(Base):
    """A parcel that a person wants kept and not processed: it is not handed to MIGRIS until this is lifted."""

    __tablename__ = "restriction"

    tenant: Mapped[str] = mapped_column(String(40), primary_key=True)
    parcel: Mapped[str] = mapped_column(String(26), primary_key=True)
    request: Mapped[str] = mapped_column(String(12), primary_key=True)
    since: Mapped[datetime]
    lifted_at: Mapped[datetime | None]


class CommandRow(Base):
    """A signed command to a station; open until its result is heard or its time is over."""

    __tablename__ = "command"
    __table_args__ = (UniqueConstraint("tenant", "station", "counter"),)

    tenant: Mapped[str] = mapped_column(String(40), primary_key=True)
    station: Mapped[str] = mapped_column(String(40), primary_key=True)
    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    counter: Mapped[int]
    verb: Mapped[str] = mapped_column(String(20))
    request: Mapped[str | None] = mapped_column(String(12))
    signed: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    outcome: Mapped[str | None] = mapped_column(String(40))
    result: Mapped[str | None] = mapped_column(String(26))
    answered_at: Mapped[datetime | None]


class StationRow(Base):
    """What is known of a station as a whole: whether it is there, and its newest twin as it signed it."""

    __tablename__ = "station"

    tenant: Mapped[str] = mapped_column(String(40), primary_key=True)
    station: Mapped[str] = mapped_column(String(40), primary_key=True)
    presence: Mapped[str] = mapped_column(String(10))
    boot: Mapped[str | None] = mapped_column(String(26))
    connection: Mapped[int | None]
    since: Mapped[datetime | None]
    twin: Mapped[bytes | None] = mapped_column(LargeBinary)
    twin_heard_at: Mapped[datetime | None]


class ConfigurationRow(Base):
    """A configuration that a station is to have; open until the station says what became of it."""

    __tablename__ = "configuration"

    tenant: Mapped[str] = mapped_column(String(40), primary_key=True)
    station: Mapped[str] = mapped_column(String(40), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    signed: Mapped[bytes] = mapped_column(LargeBinary)
    digest: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(80))
    expires_at: Mapped[datetime]
    outcome: Mapped[str | None] = mapped_column(String(20))
    reason: Mapped[str | None] = mapped_column(String(60))
    sentence: Mapped[str | None] = mapped_column(String(300))
    answered_at: Mapped[datetime | None]


class OperatorRow(Base):
    """An operator's account: at which station it works, and whether its access has ended."""

    __tablename__ = "operator"

    tenant: Mapped[str] = mapped_column(String(40), primary_key=True)
    operator: Mapped[str] = mapped_column(String(40), primary_key=True)
    station: Mapped[str] = mapped_column(String(40))
    made_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(String(200))


class RosterRow(Base):
    """A list of operators that a station is to have; open until its twin says that it has it, or a newer one."""

    __tablename__ = "roster"

    tenant: Mapped[str] = mapped_column(String(40), primary_key=True)
    station: Mapped[str] = mapped_column(String(40), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    signed: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime]
    held_at: Mapped[datetime | None]


class PermissionRow(Base):
    """Whether a tenant's stations may transfer; none is as if they might from ever."""

    __tablename__ = "permission"

    tenant: Mapped[str] = mapped_column(String(40), primary_key=True)
    id: Mapped[str] = mapped_column(String(26))
    number: Mapped[int]
    transfer: Mapped[bool]
    reason: Mapped[str] = mapped_column(String(200))
    since: Mapped[datetime]


class PermissionHeldRow(Base):
    """What a station has confirmed of it, and which unit that was."""

    __tablename__ = "permission_held"

    tenant: Mapped[str] = mapped_column(String(40), primary_key=True)
    station: Mapped[str] = mapped_column(String(40), primary_key=True)
    link_key: Mapped[str] = mapped_column(String(16))
    number: Mapped[int]
    transfer: Mapped[bool]
    kept: Mapped[int]
    heard_at: Mapped[datetime]


DOCKET = Docket(Base.metadata)
"""Counted time, what was found due, what people hold."""

LEDGER = ledger_table(Base.metadata)
"""Central's own hash-chained lines."""
