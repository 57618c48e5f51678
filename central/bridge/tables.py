"""The bridge's database. Columns and tables are only ever added."""

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import Dialect, LargeBinary, String, Text, TypeDecorator, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

REVISION = "0002"
"""The revision that this release needs at least."""


class UtcInstant(TypeDecorator[datetime]):
    """A moment in UTC, kept as sortable text."""

    impl = String(32)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> str | None:
        """To text."""
        return None if value is None else value.astimezone(UTC).isoformat(timespec="microseconds")

    def process_result_value(self, value: str | None, _dialect: Dialect) -> datetime | None:
        """From text."""
        return None if value is None else datetime.fromisoformat(value)


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


class ChunkRow(Base):
    """Sealed bytes of a parcel that is not whole yet."""

    __tablename__ = "chunk"

    tenant: Mapped[str] = mapped_column(String(40), primary_key=True)
    parcel: Mapped[str] = mapped_column(String(26), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class ParcelRow(Base):
    """The ledger row of a parcel: one a tenant and id, for ever, without its content."""

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
    openings: Mapped[int] = mapped_column(default=0, server_default="0")
    stored_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    wiped_at: Mapped[datetime | None]


class OutboxRow(Base):
    """A sealed parcel on its way to MIGRIS; `held` when it was rejected or a person must look."""

    __tablename__ = "outbox"

    tenant: Mapped[str] = mapped_column(String(40), primary_key=True)
    parcel: Mapped[str] = mapped_column(String(26), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    held: Mapped[bool]


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


class LedgerRow(Base):
    """A hash-chained line."""

    __tablename__ = "ledger_line"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    body: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(64))
