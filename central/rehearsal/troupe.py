"""A troupe: the process that holds many players in one event loop. `python -m central.rehearsal.troupe ROOT`.

On its standard input come lines: its part in the plan as JSON, then `begin` (visits end and faults befall from now on),
`enough` (no more of either), and its end. On its standard output it tells its news, one JSON line a second.
"""

import asyncio
import logging
import random
import secrets
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from agent.clock import SystemClock
from agent.link import Address
from agent.logs import configure
from agent.private_memory import keep_memory_private
from agent.supervise import Supervisor
from agent.wire.document import read_plain
from central.paths import Paths
from central.rehearsal.chain import new_id
from central.rehearsal.identity import Identity, enrolled
from central.rehearsal.plan import Cast, Faults, next_pause_s
from central.rehearsal.player import Player, World
from central.rehearsal.specimen import APPLICATION, CLOSED_APPLICATION, sealed, specimen
from central.rehearsal.tally import Tally
from central.settings import Settings, load_settings

NEWS_EVERY_S = 1.0

CONNECTS_A_SECOND = 100
"""At the beginning stations of one process come no faster: it is no fleet that has lost its broker."""

CONNECTING_AT_ONCE = 4
"""Threads that connect: the handshake is the library's one step that waits. With more of them the event loop has no
turn until the last of a thousand handshakes is over."""

CUT_S = (2.0, 20.0)
"""A cut lasts so long, from and to."""

KEEPALIVE_S = 60


class Troupe:
    """The players, what they seal, and what befalls them."""

    def __init__(self, paths: Paths, cast: Cast, *, supervisor: Supervisor) -> None:
        self._paths = paths
        self._cast = cast
        self._supervisor = supervisor
        self._clock = SystemClock()
        self._chance = random.Random(secrets.randbits(64))
        self._tally = Tally()
        self._players: list[Player] = []
        self._world: World | None = None
        self._begun = False
        self._befalling: list[asyncio.Task[None]] = []

    async def set_up(self) -> None:
        """Draw what will be sealed, enrol every station, and have them connect. :raises: CentralError."""
        await asyncio.to_thread(specimen)
        settings, plan = load_settings(self._paths.settings), self._cast.plan
        world = self._world = World(
            clock=self._clock,
            chance=self._chance,
            faults=plan.faults,
            tally=self._tally,
            retry_max_s=plan.retry_max_s,
        )
        for name in self._cast.names:
            make = partial(enrolled, self._paths, plan.tenant, name=name, now=self._clock.now())
            identity = await asyncio.to_thread(make)
            self._players.append(Player(identity, _address(identity, settings), world=world))
        self._supervisor.essential("connect", self._connect())

    async def obey(self) -> None:
        """What the rehearsal says, until it says no more."""
        while word := await asyncio.to_thread(sys.stdin.readline):
            if word.strip() == "begin" and not self._begun:
                self._begin()
            elif word.strip() == "enough":
                self._end_faults()
        self._supervisor.stop()

    async def tell(self) -> None:
        """News, once a second."""
        while True:
            online = sum(player.online for player in self._players)
            open_ = sum(player.open for player in self._players)
            ready = len(self._players) == self._cast.count
            sys.stdout.write(self._tally.news(online=online, open_=open_, ready=ready).canonical().decode() + "\n")
            sys.stdout.flush()
            await asyncio.sleep(NEWS_EVERY_S)

    async def _connect(self) -> None:
        for player in self._players:
            self._supervisor.must_live(f"link of {player.identity.name}", player.connect())
            self._supervisor.must_live(player.identity.name, player.perform())
            await asyncio.sleep(1 / CONNECTS_A_SECOND)

    def _begin(self) -> None:
        self._begun = True
        faults, count = self._cast.plan.faults, self._cast.count
        self._befalling = [
            self._supervisor.passing("visits", self._visits()),
            self._supervisor.passing("cuts", self._befall(faults.cut * count / 60, self._cut)),
            self._supervisor.passing("kills", self._befall(faults.kill * count / 60, self._break_off)),
        ]

    def _end_faults(self) -> None:
        if self._world is not None:
            self._world.faults = Faults()
        for task in self._befalling:
            task.cancel()

    async def _visits(self) -> None:
        while (pause_s := next_pause_s(self._cast.rate, self._chance)) is not None:
            await asyncio.sleep(pause_s)
            player = self._chance.choice(self._players)
            refused = self._chance.random() < self._cast.plan.faults.refused
            at = self._clock.now()
            parcel, application = new_id(at), CLOSED_APPLICATION if refused else APPLICATION
            content = await asyncio.to_thread(sealed, player.identity, parcel, application=application, at=at)
            player.take(parcel, content, sealed_s=self._clock.monotonic_ns() / 1e9)

    async def _befall(self, a_second: float, what: Callable[[Player], None]) -> None:
        while (pause_s := next_pause_s(a_second, self._chance)) is not None:
            await asyncio.sleep(pause_s)
            what(self._chance.choice(self._players))

    def _cut(self, player: Player) -> None:
        self._tally.count("cuts")
        player.cut(self._chance.uniform(*CUT_S))

    def _break_off(self, player: Player) -> None:
        self._tally.count("kills")
        player.break_off()


def _address(identity: Identity, settings: Settings) -> Address:
    return Address(
        host=settings.broker_host,
        port=settings.broker_port,
        identity=f"{identity.tenant}/{identity.name}",
        keepalive_s=KEEPALIVE_S,
        tls=identity.tls(),
    )


async def _run(paths: Paths) -> int:
    cast = read_plain((await asyncio.to_thread(sys.stdin.readline)).encode(), Cast)
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(CONNECTING_AT_ONCE + 2, "rehearsal"))
    supervisor = Supervisor()
    troupe = Troupe(paths, cast, supervisor=supervisor)
    supervisor.must_live("tell", troupe.tell())
    supervisor.passing("obey", troupe.obey())
    supervisor.essential("set up", troupe.set_up())
    return await supervisor.run()


if __name__ == "__main__":
    configure("smilius-rehearsal")
    # links that end and come back are what is rehearsed: they are counted, and not said
    logging.getLogger("agent.link").setLevel(logging.ERROR)
    # stations' private keys are in it
    keep_memory_private()
    sys.exit(asyncio.run(_run(Paths(Path(sys.argv[1])))))
