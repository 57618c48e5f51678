"""Documents: frozen models with one way to become bytes, and COSE_Sign1 around them when they must be believed."""

import json
import re
from datetime import UTC, datetime
from typing import Annotated, ClassVar, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainSerializer,
    ValidationError,
)
from pydantic_core import ErrorDetails

from agent.errors import SignerOutOfTime, WireError
from vault.envelope import Pinned, Signer, sign, signer_of, verify
from vault.errors import KeyOutOfTime, SealBroken

SIGNED_BYTES_MAX = 65_536
"""No document is larger, signed or not."""


_RFC_3339 = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})")


def _from_text(value: object) -> object:
    if not isinstance(value, str):
        return value
    if not _RFC_3339.fullmatch(value):
        raise ValueError("a moment is written as RFC 3339 has it")
    return datetime.fromisoformat(value)


def _to_milliseconds(value: datetime) -> datetime:
    try:
        value = value.astimezone(UTC)
    except OverflowError:
        raise ValueError("the moment lies before the first year or after the last") from None
    return value.replace(microsecond=value.microsecond // 1000 * 1000)


def instant_text(value: datetime) -> str:
    """RFC 3339 UTC with milliseconds, such as 2026-11-22T04:30:00.123Z."""
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


Instant = Annotated[
    AwareDatetime,
    BeforeValidator(_from_text),
    AfterValidator(_to_milliseconds),
    PlainSerializer(instant_text, return_type=str, when_used="json"),
]
"""A moment in UTC, to the millisecond. Source: RFC 3339 section 5.6."""


_JSON = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


class Document(BaseModel):
    """Frozen; a field that is not known is an error; the canonical form is sorted, compact JSON in UTF-8."""

    # a cache of what was read would know names and numbers for as long as the process lives
    model_config = ConfigDict(frozen=True, extra="forbid", cache_strings="keys")

    content_type: ClassVar[str] = ""
    """Names the document and its version inside the signature; empty for what is never signed."""

    @property
    def signed_at(self) -> datetime | None:
        """When it was signed, for sorts whose signers have a time; None for the others."""
        return None

    def canonical(self) -> bytes:
        """The one way this document becomes bytes."""
        fields = self.model_dump(mode="json")
        return _JSON.encode(fields).encode()


DocumentT = TypeVar("DocumentT", bound=Document)


def sign_document(document: Document, key: Signer) -> bytes:
    """COSE_Sign1 bytes over the canonical form."""
    assert document.content_type, "this document is never signed"
    return sign(document.canonical(), key=key, content_type=document.content_type)


def read_signed(signed: bytes, model: type[DocumentT], *, pinned: Pinned) -> DocumentT:
    """The document, after its signature was verified.

    :raises: WireError when it is too large, not signed by a pinned key, of another sort, or not complete;
        SignerOutOfTime when it says that it was signed outside the time of its key.
    """
    check_size(signed)
    try:
        payload, _ = verify(signed, pinned=pinned, content_type=model.content_type)
        document = read_plain(payload, model)
        if document.signed_at is not None:
            pinned.at(document.signed_at).key(signer_of(signed))
    except KeyOutOfTime as error:
        raise SignerOutOfTime(error.sentence) from error
    except SealBroken as error:
        raise WireError(error.sentence) from error
    return document


def check_size(content: bytes) -> None:
    """What is too large is not parsed. :raises: WireError."""
    if len(content) > SIGNED_BYTES_MAX:
        raise WireError("A document is too large.")


def read_plain(content: bytes, model: type[DocumentT]) -> DocumentT:
    """The document from JSON. :raises: WireError when it is not one; the sentence never repeats the content."""
    check_size(content)
    try:
        return model.model_validate_json(content, strict=True)
    except ValidationError as error:
        places = ", ".join(sorted({_place(item) for item in error.errors(include_input=False, include_url=False)}))
        raise WireError(f"A {model.__name__.lower()} is not complete: {places[:200]}.") from None


def _place(item: ErrorDetails) -> str:
    # a field that we do not know has a name that somebody else chose
    known = item["loc"][:-1] if item["type"] == "extra_forbidden" else item["loc"]
    return ".".join(map(str, known)) or "document"
