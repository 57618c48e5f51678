"""Holds: one visit's records stay at this station whatever their age, for a reason and until a day.

One register for the whole station: the station's process asks for it before it sweeps its own records. A hold is never
forgotten; a lifted one says who lifted it. It ends by itself when its day is over.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, Select, select
from sqlalchemy.orm import Session, sessionmaker

from agent.courier.tables import HoldRow
from agent.errors import Refused
from agent.wire import Command, CommandVerb
from agent.wire.document import instant_text
from vault.ledger import Detail, Ledger

UNTIL_MAX = timedelta(days=3660)
"""Nothing is held for longer without somebody saying so again."""

_COMMAND = "command:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Why something is held, and until when."""

    reason: str
    """In a person's words: a case's number, and no name, because it stays in the ledger."""
    until: datetime
    """From then on it is not held."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A hold that stands."""

    number: int
    """Its number here."""
    parcel: str
    """Whose records: the visit's parcel, or `*`."""
    terms: Terms
    """Why, and until when."""
    set_by: str
    """Who set it: `uid:0`, or `command:` and the command's id."""
    set_at: datetime
    """When."""


class HoldBook:
    """The register. Synchronous; the courier calls it at the desk."""

    def __init__(self, engine: Engine) -> None:
        self._session = sessionmaker(engine)
        self._ledger = Ledger()

    def hold(self, parcel: str, terms: Terms, *, by: str, at: datetime) -> int:
        """Hold it from now on; returns the hold's number.

        :raises: Refused when its day is over already, or too far away.
        """
        if not at < terms.until <= at + UNTIL_MAX:
            raise Refused("hold-until", "A hold ends on a day to come, at most ten years away.")
        with self._session.begin() as session:
            return self._hold(session, parcel, terms=terms, said=(by, at))

    def lift(self, number: int, *, reason: str, by: str, at: datetime) -> None:
        """End a hold that was set at this station. :raises: Refused when there is none, or headquarters has set it."""
        with self._session.begin() as session:
            row = session.get(HoldRow, number)
            if row is None or row.lifted_at is not None:
                raise Refused("hold-unknown", "No such hold stands: see `smilius retention holds`.")
            if row.set_by.startswith(_COMMAND):
                raise Refused("hold-of-headquarters", "Headquarters has set this hold, and only it can lift it.")
            self._lift(session, row, reason=reason, said=(by, at))

    def obey(self, session: Session, command: Command, *, at: datetime) -> None:
        """Hold or lift what a command says, in the transaction that ends it; nothing for a command of another verb."""
        by = f"{_COMMAND}{command.id}"
        for parcel in command.parcels:
            if command.verb is CommandVerb.HOLD and command.hold is not None:
                terms = Terms(reason=command.hold.reason, until=command.hold.until)
                self._hold(session, parcel, terms=terms, said=(by, at))
            elif command.verb is CommandVerb.UNHOLD:
                for row in session.scalars(_unlifted().where(HoldRow.parcel == parcel)):
                    self._lift(session, row, reason="headquarters", said=(by, at))

    def standing(self, *, at: datetime) -> list[Hold]:
        """Those that stand, in their order."""
        with self._session() as session:
            return [
                Hold(
                    number=row.number,
                    parcel=row.parcel,
                    terms=Terms(reason=row.reason, until=row.until),
                    set_by=row.set_by,
                    set_at=row.set_at,
                )
                for row in session.scalars(_standing(at))
            ]

    def _hold(self, session: Session, parcel: str, *, terms: Terms, said: tuple[str, datetime]) -> int:
        by, at = said
        row = HoldRow(parcel=parcel, reason=terms.reason, until=terms.until, set_by=by, set_at=at)
        session.add(row)
        session.flush()
        until = instant_text(terms.until)
        detail: Detail = {"hold": row.number, "item": parcel, "reason": terms.reason, "until": until, "by": by}
        self._ledger.append(session, kind="retention-held", time=instant_text(at), detail=detail)
        return row.number

    def _lift(self, session: Session, row: HoldRow, *, reason: str, said: tuple[str, datetime]) -> None:
        row.lifted_by, row.lifted_at = said
        detail: Detail = {"hold": row.number, "item": row.parcel, "reason": reason, "by": row.lifted_by}
        self._ledger.append(session, kind="retention-lifted", time=instant_text(said[1]), detail=detail)


@dataclass(frozen=True, slots=True)
class HeldAt:
    """What stands at a moment, for a sweep in the same database: read anew in each of its transactions."""

    at: datetime
    """The moment."""

    def held(self, session: Session, kind: str) -> Collection[str]:  # noqa: ARG002 (the protocol's: a hold is of a visit)
        """Parcels, or `*`."""
        return frozenset(row.parcel for row in session.scalars(_standing(self.at)))


def _unlifted() -> Select[HoldRow]:
    return select(HoldRow).where(HoldRow.lifted_at.is_(None)).order_by(HoldRow.number)


def _standing(at: datetime) -> Select[HoldRow]:
    return _unlifted().where(HoldRow.until > at)
