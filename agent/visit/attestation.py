"""Tells central how far the station's ledger is, and notices at the start when it is shorter than central was told.

A head is signed with the seal key: it is the station process that speaks for its own ledger, and the courier, which
carries the head and keeps central's receipt of it, cannot make one up. Whoever cuts the station's ledger off has the
courier's database and central's against him.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from ulid import ULID

from agent.clock import Clock
from agent.errors import PeerSilent, Refused, WireError
from agent.guard.cause import Cause
from agent.guard.guard import ledger_broken
from agent.logs import Outage
from agent.visit.courier_client import CourierClient
from agent.visit.journal import Journal
from agent.wire import EVENT_KIND, LedgerAlarm, LedgerHead, Receipt, Stage, read_signed, sign_document
from drivers.contract import in_thread
from vault.chain import EMPTY, Head
from vault.envelope import Pinned, Signer, digest_of
from vault.ledger import Detail

_log = logging.getLogger(__name__)

LEDGER = "station"
"""What heads call this ledger."""

HEAD_EVERY_S = 900.0
"""At most so long a line stays unknown to central while the link works; a visit's end tells it at once."""

HEAD_ANEW_S = 86_400.0
"""A ledger that does not grow is told again after this: headquarters' receipt says what time it is there."""

HEAD_AGAIN_S = 30.0
"""When the courier did not take it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnesses:
    """Who speaks, and whose word on it counts."""

    tenant: str
    """Whose station it is."""
    station: str
    """The station."""
    key: Signer
    """The seal key, which signs heads."""
    receipts: Pinned
    """Central's receipt keys."""


class Attestation:
    """Runs beside the visits; none waits for it."""

    def __init__(
        self,
        journal: Journal,
        courier: CourierClient,
        *,
        witnesses: Witnesses,
        report: Callable[[Cause], Awaitable[bool]],
        clock: Clock,
    ) -> None:
        """:param report: has the guard write what may be a breach; whether it was news."""
        self._report = report
        self._journal = journal
        self._courier = courier
        self._witnesses = witnesses
        self._clock = clock
        self._told, self._told_at_s = EMPTY, 0.0
        self._wake = asyncio.Event()
        self.trouble: str | None = None
        """`ledger-cut-off` or `ledger-rewritten` when the ledger is not what central has receipted."""

    def look(self) -> None:
        """Lines were written that central should hear of now."""
        self._wake.set()

    async def run(self) -> None:
        """Compare once, then tell central whenever there is something new."""
        outage, compared = Outage(_log, name="telling central of the ledger"), False
        while True:
            self._wake.clear()
            pause_s = HEAD_EVERY_S
            try:
                if not compared:
                    await self.compare()
                    compared = True
                await self.tell()
            except (PeerSilent, Refused) as error:
                outage.begin(error.sentence)
                pause_s = HEAD_AGAIN_S
            else:
                outage.end()
            await self._pause(pause_s)

    async def tell(self) -> None:
        """Hand the ledger's head to the courier, unless it was lately. :raises: PeerSilent, Refused."""
        head, now_s = await in_thread(self._journal.head), self._clock.monotonic_ns() / 1e9
        if head == EMPTY or (head == self._told and now_s - self._told_at_s < HEAD_ANEW_S):
            return
        document = LedgerHead(
            tenant=self._witnesses.tenant,
            station=self._witnesses.station,
            ledger=LEDGER,
            number=head.number,
            digest=head.digest,
            time=self._clock.now(),
        )
        signed = sign_document(document, self._witnesses.key)
        await self._courier.tell_central(self._new_id(), signed, head_number=head.number)
        self._told, self._told_at_s = head, now_s

    async def compare(self) -> None:
        """Compare the ledger with the furthest head that central has receipted. :raises: PeerSilent, Refused."""
        known = await self._known()
        if known is None:
            return
        there = await in_thread(lambda: self._journal.digest_at(known.number))
        if there == known.digest:
            return
        self.trouble = "ledger-cut-off" if there is None else "ledger-rewritten"
        head = await in_thread(self._journal.head)
        _log.error(
            "the ledger is not what central has receipted: %s (line %s is known there, %s is the newest here)",
            self.trouble,
            known.number,
            head.number,
        )
        await self._raise_alarm(self.trouble, head, known=known)

    async def central_time(self) -> datetime | None:
        """When central signed its receipt of the furthest head; None without one that can be believed.

        :raises: PeerSilent, Refused.
        """
        witnessed = await self._witnessed()
        return None if witnessed is None else witnessed[1].time

    async def _raise_alarm(self, code: str, head: Head, *, known: LedgerHead) -> None:
        at = self._clock.now()
        if not await self._report(ledger_broken(LEDGER, at=at)):
            # an earlier life of this process has said it
            return
        alarm = LedgerAlarm(
            tenant=self._witnesses.tenant,
            station=self._witnesses.station,
            ledger=LEDGER,
            code=code,
            number=head.number,
            digest=head.digest,
            known_number=known.number,
            known_digest=known.digest,
            time=at,
        )
        detail: Detail = {"known_line": known.number, "known_digest": known.digest}
        await in_thread(lambda: self._journal.remark(code, at=at, detail=detail))
        await self._courier.tell_central(self._new_id(), sign_document(alarm, self._witnesses.key))

    async def _known(self) -> LedgerHead | None:
        witnessed = await self._witnessed()
        return None if witnessed is None else witnessed[0]

    async def _witnessed(self) -> tuple[LedgerHead, Receipt] | None:
        found = await self._courier.witnessed_head()
        if found is None:
            return None
        signed, receipt_signed = found
        try:
            head = read_signed(signed, LedgerHead, pinned=Pinned([self._witnesses.key.public]))
            receipt = read_signed(receipt_signed, Receipt, pinned=self._witnesses.receipts)
        except WireError as error:
            # signed by the key of an earlier unit, or not at all: no ground to accuse this ledger
            _log.warning("a head that the courier keeps cannot be believed: %s", error.sentence)
            return None
        here = (self._witnesses.tenant, self._witnesses.station)
        of_this_head = (receipt.kind, receipt.stage, receipt.digest) == (EVENT_KIND, Stage.STORED, digest_of(signed))
        ours = here == (head.tenant, head.station) == (receipt.tenant, receipt.station) and head.ledger == LEDGER
        return (head, receipt) if of_this_head and ours else None

    async def _pause(self, longest_s: float) -> None:
        try:
            async with asyncio.timeout(longest_s):
                await self._wake.wait()
        except TimeoutError:
            return

    def _new_id(self) -> str:
        return str(ULID.from_datetime(self._clock.now())).lower()
