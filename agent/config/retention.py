"""How long what is kept at the station: the tables `retention` of the sections `station` and `courier`.

What is not named here is not deleted for its age: ledger lines, and parcels that nobody has decided on.
"""

from pydantic import BaseModel, ConfigDict, Field


class VisitPeriods(BaseModel):
    """Of the station's records of visits that have ended."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    visit_days: int = Field(ge=1, le=3660)
    """Who drove the visit and how it ended, with the applicant's pseudonym and the number that only headquarters can
    read: from the visit's end."""
    timeline_days: int = Field(ge=1, le=3660)
    """What happened in it step by step, scores and failed gates too: from the visit's end."""
    grace_hours: float = Field(ge=1, le=8760)
    """For so long, of the time that this unit runs, what was found due is still kept: its clock may have stepped."""


class ParcelPeriods(BaseModel):
    """Of the courier's records of parcels whose content is gone, and of what it has told headquarters."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    parcel_days: int = Field(ge=1, le=3660)
    """States, receipts and tombstone of a parcel: from its wipe."""
    event_days: int = Field(ge=1, le=3660)
    """The copy of what headquarters was told and has receipted: from the receipt."""
    command_days: int = Field(ge=30, le=3660)
    """A command of headquarters and its result; longer than any command is good for: from when it was carried out."""
    grace_hours: float = Field(ge=1, le=8760)
    """As in `station.retention`."""
