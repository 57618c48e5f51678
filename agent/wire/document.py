"""Documents: frozen models with one way to become bytes, and COSE_Sign1 around them when they must be believed."""

import json
from datetime import UTC, datetime
from typing import Annotated, ClassVar, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, PlainSerializer, ValidationError

from agent.errors import WireError
from vault.envelope import Pinned, SigningKey, sign, verify
from vault.errors import SealBroken

SIGNED_BYTES_MAX = 65_536
"""No signed document is larger; what is larger is not parsed."""


def _to_milliseconds(value: datetime) -> datetime:
    value = value.astimezone(UTC)
    return value.replace(microsecond=value.microsecond // 1000 * 1000)


def instant_text(value: datetime) -> str:
    """RFC 3339 UTC with milliseconds, such as 2026-11-22T04:30:00.123Z."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03d}Z"


Instant = Annotated[
    AwareDatetime, AfterValidator(_to_milliseconds), PlainSerializer(instant_text, return_type=str, when_used="json")
]
"""A moment in UTC, to the millisecond."""


class Document(BaseModel):
    """Frozen; a field that is not known is an error; the canonical form is sorted, compact JSON in UTF-8."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    content_type: ClassVar[str] = ""
    """Names the document and its version inside the signature; empty for what is never signed."""

    def canonical(self) -> bytes:
        """The one way this document becomes bytes."""
        fields = self.model_dump(mode="json")
        return json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


DocumentT = TypeVar("DocumentT", bound=Document)


def sign_document(document: Document, key: SigningKey) -> bytes:
    """COSE_Sign1 bytes over the canonical form."""
    assert document.content_type, "this document is never signed"
    return sign(document.canonical(), key=key, content_type=document.content_type)


def read_signed(signed: bytes, model: type[DocumentT], *, pinned: Pinned) -> DocumentT:
    """The document, after its signature was verified.

    :raises: WireError when it is too large, not signed by a pinned key, of another sort, or not complete.
    """
    if len(signed) > SIGNED_BYTES_MAX:
        raise WireError("A signed document is too large.")
    try:
        payload, _ = verify(signed, pinned=pinned, content_type=model.content_type)
    except SealBroken as error:
        raise WireError(error.sentence) from error
    return read_plain(payload, model)


def read_plain(content: bytes, model: type[DocumentT]) -> DocumentT:
    """The document from JSON. :raises: WireError when it is not one; the sentence never repeats the content."""
    if len(content) > SIGNED_BYTES_MAX:
        raise WireError("A document is too large.")
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        places = ", ".join(sorted({".".join(map(str, item["loc"])) or "document" for item in error.errors()}))
        raise WireError(f"A {model.__name__.lower()} is not complete: {places[:200]}.") from None
