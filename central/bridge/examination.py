"""What opener and examiner say to each other about one package, over a socket of its own: length-prefixed CBOR.

The examiner says that it is there, is given the package, says which part it looks at, and gives a verdict. Whatever it
says is validated: it has read foreign bytes.
"""

import asyncio
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from agent.wire import Cause
from central.bridge.frames import Message, decode, read_frame


class Amended(Message):
    """A package that was rejected."""

    package: bytes = Field(repr=False)
    """The plain bytes."""
    part: str | None
    """The finger or the face for which it was."""


class Examine(Message):
    """Read a package, compare its members, put it into what it amends, decode the prints."""

    op: Literal["examine"] = "examine"
    """Tells the messages apart."""
    package: bytes = Field(repr=False)
    """The plain bytes that a station sealed."""
    amended: tuple[Amended, ...] = ()
    """What it amends, what that amends and so on, oldest first."""


class About(Message):
    """What is looked at from now on; if nothing more is heard, that was it."""

    op: Literal["about"] = "about"
    """Tells the messages apart."""
    part: str | None = Field(max_length=40)
    """A finger's name, `face`, or None for the package as a whole."""


class Fit(Message):
    """Nothing is wrong with the package."""

    op: Literal["fit"] = "fit"
    """Tells the messages apart."""
    tenant: str = Field(max_length=64)
    """Whose station made it, as its manifest says."""
    station: str = Field(max_length=64)
    """The station."""
    parcel: str = Field(max_length=26)
    """The parcel."""
    kind: str = Field(max_length=20)
    """What it is about."""
    amends: str | None = Field(max_length=26)
    """The parcel that it amends."""
    application: str = Field(max_length=64, repr=False)
    """The application's number."""
    whole: bytes | None = Field(default=None, repr=False)
    """The package with all that it amends; None when it amends nothing."""


class Unfit(Message):
    """The package is not one, or one of its members is not what it should be."""

    op: Literal["unfit"] = "unfit"
    """Tells the messages apart."""
    cause: Cause
    """Which part, and why."""


class Unmerged(Message):
    """The package is a good one, and does not make a whole of what it amends."""

    op: Literal["unmerged"] = "unmerged"
    """Tells the messages apart."""
    cause: Cause
    """Why."""


Verdict = Fit | Unfit | Unmerged
Said = Annotated[About | Fit | Unfit | Unmerged, Field(discriminator="op")]
_SAID: TypeAdapter[About | Verdict] = TypeAdapter(Said)
_ASKED: TypeAdapter[Examine] = TypeAdapter(Examine)


async def read_said(reader: asyncio.StreamReader) -> About | Verdict | None:
    """What the examiner says next, or None when it says no more. :raises: CentralError for anything else."""
    return await read_frame(reader, _SAID)


def read_asked(frame: bytes) -> Examine:
    """What the examiner is asked, in one frame. :raises: CentralError for anything else."""
    return decode(frame, _ASKED)
