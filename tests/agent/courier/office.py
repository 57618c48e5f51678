"""A running courier on real premises, with a link that the test speaks for."""

import asyncio
import itertools
import random
from collections.abc import Callable
from typing import cast

from agent.clock import SystemClock
from agent.courier.agenda import Agenda
from agent.courier.bucket import Bucket
from agent.courier.courier import Courier
from agent.courier.dispatch import Dispatch
from agent.courier.pulse import Pulse
from agent.link import Heard, Link, LinkDown
from agent.link.traffic import Traffic
from agent.supervise import Supervisor
from agent.wire import CentralTopics, Need, Receipt, StationTopics, sign_document
from tests.agent.courier.premises import CENTRAL_KEY, STATION, TENANT, Premises

SOON_S = 90.0
"""What has not happened by then does not happen."""

DOWN = CentralTopics(TENANT, STATION)
UP = StationTopics(TENANT, STATION)


class Longest(random.Random):
    """Chance that always takes the longest pause."""

    def uniform(self, a: float, b: float) -> float:
        return max(a, b)


class Pipe:
    """What the courier uses of a link; the test is the broker."""

    def __init__(self) -> None:
        self.up = False
        self.connections = 0
        self.version = "5"
        self.traffic = Traffic()
        self.rate_bytes_s: float | None = None
        self.settled: Callable[[str, bool], None] = lambda _topic, _taken: None
        self.blocked = asyncio.Event()
        self.blocked.set()
        self._bulk_left: int | None = None
        self._moved = asyncio.Event()
        self._published: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue()
        self.asked: list[tuple[str, bytes]] = []
        self.retained: list[tuple[str, bytes]] = []
        self.wills: list[tuple[str, bytes]] = []

    async def run(self, hear: Callable[[Heard], None], *, will: Callable[[int], tuple[str, bytes]]) -> None:
        self._hear, self._will = hear, will
        await asyncio.Event().wait()

    async def publish(
        self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False, bulk: bool = False
    ) -> None:
        await self.blocked.wait()
        while bulk and self.up and self._bulk_left == 0:
            self._moved.clear()
            await self._moved.wait()
        if not self.up:
            raise LinkDown
        if bulk and self._bulk_left is not None:
            self._bulk_left -= 1
        assert qos == (0 if topic == UP.echo else 1)
        if retain:
            self.retained.append((topic, payload))
        elif "/up/ask/" in topic:
            self.asked.append((topic, payload))
        else:
            self._published.put_nowait((topic, payload))

    def connect(self) -> None:
        self.connections += 1
        self.wills.append(self._will(self.connections))
        self.up = True
        self._hear(Heard("up"))

    def let(self, bulk: int | None) -> None:
        """So many bulk messages are taken from now on; None: as many as there are."""
        self._bulk_left = bulk
        self._moved.set()

    def answer(self, topic: str, *, taken: bool = True) -> None:
        """As the broker answers a publish."""
        self.settled(topic, taken)

    def drop(self) -> None:
        self.up = False
        self._moved.set()
        self._hear(Heard("down"))

    def say(self, topic: str, payload: bytes) -> None:
        self._hear(Heard("message", topic, payload, mid=1, connection=self.connections))

    async def published(self) -> tuple[str, bytes]:
        async with asyncio.timeout(SOON_S):
            return await self._published.get()

    def nothing_more(self) -> bool:
        return self._published.empty()


class Office:
    """Everything of the courier's process but its socket."""

    def __init__(
        self,
        premises: Premises,
        *,
        link: Link | None = None,
        longest_s: float = 3600.0,
        echo_s: float = 3600.0,
        bucket: Bucket | None = None,
    ) -> None:
        self.premises = premises
        self.pipe = Pipe()
        self.courier = Courier(
            premises.desk,
            Dispatch(link or cast(Link, self.pipe), bucket=bucket or Bucket(0, burst_bytes=1)),
            topics=UP,
            keyrings=premises.keyrings,
            # over a real link time really passes
            clock=premises.clock if link is None else SystemClock(),
        )
        self.supervisor = Supervisor()
        self.pulse = Pulse(echo_s)
        self._agenda = Agenda(longest_s, Longest())
        self._numbers = itertools.count()

    async def __aenter__(self) -> "Office":
        await self.courier.start(self.supervisor, agenda=self._agenda, pulse=self.pulse)
        self._running = asyncio.get_running_loop().create_task(self.supervisor.run())
        # one round of the loop, and everything that was started has begun
        await asyncio.wait({self._running}, timeout=0)
        return self

    async def __aexit__(self, *_exception: object) -> None:
        self.supervisor.stop()
        await self._running
        self.courier.close()

    async def ended(self) -> int:
        """The exit code, of a process that ends by itself."""
        async with asyncio.timeout(SOON_S):
            return await self._running

    async def settled(self) -> None:
        """Everything that was said up to now was heard, and what follows from it was published."""
        # messages are heard in their order, and an answer ends its question: the first comes after all that was said,
        # the second after all that was published for it
        for _ in range(2):
            marker = f"{next(self._numbers):026d}"
            asking = asyncio.get_running_loop().create_task(self.courier.question(marker, b"?", within_s=SOON_S))
            await asyncio.wait({asking}, timeout=0)
            self.pipe.say(DOWN.answer(marker), b"!")
            assert await asking == b"!"

    async def rounds(self) -> None:
        """Whatever the courier's tasks had to do with the desk was done: it takes its calls in their order."""
        for _ in range(8):
            await self.courier.read_desk(lambda: None)

    def tell(self, receipt: Receipt) -> None:
        self.pipe.say(DOWN.receipt(receipt.parcel), sign_document(receipt, CENTRAL_KEY))

    def need(self, parcel: str, digest: str, *missing: int) -> None:
        self.pipe.say(DOWN.need(parcel), Need(digest=digest, missing=missing).canonical())
