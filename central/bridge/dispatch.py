"""Parcels on their way from the outbox to the opener, one after the other, and what is decided on its way back."""

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import Literal

from agent.link import Patience
from agent.logs import Outage
from agent.private_memory import forget_now
from central.bridge.delivery import Consignment, Delivery
from central.bridge.frames import Deliver, Delivered, Kept
from central.bridge.message import Reply
from central.bridge.opening import Opening
from central.bridge.rota import Place, Rota
from central.bridge.subject import Subject
from central.bridge.thread import DatabaseThread
from central.errors import OpenerGone, OpenerHung, SealKeyUnknown, StationUnknown
from central.pki.registry import Registry

_log = logging.getLogger(__name__)

LOOK_AGAIN_S = 5.0
"""Longest pause before the outbox is looked at again: a person may have put a parcel back, or a reader let go that
prevented a wipe."""

ENQUIRE_EVERY_S = LOOK_AGAIN_S
"""How often MIGRIS is asked about what it has not decided on, at the most."""


class Dispatch:
    """Runs until `finish`; one parcel is in hand at a time."""

    def __init__(
        self,
        delivery: Delivery,
        opening: Opening,
        *,
        registry: Registry,
        database: DatabaseThread,
        patience: Patience,
    ) -> None:
        """:param patience: pauses while MIGRIS does not answer."""
        self._delivery = delivery
        self._opening = opening
        self._registry = registry
        self._database = database
        self._rota = Rota(patience)
        self._migris = Outage(_log, name="MIGRIS")
        self._keyless: dict[tuple[str, str], Outage] = {}
        self._stored = asyncio.Event()
        self._in_hand = asyncio.Lock()
        self._finishing = False
        self._enquired_s = -ENQUIRE_EVERY_S

    def more(self) -> None:
        """Something may have been stored."""
        self._stored.set()

    async def run(self, reply: Callable[[Reply], None]) -> None:
        """Everybody in turn, again and again.

        :param reply: given what a station is told.
        """
        while not self._finishing:
            self._stored.clear()
            await self._round(reply)
            await self._enquire(reply)
            await self._clear_leftovers()
            forget_now()
            if self._delivery.wipes_left:
                await self._database.do(self._delivery.finish_wipes)
            await self._until_more()

    async def finish(self) -> None:
        """Take no parcel any more, and return when the one in hand was decided and replied to."""
        self._finishing = True
        async with self._in_hand:
            """Whoever waits for it sees that it is over."""

    async def _round(self, reply: Callable[[Reply], None]) -> None:
        """Everybody whose turn it is, until MIGRIS does not answer."""
        turns = self._rota.turns(await self._database.do(self._delivery.waiting), now_s=_now_s())
        for number, place in enumerate(turns, start=1):
            async with self._in_hand:
                if self._finishing:
                    return
                became = await self._one(place, reply)
            match became:
                case "apart":
                    # its own trouble, or its station's: the others need not wait
                    self._rota.silent(place, others=(), now_s=_now_s())
                case "silent":
                    self._migris.begin("it does not answer")
                    self._rota.silent(place, others=turns[number:], now_s=_now_s())
                    return
                case "elsewhere":
                    # decided already, or in another worker's hand: nothing is known of MIGRIS by it
                    pass
                case "settled":
                    self._migris.end()
                    self._rota.answered(place, now_s=_now_s())

    async def _enquire(self, reply: Callable[[Reply], None]) -> None:
        """What MIGRIS has decided since; until it does not answer."""
        if _now_s() - self._enquired_s < ENQUIRE_EVERY_S:
            return
        self._enquired_s = _now_s()
        for subject in await self._database.do(self._delivery.handed.pending):
            async with self._in_hand:
                if self._finishing or not await self._enquired(subject, reply):
                    return

    async def _enquired(self, subject: Subject, reply: Callable[[Reply], None]) -> bool:
        """False when there is no sense in asking about others."""
        try:
            delivered = await self._opening.enquire(subject.tenant, subject.id)
        except OpenerGone:
            return False
        if delivered.result == "silent":
            self._migris.begin("it does not answer")
            return False
        self._migris.end()
        if delivered.result != "pending":
            for told in await self._database.do(partial(self._delivery.decided, subject, delivered)):
                reply(told)
        return True

    async def _clear_leftovers(self) -> None:
        """What a connector keeps of what is decided goes, and only then is the parcel called wiped."""
        cleared = False
        for subject in await self._database.do(self._delivery.handed.leftovers):
            try:
                done = not self._finishing and await self._opening.forget(subject.tenant, subject.id)
            except OpenerGone:
                break
            if done:
                await self._database.do(partial(self._delivery.handed.forgotten, subject))
                cleared = True
        if cleared:
            await self._database.do(self._delivery.finish_wipes)

    async def _one(
        self, place: Place, reply: Callable[[Reply], None]
    ) -> Literal["settled", "silent", "apart", "elsewhere"]:
        consignment = await self._database.do(partial(self._delivery.consignment, *place))
        try:
            return "elsewhere" if consignment is None else await self._settle(consignment, reply)
        finally:
            await self._database.do(partial(self._delivery.let_go, *place))

    async def _settle(
        self, consignment: Consignment, reply: Callable[[Reply], None]
    ) -> Literal["settled", "silent", "apart"]:
        delivered = await self._opened(consignment)
        if delivered is None:
            return "apart"
        for told in await self._database.do(lambda: self._delivery.decided(consignment.subject, delivered)):
            reply(told)
        match delivered.result:
            case "silent":
                return "silent"
            case "keyless" | "unchecked":
                return "apart"
            case _:
                return "settled"

    async def _opened(self, consignment: Consignment) -> Delivered | None:
        """What became of it; None when its opener ended without a word, which is counted already."""
        subject, number = consignment.subject, self._opening.next_number()
        if consignment.refusal is not None:
            return Delivered(number=number, result="rejected", cause=consignment.refusal)
        keys = self._keyless.setdefault((subject.tenant, subject.station), _keys_of(subject))
        try:
            request = self._request(consignment, number)
        except StationUnknown as error:
            keys.begin(error.sentence)
            return Delivered(number=number, result="keyless")
        except SealKeyUnknown as error:
            _log.error("parcel %s is not opened: %s", subject.id, error.sentence)
            return Delivered(number=number, result="unreadable")
        keys.end()
        try:
            return await self._opening.deliver(request)
        except OpenerGone as error:
            _log.error("parcel %s was not delivered: %s", subject.id, error.sentence)
            return None
        except OpenerHung as error:
            _log.error("parcel %s was not delivered: %s", subject.id, error.sentence)
            return Delivered(number=number, result="hung")

    def _request(self, consignment: Consignment, number: int) -> Deliver:
        """:raises: StationUnknown, SealKeyUnknown."""
        subject = consignment.subject
        keys = self._registry.known(subject.tenant, subject.station)
        amended = (
            Kept(
                parcel=one.parcel,
                kind=one.kind,
                part=one.part,
                seal_public=keys.seal_pem(one.seal_key),
                content=one.content,
            )
            for one in consignment.earlier
        )
        return Deliver(
            number=number,
            tenant=subject.tenant,
            station=subject.station,
            parcel=subject.id,
            kind=subject.kind,
            seal_public=keys.seal_pem(consignment.seal_key),
            content=consignment.content,
            amends=consignment.amends,
            amended=tuple(amended),
            again=consignment.again,
        )

    async def _until_more(self) -> None:
        pause_s = self._rota.pause_s(now_s=_now_s())
        try:
            async with asyncio.timeout(LOOK_AGAIN_S if pause_s is None else min(pause_s, LOOK_AGAIN_S)):
                await self._stored.wait()
        except TimeoutError:
            return


def _keys_of(subject: Subject) -> Outage:
    return Outage(_log, name=f"the registry's file of {subject.tenant}/{subject.station}")


def _now_s() -> float:
    return asyncio.get_running_loop().time()
