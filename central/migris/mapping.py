"""The mapping: what another far side calls things. A TOML file; what cannot be used is refused with its line.

Fields of answers are dotted (`result.id`), requests are flat JSON objects. A part that is left out cannot be asked
there: a question is then answered with "MIGRIS does not answer". docs/migris-contract.md has one whole.
"""

import re
import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from agent.wire import Likeness
from central.errors import SetUpError
from central.migris.refusal import PARTS
from central.settings import Url

Address = Annotated[str, StringConstraints(pattern=r"^/[A-Za-z0-9._~/-]{0,200}$")]
"""A path; nothing personal can be in it, because nothing can be filled in."""
Key = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,60}$")]
Dotted = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,60}(\.[A-Za-z0-9_-]{1,60}){0,5}$")]
Header = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,60}$")]
Words = tuple[str | bool, ...]
Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,60}$")]
OurPart = Literal[PARTS]  # type: ignore[valid-type]  # the list is made where parts are


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Verdicts(_Table):
    """How an answer says what became of a submission."""

    status: Dotted
    """Where the word is."""
    accepted: Annotated[Words, Field(min_length=1)]
    """Words for: MIGRIS has it."""
    declined: Annotated[Words, Field(min_length=1)]
    """Words for: it will not have it."""
    pending: Words = ()
    """Words for: decided later. They need `outcome`."""
    unknown: Words = ()
    """Words for: nothing was submitted under this key."""
    reference: Dotted
    """Where its reference is."""
    code: Dotted | None = None
    """Where the cause's code is."""
    part: Dotted | None = None
    """Where the finger or the face is."""
    codes: dict[str, Code] = {}
    """Their codes to ours; another one is `migris-declined`."""
    parts: dict[str, OurPart] = {}
    """Their words for fingers and the face to ours; another one is none."""


class Submit(_Table):
    """How a submission is sent."""

    path: Address
    """Where."""
    body: Literal["package", "transaction", "json"] = "package"
    """The package as it is (ZIP), its ANSI/NIST transaction, or JSON with the transaction as base64."""
    content_type: str | None = Field(default=None, pattern=r"^[a-z0-9.+/-]{3,80}$")
    """Of a body that is not JSON."""
    application: Key = "application"
    """JSON: the application's number."""
    content: Key = "content"
    """JSON: the transaction."""
    key: Key | None = None
    """JSON: the idempotency key, where the far side takes it here and not in a header."""


class Outcome(_Table):
    """How it is asked by the key."""

    path: Address
    """Where."""
    key: Key | None = None
    """The field that the key is in; it is in the header of the idempotency key where this is left out."""


class Find(_Table):
    """How it is asked for an application."""

    path: Address
    """Where."""
    application: Key
    """The field that the number is in."""
    state: Dotted
    """Where the state is; none there means: no such application."""
    open: Annotated[Words, Field(min_length=1)]
    """States in which biometrics may be added."""
    given_name: Dotted
    """Where the given name is."""
    surname: Dotted
    """Where the surname is."""
    birth_date: Dotted
    """Where the birth date is, YYYY-MM-DD."""
    citizenship: Dotted
    """Where the citizenship is, ISO 3166-1 alpha-3."""


class Search(_Table):
    """How it is asked for a person's applications."""

    path: Address
    """Where."""
    given_name: Key
    """The field of the given name."""
    surname: Key
    """The field of the surname."""
    birth_date: Key
    """The field of the birth date."""
    citizenship: Key
    """The field of the citizenship."""
    applications: Dotted
    """Where the list of numbers is."""


class Compare(_Table):
    """How prints of a handover are compared."""

    path: Address
    """Where."""
    application: Key
    """The field of the number."""
    prints: Key
    """The field of the list of prints."""
    finger: Key
    """In each: the field of the finger, in our words."""
    wsq: Key
    """In each: the field of the picture, base64."""
    likeness: Dotted
    """Where the result is; none there means: no application, or no prints for it."""
    words: dict[str, Likeness]
    """Their words to ours."""


class Submissions(_Table):
    """How it is asked what was submitted for an application."""

    path: Address
    """Where."""
    application: Key
    """The field of the number."""
    entries: Dotted
    """Where the list is."""
    key: Dotted
    """In each: where the key is."""
    reference: Dotted
    """In each: where the reference is; none there means: declined."""


class Mapping(_Table):
    """One far side."""

    url: Url
    """Its base address, https."""
    idempotency_header: Header | None = None
    """The header that carries the key, where it knows one."""
    submit: Submit
    """Submissions."""
    verdicts: Verdicts
    """Its words for what became of them."""
    outcome: Outcome | None = None
    """The query by key."""
    find: Find | None = None
    """Applications by number."""
    search: Search | None = None
    """Applications by person."""
    compare: Compare | None = None
    """Prints at a handover."""
    submissions: Submissions | None = None
    """What was submitted."""


def load_mapping(path: Path) -> Mapping:
    """Read the file. :raises: SetUpError that says the line and what is wrong there."""
    try:
        text = path.read_text("utf-8")
        mapping = Mapping.model_validate(tomllib.loads(text))
    except OSError as error:
        raise SetUpError("The mapping of MIGRIS's interface cannot be read.") from error
    except ValidationError as error:
        said = [f"line {line_of(text, one['loc'])}: {_where(one['loc'])}: {one['msg']}" for one in error.errors()]
        raise SetUpError(f"The mapping of MIGRIS's interface cannot be used: {'; '.join(said)[:400]}.") from None
    except ValueError as error:
        # tomllib says the line, UTF-8 the byte
        raise SetUpError(f"The mapping of MIGRIS's interface would not load: {str(error)[:200]}.") from None
    if mapping.verdicts.pending and mapping.outcome is None:
        at = line_of(text, ("verdicts", "pending"))
        raise SetUpError(f"The mapping of MIGRIS's interface cannot be used: line {at}: pending needs [outcome].")
    if mapping.outcome is not None and mapping.outcome.key is None and mapping.idempotency_header is None:
        at = line_of(text, ("outcome",))
        raise SetUpError(f"The mapping of MIGRIS's interface cannot be used: line {at}: nothing carries the key.")
    return mapping


def line_of(text: str, loc: tuple[str | int, ...]) -> int:
    """The line of a key, of its table where the key is not there, else 1."""
    names = [str(one) for one in loc]
    found, table = 1, ""
    for number, line in enumerate(text.splitlines(), start=1):
        if header := re.match(r"\s*\[\s*([^\]]+?)\s*\]", line):
            table = header[1]
            found = number if table == names[0] else found
        key = re.match(r"\s*\"?([A-Za-z0-9_-]+)\"?\s*=", line)
        if key and [*filter(None, table.split(".")), key[1]] == names[: table.count(".") + 1 + bool(table)]:
            return number
    return found


def _where(loc: tuple[str | int, ...]) -> str:
    return ".".join(str(one) for one in loc)
