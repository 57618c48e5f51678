"""Who is there: retained states, the station's also as its will."""

from agent.wire.document import Document, Instant
from agent.wire.ident import Ulid


class StationPresence(Document):
    """`up/state`. A will that arrives late is told apart by its boot id and connection number."""

    online: bool
    """False in the will."""
    boot: Ulid
    """One id a start of the courier."""
    connection: int
    """Counts the connections since that start."""


class CentralPresence(Document):
    """`central/state`."""

    online: bool
    """False in the will."""
    since: Instant
    """When the bridge started."""
