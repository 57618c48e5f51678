"""The roster: who may work at a station, as headquarters has it; whole, numbered, signed, retained at the broker.

Who is not on it, and who is on it as revoked, opens no visit and decides in none. It names accounts and no person.
"""

from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import Field

from agent.wire.document import Document, Instant
from agent.wire.ident import Kid, Name

ENTRIES_MAX = 500
"""No station has more accounts, those that were revoked included."""

OperatorId = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,40}$")]
"""An operator's account, as visits name it."""


class RosterEntry(Document):
    """One account."""

    operator: OperatorId
    """Its id."""
    revoked: bool
    """Whether its access has ended."""


class Roster(Document):
    """Signed by central, for one station; the newest replaces all before it."""

    content_type: ClassVar[str] = "application/x.smilius.roster+json; v=1"

    tenant: Name
    """Whose station it is."""
    station: Name
    """The station that it is for."""
    number: Annotated[int, Field(ge=1)]
    """Grows with each for this station: what is not newer is not taken."""
    operators: Annotated[tuple[RosterEntry, ...], Field(max_length=ENTRIES_MAX)]
    """Everybody who may, or no longer may, work there."""
    issued: Instant
    """When it was signed."""
    key: Kid
    """The key that signs it."""

    @property
    def signed_at(self) -> datetime:
        """When it was signed."""
        return self.issued
