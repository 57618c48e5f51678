"""The last thing that a unit signs: what was destroyed at its end, how that was verified, and on whose word."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from agent.wire.document import Document, Instant
from agent.wire.ident import Kid, Name, Ulid

UNDELIVERED_MAX = 1000
"""So many undelivered parcels are named; their number is always whole."""

Item = Annotated[str, StringConstraints(pattern=r"^[a-z]+(-[a-z]+)*(=[0-9]{1,9})?$")]
"""What it is, and of what has no fixed number how many."""


class Decommission(Document):
    """Signed by the link key, which is destroyed next. Says nothing that the unit cannot know."""

    content_type: ClassVar[str] = "application/x.smilius.decommission+json; v=1"

    tenant: Name
    """Whose station it was."""
    station: Name
    """Which station."""
    unit: Kid
    """The id of the link key, which signs this and goes next."""
    reason: Literal["erasure", "decommission", "reset", "lost"]
    """Why."""
    authorised_by: str = Field(max_length=80)
    """The two keys that signed, or `paper-code`."""
    destroyed: tuple[Item, ...] = Field(max_length=50)
    """What was destroyed and looked for afterwards."""
    last: tuple[Item, ...] = Field(max_length=10)
    """What is destroyed after this was signed: it cannot say that it was."""
    kept: tuple[Item, ...] = Field(max_length=10)
    """What stays on the unit."""
    undelivered: int = Field(ge=0)
    """How many parcels were lost: MIGRIS had not decided on them."""
    undelivered_parcels: tuple[Ulid, ...] = Field(max_length=UNDELIVERED_MAX)
    """The first thousand of them."""
    time: Instant
    """When it was signed."""
