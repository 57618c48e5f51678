"""The acknowledgement: what a clerk or robot says of a parcel. JSON, strict, nothing personal.

`{"accepted": true, "reference": "MR-7"}`, or `{"accepted": false, "code": "print-unusable", "part": "left-index"}`; the
codes and parts are those of `refusal`.
"""

from pydantic import Field

from agent.wire import WireError
from agent.wire.document import Document, read_plain
from central.errors import RefusalInvalid
from central.migris.connector import Accepted, Declined
from central.migris.refusal import cause_of

REFERENCE_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9./_-]{0,79}$"


class Acknowledgement(Document):
    """One decision."""

    accepted: bool
    """Whether MIGRIS has the parcel now."""
    reference: str | None = Field(default=None, pattern=REFERENCE_PATTERN)
    """MIGRIS's reference, when accepted."""
    code: str | None = Field(default=None, max_length=60)
    """Why not, when it is refused."""
    part: str | None = Field(default=None, max_length=40)
    """The finger or the face that is refused."""


def read_acknowledgement(content: bytes) -> Accepted | Declined:
    """The decision. :raises: WireError when it is none; the sentence repeats nothing of it."""
    said = read_plain(content, Acknowledgement)
    if said.accepted and said.reference is not None and said.code is None and said.part is None:
        return Accepted(said.reference)
    if said.accepted or said.reference is not None or said.code is None:
        raise WireError("An acknowledgement contradicts itself.")
    try:
        return Declined(cause_of(said.code, said.part))
    except RefusalInvalid as error:
        raise WireError(error.sentence) from None
