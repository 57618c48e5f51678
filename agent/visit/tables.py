"""The station's database, as it is at `REVISION`. Columns and tables are only ever added."""

from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from sqlalchemy import JSON, ForeignKey, LargeBinary, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from vault.database import UtcInstant
from vault.docket import Marks
from vault.ledger import ledger_table

REVISION = "0002"
"""The revision that this release needs at least."""

VERSIONS = Path(__file__).parent / "versions"
"""Folder of the revisions."""


class Base(DeclarativeBase):
    """All tables of the station's database."""

    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: UtcInstant()}


class VisitRow(Base):
    """A visit. Who it was about is a pseudonym here, and the number itself is for central's eyes only."""

    __tablename__ = "visit"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    parcel: Mapped[str] = mapped_column(String(26), unique=True)
    subject: Mapped[str] = mapped_column(String(32))
    subject_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    operator: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(20))
    code: Mapped[str | None] = mapped_column(String(60))
    digest: Mapped[str | None] = mapped_column(String(64))
    opened_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    timeline: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON)


class JournalRow(Base):
    """A durable step: written before it is done, closed when it is known to be done."""

    __tablename__ = "journal"

    id: Mapped[int] = mapped_column(primary_key=True)
    visit: Mapped[str] = mapped_column(ForeignKey("visit.id"))
    step: Mapped[str] = mapped_column(String(20))
    intended_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


MARKS = Marks(Base.metadata)
"""Retention's counted time, and what was found due when."""

LEDGER = ledger_table(Base.metadata)
