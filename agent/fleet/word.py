"""The station process's part of the twin, told to the courier whenever it has changed, and now and then anyway.

The courier keeps it in memory only: what is not told again is forgotten, and headquarters sees that nobody spoke.
"""

import asyncio
import hashlib
import logging
from collections.abc import Callable, Iterable
from typing import Final

from agent.errors import PeerSilent, Refused
from agent.logs import Outage
from agent.unix_http import UnixClient
from agent.wire.document import read_plain
from agent.wire.twin import StationWord

_log = logging.getLogger(__name__)

LOOK_S: Final = 5.0
"""So often it is looked whether there is anything new to say."""

AGAIN_S: Final = 15.0
"""The same is said again after so long, to a courier that may have begun anew; what was not said for twice that, it
says no more."""


def fingerprint(place: tuple[str, str], role: str, *, identity: Iterable[str]) -> str | None:
    """Tells one device from another of its sort without saying which it is; None when there is nothing to tell.

    :param place: tenant and station: the same device elsewhere has another one.
    :param identity: vendor, product and serial number, as far as the device tells them.
    """
    told = [part for part in identity if part]
    if not told:
        return None
    return hashlib.sha256("\0".join((*place, role, *told)).encode()).hexdigest()[:16]


class Speaker:
    """Says the word to the courier."""

    def __init__(self, courier: UnixClient, word: Callable[[], StationWord]) -> None:
        """:param word: what there is to say now."""
        self._courier = courier
        self._word = word
        self._said: StationWord | None = None
        self._said_at_s = 0.0

    async def run(self) -> None:
        """Say what is new until cancelled; a courier that is not there hears it later."""
        outage = Outage(_log, name="telling the courier of the station")
        while True:
            try:
                await self.say()
            except (PeerSilent, Refused) as error:
                outage.begin(error.sentence)
                self._said = None
            else:
                outage.end()
            await asyncio.sleep(LOOK_S)

    async def say(self) -> None:
        """Say it, unless the same was said lately. :raises: PeerSilent, Refused."""
        word, now_s = self._word(), asyncio.get_running_loop().time()
        if word == self._said and now_s - self._said_at_s < AGAIN_S:
            return
        await self._courier.ask("PUT", "/v1/station", body=word.model_dump(mode="json"))
        self._said, self._said_at_s = word, now_s


def read_word(content: bytes) -> StationWord:
    """As the courier takes it. :raises: WireError."""
    return read_plain(content, StationWord)
