"""Why a person at MIGRIS refuses a parcel: a list to choose from, so that nothing personal is ever typed.

What they choose comes to the station as the receipt's cause, and the client is called back for the right finger.
"""

from enum import StrEnum
from typing import Final

from agent.wire import Cause
from capture.records.errors import FACE, RecordError
from capture.records.package import FINGERS
from central.errors import RefusalInvalid


class Refusal(StrEnum):
    """A cause's code."""

    PORTRAIT_UNUSABLE = "portrait-unusable"
    """The portrait cannot be used."""
    PRINT_UNUSABLE = "print-unusable"
    """A print cannot be used."""
    OTHER_PERSON = "other-person"
    """The biometrics are not the applicant's."""
    APPLICATION_UNKNOWN = "application-unknown"
    """There is no such application."""
    APPLICATION_CLOSED = "application-closed"
    """The application takes no biometrics any more."""
    RECORD_UNREADABLE = "record-unreadable"
    """The file as a whole cannot be taken in."""


_SENTENCES: Final = {
    Refusal.PORTRAIT_UNUSABLE: "MIGRIS cannot use the portrait: take it again.",
    Refusal.PRINT_UNUSABLE: "MIGRIS cannot use this print: take it again.",
    Refusal.OTHER_PERSON: "MIGRIS says that this is another person than the applicant.",
    Refusal.APPLICATION_UNKNOWN: "MIGRIS has no such application.",
    Refusal.APPLICATION_CLOSED: "The application takes no biometrics any more.",
    Refusal.RECORD_UNREADABLE: "MIGRIS cannot read the record.",
}

PARTS: Final = (str(FACE), *(finger.value for finger in FINGERS.values()))
"""What a refusal may be about: the face or a finger."""

_FACE_ONLY, _FINGER_ONLY = frozenset({Refusal.PORTRAIT_UNUSABLE}), frozenset({Refusal.PRINT_UNUSABLE})


def cause_of(code: str, part: str | None) -> Cause:
    """The cause. :raises: RefusalInvalid for a code or part that is not in the lists, or that do not go together."""
    try:
        refusal = Refusal(code)
    except ValueError:
        raise RefusalInvalid("There is no such cause.") from None
    if refusal in _FACE_ONLY:
        part = part or str(FACE)
    fits = {
        refusal in _FACE_ONLY: part == str(FACE),
        refusal in _FINGER_ONLY: part in PARTS and part != str(FACE),
    }
    if not fits.get(True, part is None):
        raise RefusalInvalid("This cause needs its finger or the face, and the others none.")
    return Cause(part=part, code=refusal.value, sentence=_SENTENCES[refusal])


def cause_of_record(error: RecordError) -> Cause:
    """The cause of what is wrong with a record."""
    part = None if error.part is None else str(error.part)
    return Cause(part=part, code=error.code, sentence=error.sentence[:300])
