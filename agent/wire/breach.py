"""A station's own word that personal data may have been reached by somebody who may not. Headquarters' clock starts."""

from enum import StrEnum
from typing import ClassVar

from pydantic import Field

from agent.wire.document import Document, Instant
from agent.wire.ident import Name


class Trigger(StrEnum):
    """What was noticed. That it was a breach is for a person to say."""

    LEDGER_BROKEN = "ledger-broken"
    """A ledger's lines do not follow from each other."""
    TAMPER_UNATTENDED = "tamper-unattended"
    """A case, a door or a loop was opened, or a safe shaken, while nobody was at the station or it was closed."""
    UNKNOWN_CERTIFICATE = "unknown-certificate"
    """A certificate of our authority spoke for a station that is not enrolled, or with keys that are not its own."""
    MASS_READ = "mass-read"
    """One actor looked at more personal data than work explains."""
    UNKNOWN_USER = "unknown-user"
    """A user of the unit who may not talked to one of the station's processes."""
    UNKNOWN_BROKER = "unknown-broker"
    """What answers in the broker's place has a certificate that is not the broker's."""
    KEY_OUT_OF_HOURS = "key-out-of-hours"
    """A key was used when nobody works."""
    STATION_CONTRADICTED = "station-contradicted"
    """What a station signs of itself does not fit what is known here."""
    UNIT_LOST = "unit-lost"
    """A unit is lost or stolen: a person said so."""


class Breach(Document):
    """Signed by the process that noticed it: the courier with the link key, the station with the seal key. Kept by the
    durable outbox until central has receipted it. Nothing personal.
    """

    content_type: ClassVar[str] = "application/x.smilius.breach+json; v=1"

    tenant: Name
    """Whose station."""
    station: Name
    """Which station."""
    trigger: Trigger
    """What was noticed."""
    what: str = Field(pattern=r"^[a-z0-9][a-z0-9 .:-]{0,119}$")
    """Which ledger, contact, key or pseudonym it is about: the same again is the same incident."""
    records: int | None = Field(ge=0)
    """About how many records it concerns, where the station knows."""
    since: Instant
    """When it happened or began, as far as the station knows."""
    time: Instant
    """When the station noticed: it is known from then on."""


def broken_ledger(ledger: str) -> str:
    """What it is about when a ledger does not hold, whoever says so. :param ledger: `station` or `courier`."""
    return f"{ledger} ledger"
