"""The kinds of parcels."""

from enum import StrEnum


class ParcelKind(StrEnum):
    """What a parcel is about. Source: design.md section 2."""

    ENROLMENT = "enrolment"
    HANDOVER = "handover"
    AMENDMENT = "amendment"
    OUTCOME = "outcome"
    CARD_ACT = "card-act"
