"""The station process's part of the twin, told to the courier every few seconds, with its word on what is staged.

The courier keeps it in memory only: what is not told again is forgotten, and headquarters sees that nobody spoke.
"""

import asyncio
import hashlib
import json
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import Field

from agent.errors import PeerSilent, Refused, WireError
from agent.logs import Outage
from agent.unix_http import UnixClient
from agent.wire.document import Document, read_plain
from agent.wire.twin import StationWord

_log = logging.getLogger(__name__)

SAY_S: Final = 5.0
"""So often it is said, whether it is new or not: a courier that has begun anew knows nothing of the station."""

SILENT_S: Final = 6 * SAY_S
"""What was not said again for so long, the courier says no more."""


class Judged(Document):
    """What the station process says of a configuration that the courier has staged."""

    number: Annotated[int, Field(ge=1)]
    """Which."""
    refusal: Annotated[str, Field(max_length=300)] | None
    """Why its own section would not load; None when it would."""


class Said(Document):
    """What the station process says to the courier."""

    word: StationWord
    """Its part of the twin."""
    judged: Judged | None
    """Its word on what is staged."""


class Staged(Document):
    """A configuration that waits for the station process's word."""

    number: int
    """Which."""
    layer: str
    """What it would set."""


class Answer(Document):
    """What the courier answers."""

    staged: Staged | None
    """What waits for a word."""
    trying: bool
    """Whether it is not known yet whether what is in force stays."""


def fingerprint(place: tuple[str, str], role: str, *, identity: Iterable[str]) -> str | None:
    """Tells one device from another of its sort without saying which it is; None when there is nothing to tell.

    :param place: tenant and station: the same device elsewhere has another one.
    :param identity: vendor, product and serial number, as far as the device tells them.
    """
    told = [part for part in identity if part]
    if not told:
        return None
    return hashlib.sha256("\0".join((*place, role, *told)).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """What the speaker says, and what it does on the answer."""

    word: Callable[[], StationWord]
    """What there is to say now."""
    judge: Callable[[str], str | None]
    """Why the station's section would not load with a layer; None when it would."""
    settled: Callable[[], None]
    """Called whenever what is in force stays: the process may run with something older."""


class Speaker:
    """Says the word to the courier, again and again."""

    def __init__(self, courier: UnixClient, speech: Speech) -> None:
        self._courier = courier
        self._speech = speech
        self._judged: Judged | None = None

    async def run(self) -> None:
        """Speak until cancelled; a courier that is not there hears it later."""
        outage = Outage(_log, name="telling the courier of the station")
        while True:
            try:
                await self.say()
            except (PeerSilent, Refused, WireError) as error:
                outage.begin(error.sentence)
            else:
                outage.end()
            await asyncio.sleep(SAY_S)

    async def say(self) -> None:
        """Say it once, and once more when there was something to judge. :raises: PeerSilent, Refused, WireError."""
        answer = await self._ask()
        staged = answer.staged
        if staged is not None and (self._judged is None or self._judged.number != staged.number):
            refusal = await asyncio.to_thread(self._speech.judge, staged.layer)
            self._judged = Judged(number=staged.number, refusal=None if refusal is None else refusal[:300])
            answer = await self._ask()
        if not answer.trying:
            self._speech.settled()

    async def _ask(self) -> Answer:
        said = Said(word=self._speech.word(), judged=self._judged)
        answered = await self._courier.ask("PUT", "/v1/station", body=said.model_dump(mode="json"))
        return read_plain(json.dumps(answered).encode(), Answer)


def read_said(content: bytes) -> Said:
    """As the courier takes it. :raises: WireError."""
    return read_plain(content, Said)
