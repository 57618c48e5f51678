"""The register's tables, in the bridge's database. Columns and tables are only ever added."""

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from central.bridge.tables import Base


class RequestRow(Base):
    """What a person asked for. Who they are is proven by a document elsewhere: only its reference is here."""

    __tablename__ = "subject_request"

    id: Mapped[str] = mapped_column(String(12), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(20))
    form: Mapped[str] = mapped_column(String(20))
    language: Mapped[str] = mapped_column(String(2))
    proof: Mapped[str] = mapped_column(String(120))
    mandate: Mapped[str | None] = mapped_column(String(120))
    state: Mapped[str] = mapped_column(String(20))
    received_at: Mapped[datetime]


class StepRow(Base):
    """One step of a request, as a person took it."""

    __tablename__ = "subject_step"

    request: Mapped[str] = mapped_column(String(12), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    step: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime]
    reason: Mapped[str | None] = mapped_column(Text)
    instruction: Mapped[str | None] = mapped_column(String(120))
    uid: Mapped[int]


class FindingRow(Base):
    """A parcel that a request is about, and by whom it was recognised."""

    __tablename__ = "subject_finding"

    request: Mapped[str] = mapped_column(String(12), primary_key=True)
    parcel: Mapped[str] = mapped_column(String(26), primary_key=True)
    station: Mapped[str] = mapped_column(String(40))
    known_by: Mapped[str] = mapped_column(String(20))
    found_at: Mapped[datetime]


class RecipientRow(Base):
    """Somebody who has the data too, and what they were told."""

    __tablename__ = "subject_recipient"

    request: Mapped[str] = mapped_column(String(12), primary_key=True)
    recipient: Mapped[str] = mapped_column(String(40), primary_key=True)
    told: Mapped[str | None] = mapped_column(String(120))
    not_told_because: Mapped[str | None] = mapped_column(Text)
    noted_at: Mapped[datetime | None]
