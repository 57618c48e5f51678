"""What the station asks of the courier, over its Unix socket."""

import asyncio
from base64 import b64decode, b64encode
from collections.abc import Awaitable, Callable
from typing import TypeVar
from urllib.parse import quote, urlencode

from agent.errors import PeerSilent
from agent.unix_http import UnixClient
from vault.labels import ParcelId

_Result = TypeVar("_Result")

PATIENCE_S = 20.0
AGAIN_S = 0.25


class CourierClient:
    """The courier may be restarting: what must not fail for that is asked again for a while."""

    def __init__(self, client: UnixClient) -> None:
        self._client = client

    async def reserve(self, parcel: ParcelId, kind: str) -> bytes:
        """The parcel's key on this unit's disk; asking again gives the same. :raises: Refused, PeerSilent."""
        answer = await _patiently(
            lambda: self._client.ask("POST", "/v1/parcels", body={"parcel": parcel, "kind": kind})
        )
        return b64decode(str(answer["wrap_key"]))

    async def release(self, parcel: ParcelId) -> None:
        """There will be no such parcel. :raises: Refused when it was delivered, PeerSilent."""
        await _patiently(lambda: self._client.ask("DELETE", f"/v1/parcels/{parcel}"))

    async def taken_in(self, parcel: ParcelId) -> tuple[str, int] | None:
        """Have the courier take the parcel in: its digest and size, or None when it is nowhere. :raises: PeerSilent."""
        answer = await _patiently(lambda: self._client.ask("POST", f"/v1/parcels/{parcel}/delivered"))
        digest, size = answer.get("digest"), answer.get("size")
        return (digest, size) if isinstance(digest, str) and isinstance(size, int) else None

    async def question(self, question: str, sealed: bytes) -> bytes:
        """Central's sealed answer. :raises: Refused (`migris-silent`), PeerSilent."""
        body: dict[str, object] = {"id": question, "sealed": b64encode(sealed).decode()}
        answer = await _patiently(lambda: self._client.ask("POST", "/v1/questions", body=body))
        return b64decode(str(answer["answer"]))

    async def history(self, parcel: ParcelId, *, after: str, wait_s: float) -> dict[str, object]:
        """What became of a parcel, as soon as it differs from `after`. :raises: Refused, PeerSilent."""
        # both come from whoever asks the station, and must stay what they are: one segment, one value
        query = urlencode({"after": after, "wait_s": wait_s})
        return await self._client.ask("GET", f"/v1/parcels/{quote(parcel, safe='')}?{query}")

    async def tell_central(self, event: str, signed: bytes, *, head_number: int | None = None) -> None:
        """Have the courier send a signed event until central receipts it; telling again changes nothing.

        :param head_number: number of the newest line when it is the head of the station's ledger.
        :raises: Refused, PeerSilent.
        """
        body: dict[str, object] = {"id": event, "signed": b64encode(signed).decode(), "head_number": head_number}
        await _patiently(lambda: self._client.ask("POST", "/v1/events", body=body))

    async def witnessed_head(self) -> tuple[bytes, bytes] | None:
        """The furthest head of the station's ledger that central has receipted, signed, and the receipt.

        :raises: Refused, PeerSilent.
        """
        answer = await _patiently(lambda: self._client.ask("GET", "/v1/heads/station"))
        signed, receipt = answer.get("signed"), answer.get("receipt")
        return (b64decode(signed), b64decode(receipt)) if isinstance(signed, str) and isinstance(receipt, str) else None

    async def bound(self) -> tuple[frozenset[str], frozenset[str]]:
        """Parcels that people hold (`*` for all), and those that have not left. :raises: Refused, PeerSilent."""
        answer = await _patiently(lambda: self._client.ask("GET", "/v1/retention/bound"))
        held, there = (answer.get(name) for name in ("held", "open"))
        if not isinstance(held, list) or not isinstance(there, list):
            # read as none it would free what is held
            raise PeerSilent("The courier does not say what is held.")
        return frozenset(map(str, held)), frozenset(map(str, there))

    async def close(self) -> None:
        """Close what is open to the courier."""
        await self._client.close()


async def _patiently(asking: Callable[[], Awaitable[_Result]]) -> _Result:
    """Ask until there is an answer, or the last silence when nobody answers for PATIENCE_S."""
    loop = asyncio.get_running_loop()
    end_s = loop.time() + PATIENCE_S
    while True:
        try:
            return await asking()
        except PeerSilent:
            if loop.time() > end_s:
                raise
        await asyncio.sleep(AGAIN_S)
