"""The simulator's memory: applications, and what was submitted for them. One row a key, whatever comes twice."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from pathlib import Path

from sqlalchemy import URL, LargeBinary, String, create_engine, func, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

from agent.wire import Applicant, Cause

OPEN_STATES = frozenset({"submitted", "biometrics-received"})
"""States in which biometrics may be added."""


class Base(DeclarativeBase):
    """The simulator's own tables; made anew with it, so there are no migrations."""


class ApplicationRow(Base):
    """An application for e-residency."""

    __tablename__ = "application"

    number: Mapped[str] = mapped_column(String(40), primary_key=True)
    given_name: Mapped[str] = mapped_column(String(100))
    surname: Mapped[str] = mapped_column(String(100))
    birth_date: Mapped[str] = mapped_column(String(10))
    citizenship: Mapped[str] = mapped_column(String(3))
    state: Mapped[str] = mapped_column(String(40))


class SubmissionRow(Base):
    """A package that was handed over, accepted or not."""

    __tablename__ = "submission"

    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    application: Mapped[str] = mapped_column(String(64))
    reference: Mapped[str | None] = mapped_column(String(80), unique=True)
    cause: Mapped[str | None] = mapped_column(String(1000))
    package: Mapped[bytes] = mapped_column(LargeBinary)
    received_at: Mapped[str] = mapped_column(String(32))


@dataclass(frozen=True, slots=True)
class Received:
    """One accepted submission."""

    reference: str
    """Ours to the world."""
    application: str
    """The application's number."""
    received_at: str
    """When, RFC 3339 UTC."""
    package: bytes
    """The package."""


class MigrisStore:
    """SQLite on the disk, so that a restart forgets nothing."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        engine = create_engine(URL.create("sqlite", database=str(path)), hide_parameters=True)
        Base.metadata.create_all(engine)
        self._engine = engine
        self._sessions = sessionmaker(engine, expire_on_commit=False)
        self._seed()

    def close(self) -> None:
        """Close the database."""
        self._engine.dispose()

    def application(self, number: str) -> ApplicationRow | None:
        """The application of this number."""
        with self._sessions() as session:
            return session.get(ApplicationRow, number)

    def applications_of(self, applicant: Applicant) -> tuple[str, ...]:
        """Numbers of the applications of exactly this person."""
        with self._sessions() as session:
            wanted = select(ApplicationRow.number).filter_by(**applicant.model_dump())
            return tuple(session.scalars(wanted.order_by(ApplicationRow.number)))

    def submissions_for(self, application: str) -> list[SubmissionRow]:
        """All that was submitted for this application, oldest first."""
        with self._sessions() as session:
            wanted = select(SubmissionRow).where(SubmissionRow.application == application)
            return list(session.scalars(wanted.order_by(SubmissionRow.received_at, SubmissionRow.key)))

    def submission(self, key: str) -> SubmissionRow | None:
        """What was submitted under this key."""
        with self._sessions() as session:
            return session.get(SubmissionRow, key)

    def decline(self, key: str, *, application: str, cause: Cause, at: datetime) -> SubmissionRow:
        """Remember that this was not taken, and why; its content is not kept."""
        row = SubmissionRow(
            key=key,
            application=application,
            cause=cause.canonical().decode(),
            package=b"",
            received_at=at.isoformat(timespec="milliseconds"),
        )
        with self._sessions.begin() as session:
            session.add(row)
        return row

    def accept(self, key: str, *, application: str, package: bytes, at: datetime) -> SubmissionRow:
        """Remember the package and move the application on."""
        with self._sessions.begin() as session:
            number = (session.scalar(select(func.count()).select_from(SubmissionRow)) or 0) + 1
            row = SubmissionRow(
                key=key,
                application=application,
                reference=f"MR-{at:%Y%m%d}-{number:06d}",
                package=package,
                received_at=at.isoformat(timespec="milliseconds"),
            )
            session.add(row)
            session.get_one(ApplicationRow, application).state = "biometrics-received"
        return row

    def received(self) -> list[Received]:
        """Everything accepted, newest first."""
        with self._sessions() as session:
            rows = session.scalars(select(SubmissionRow).order_by(SubmissionRow.received_at.desc()))
            return [_received(row) for row in rows if row.reference is not None]

    def accepted_packages(self) -> Iterator[bytes]:
        """Every package that was accepted, one after the other: together they may be more than memory holds."""
        with self._sessions() as session:
            keys = list(session.scalars(select(SubmissionRow.key).where(SubmissionRow.reference.is_not(None))))
        for key in keys:
            with self._sessions() as session:
                yield session.get_one(SubmissionRow, key).package

    def received_as(self, reference: str) -> Received | None:
        """One accepted submission."""
        with self._sessions() as session:
            row = session.scalars(select(SubmissionRow).where(SubmissionRow.reference == reference)).first()
            return None if row is None else _received(row)

    def _seed(self) -> None:
        shipped = resources.files("central.migris.simulator").joinpath("applications.toml").read_text()
        with self._sessions.begin() as session:
            for entry in tomllib.loads(shipped)["application"]:
                _add_once(session, ApplicationRow(**entry))


def _add_once(session: Session, row: ApplicationRow) -> None:
    if session.get(ApplicationRow, row.number) is None:
        session.add(row)


def _received(row: SubmissionRow) -> Received:
    assert row.reference is not None, "only what was accepted is received"
    return Received(row.reference, row.application, row.received_at, row.package)
