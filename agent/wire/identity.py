"""How a station becomes known to central: its request, and the answer that claims it.

The request carries public keys and a certificate request only; private keys never leave the device.
"""

from typing import Annotated

from pydantic import Field

from agent.wire.document import Document
from agent.wire.ident import Base64, Name, Pem


class EnrolmentRequest(Document):
    """What a station asks headquarters to accept."""

    tenant: Name
    """Whose station it will be."""
    station: Name
    """Which station it will be."""
    link_request: Pem
    """PKCS #10 request for the link certificate; its key also signs bills, tombstones and events."""
    seal_public: Pem
    """Public half of the key that signs what the station seals."""


class StationKeys(Document):
    """What central keeps of a station, to verify what comes from it."""

    tenant: Name
    """Whose station."""
    station: Name
    """Which station."""
    link_public: Pem
    """Verifies bills, tombstones and events."""
    seal_public: Pem
    """Verifies sealed packages and questions."""


class EnrolmentAnswer(Document):
    """What headquarters gives back: all that the station needs to reach and to believe central."""

    tenant: Name
    """Whose station."""
    station: Name
    """Which station."""
    link_certificate: Pem
    """Certificate of the link key, name `tenant/station`."""
    broker_ca: Pem
    """Verifies the broker."""
    broker_host: Annotated[str, Field(max_length=253)]
    """Where the broker is."""
    broker_port: Annotated[int, Field(gt=0, le=65535)]
    """Its TLS port."""
    recipient_public: Base64
    """Central's HPKE public key: what packages and questions are sealed for."""
    receipt_public: tuple[Pem, ...]
    """The keys that receipts and answers are believed from."""
    # left out where there are none: a station of the release before it knows no such field
    order_public: Annotated[tuple[Pem, ...], Field(exclude_if=lambda keys: not keys)] = ()
    """The keys that orders to destroy are believed from: two of them must agree."""
    # left out where there is none: an answer of an older headquarters has no such field
    backup_public: Annotated[Base64 | None, Field(exclude_if=lambda key: key is None)] = None
    """The controller's HPKE public key: what backups are sealed for."""
