"""A tenant's permission to transfer: headquarters' signed word that its stations may send, or must stop.

Source: GDPR article 58(2)(f) and (j): a transfer can be ordered to stop. Nothing is lost by it: what is sealed stays
where it is, and goes when the permission is given again.
"""

from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import Field

from agent.wire.document import Document, Instant
from agent.wire.ident import Kid, Name, Ulid


class TransferPermission(Document):
    """Signed by a receipt key, for every station of a tenant; the newest counts."""

    content_type: ClassVar[str] = "application/x.smilius.transfer-permission+json; v=1"

    tenant: Name
    """Whose stations."""
    id: Ulid
    """Its id, for its topic."""
    number: Annotated[int, Field(ge=1)]
    """Grows with each of this tenant: a station takes none that is not newer than what it has."""
    transfer: bool
    """Whether parcels and questions may be sent, and visits taken."""
    issued: Instant
    """When it was signed."""
    key: Kid
    """The receipt key that signs it."""

    @property
    def signed_at(self) -> datetime:
        """When it was signed."""
        return self.issued


class PermissionHeld(Document):
    """A station's word on what it has been told; goes to central as an event, one each time that it changes."""

    content_type: ClassVar[str] = "application/x.smilius.permission-held+json; v=1"

    tenant: Name
    """Whose station it is."""
    station: Name
    """The station."""
    number: Annotated[int, Field(ge=1)]
    """Which permission it has taken."""
    transfer: bool
    """Whether it sends."""
    kept: Annotated[int, Field(ge=0)]
    """Parcels on its disk that central has not decided on."""
    time: Instant
    """When."""
