"""The order to destroy what was not delivered: two people at headquarters sign the same, each with their own key."""

from typing import ClassVar, Literal

from pydantic import Field

from agent.wire.document import Document, Instant
from agent.wire.ident import Kid, Name, Ulid
from vault.labels import ORDER_TYPE


class DestroyOrder(Document):
    """Signed twice, with two different keys that were pinned when the station was claimed."""

    content_type: ClassVar[str] = ORDER_TYPE

    tenant: Name
    """Whose station."""
    station: Name
    """Which station."""
    unit: Kid
    """Which hardware: the id of its link key."""
    verb: Literal["destroy", "decommission"]
    """End parcels, or end the unit."""
    reason: Literal["erasure", "decommission", "reset", "lost"]
    """Why."""
    parcels: tuple[Ulid, ...] | None
    """Which parcels; None is all that are there."""
    expires: Instant
    """From then on it is worth nothing."""
    counter: int = Field(gt=0, lt=10**16)
    """Higher than that of every order before it: an order serves once."""
