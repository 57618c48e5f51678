"""The courier's database, as it is at `REVISION`. Columns and tables are only ever added."""

from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from vault.database import UtcInstant
from vault.docket import Marks
from vault.ledger import ledger_table

REVISION = "0006"
"""The revision that this release needs at least."""

VERSIONS = Path(__file__).parent / "versions"
"""Folder of the revisions."""


class Base(DeclarativeBase):
    """All tables of the courier's database."""

    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: UtcInstant()}


class ReservationRow(Base):
    """A parcel's id and key, given out before the first picture; ends with the delivery or the release."""

    __tablename__ = "reservation"

    parcel: Mapped[str] = mapped_column(String(26), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    reserved_at: Mapped[datetime]


class ParcelRow(Base):
    """A sealed parcel on its way."""

    __tablename__ = "parcel"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(20))
    digest: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    amends: Mapped[str | None] = mapped_column(String(26))
    trouble: Mapped[str | None] = mapped_column(String(60))


class MilestoneRow(Base):
    """When a parcel first reached a state."""

    __tablename__ = "milestone"

    parcel: Mapped[str] = mapped_column(ForeignKey("parcel.id"), primary_key=True)
    state: Mapped[str] = mapped_column(String(20), primary_key=True)
    at: Mapped[datetime]


class ReceiptRow(Base):
    """A receipt as it was signed: stored and synced before any wipe."""

    __tablename__ = "receipt"

    parcel: Mapped[str] = mapped_column(ForeignKey("parcel.id"), primary_key=True)
    stage: Mapped[str] = mapped_column(String(20), primary_key=True)
    signed: Mapped[bytes] = mapped_column(LargeBinary)
    stored_at: Mapped[datetime]


class TombstoneRow(Base):
    """A tombstone as it was signed."""

    __tablename__ = "tombstone"

    parcel: Mapped[str] = mapped_column(String(26), primary_key=True)
    signed: Mapped[bytes] = mapped_column(LargeBinary)


class EventRow(Base):
    """A signed event that central has to receipt."""

    __tablename__ = "event"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    signed: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime]
    receipted_at: Mapped[datetime | None]


class HeadRow(Base):
    """A head of one of this unit's ledgers that central was told, and central's receipt once it has come."""

    __tablename__ = "told_head"
    __table_args__ = (Index("told_head_newest", "ledger", "number"),)

    event: Mapped[str] = mapped_column(ForeignKey("event.id"), primary_key=True)
    ledger: Mapped[str] = mapped_column(String(20))
    number: Mapped[int]
    receipt: Mapped[bytes | None] = mapped_column(LargeBinary)


class DwellRow(Base):
    """A parcel that waited for too long, said once."""

    __tablename__ = "dwell"

    parcel: Mapped[str] = mapped_column(String(26), primary_key=True)
    event: Mapped[str] = mapped_column(String(26))
    raised_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class CommandRow(Base):
    """A command from central and the event that its result went as: the same again gets the same result."""

    __tablename__ = "command"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    counter: Mapped[int]
    verb: Mapped[str] = mapped_column(String(20))
    outcome: Mapped[str] = mapped_column(String(20))
    event: Mapped[str] = mapped_column(String(26))
    at: Mapped[datetime]


class RestrictionRow(Base):
    """A parcel that is kept and not sent until central lifts it."""

    __tablename__ = "restriction"

    parcel: Mapped[str] = mapped_column(String(26), primary_key=True)
    since: Mapped[datetime]


class HoldRow(Base):
    """A visit's records are kept whatever their age, at this station: also those that its own process has."""

    __tablename__ = "hold"

    number: Mapped[int] = mapped_column(primary_key=True)
    parcel: Mapped[str] = mapped_column(String(26))
    reason: Mapped[str] = mapped_column(String(200))
    until: Mapped[datetime]
    set_by: Mapped[str] = mapped_column(String(80))
    set_at: Mapped[datetime]
    lifted_by: Mapped[str | None] = mapped_column(String(80))
    lifted_at: Mapped[datetime | None]


MARKS = Marks(Base.metadata)
"""Retention's counted time, and what was found due when."""

LEDGER = ledger_table(Base.metadata)
