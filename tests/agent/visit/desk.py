"""Stands in for the courier and for the worker's process: plain objects with real keys and real files."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

from pydantic import BaseModel

from agent.visit.asking import Asking
from agent.visit.channel import (
    AskApplication,
    DevicesReady,
    FailedReport,
    LiveReport,
    OpenDevices,
    Pack,
    PackedReport,
    PortraitReport,
    PrintReport,
    ReadAnswer,
    Report,
    Seal,
    SealedReport,
    TakeStep,
)
from agent.visit.courier_client import CourierClient
from agent.visit.worker_process import LOST, WorkerProcess
from drivers.contract import Finger
from tests.agent.visit.headquarters import Headquarters
from tests.agent.visit.transcript import gate, scored
from tests.drivers.turn import turn
from vault.envelope import Sealed, new_wrap_key, unwrap, wrap
from vault.labels import ParcelId
from vault.spool import deliver


class Held:
    """A request that a test holds back: it hears when it was made, and says when it goes on."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.go_on = asyncio.Event()


class Courier(CourierClient):
    """Keeps keys, looks into `incoming`, and passes questions to headquarters; what it was asked is in `log`."""

    def __init__(self, incoming: Path, headquarters: Headquarters) -> None:
        self.incoming = incoming
        self.headquarters = headquarters
        self.keys: dict[ParcelId, bytes] = {}
        self.log: list[str] = []
        self.fails: dict[str, list[Exception]] = {}
        self.held: dict[str, Held] = {}

    def hold(self, what: str) -> Held:
        """From now on this is held back, until it is told to go on."""
        return self.held.setdefault(what, Held())

    async def _asked(self, what: str) -> None:
        """Say that it was asked; wait where a test holds it, and fail where it is told to."""
        self.log.append(f"{what}?")
        if what in self.held:
            self.held[what].asked.set()
            await self.held[what].go_on.wait()
        if self.fails.get(what):
            raise self.fails[what].pop(0)
        self.log.append(what)

    async def reserve(self, parcel: ParcelId, kind: str) -> bytes:
        await self._asked("reserve")
        return self.keys.setdefault(parcel, new_wrap_key())

    async def release(self, parcel: ParcelId) -> None:
        await self._asked("release")
        self.keys.pop(parcel, None)

    async def taken_in(self, parcel: ParcelId) -> tuple[str, int] | None:
        await self._asked("taken_in")
        path = self.incoming / f"{parcel}.parcel"
        if not path.exists():
            return None
        sealed = unwrap(path.read_bytes(), key=self.keys[parcel], parcel=parcel)
        return sealed.digest, len(sealed)

    async def question(self, question: str, sealed: bytes) -> bytes:
        await self._asked("question")
        return self.headquarters.answer(sealed)

    async def history(self, parcel: ParcelId, *, after: str, wait_s: float) -> dict[str, object]:
        await self._asked(f"history {parcel} {after} {wait_s}")
        return {"state": "sending"}

    async def tell_central(self, event: str, signed: bytes, *, head_number: int | None = None) -> None:
        await self._asked("tell_central")

    async def witnessed_head(self) -> tuple[bytes, bytes] | None:
        await self._asked("witnessed_head")
        return None

    async def close(self) -> None:
        self.log.append("close")


class ToldWorker(WorkerProcess):
    """Answers as a worker does, or as it is told; while it is held it answers nothing, until it is closed.

    What is in `until_told` it answers once it was told something beside. A step first shows what is in `shows`; later
    `say` is heard by whoever asked last.
    """

    def __init__(self, asking: Asking, incoming: Path, told: Mapping[type[BaseModel], list[Report]]) -> None:
        super().__init__(incoming)
        self._asking = asking
        self._incoming = incoming
        self._told = told
        self._parcel = ParcelId("")
        self._over = asyncio.Event()
        self.held: set[type[BaseModel]] = set()
        self.before: dict[type[BaseModel], Callable[[], object]] = {}
        self.until_told: set[type[BaseModel]] = set()
        self.asked: list[BaseModel] = []
        self.shows: list[LiveReport] = []
        self.say: Callable[[LiveReport], object] = bool
        self._told_something = asyncio.Event()
        self.unready: FailedReport | None = None
        self.started = False

    @property
    def ended(self) -> bool:
        return not self.started or self._over.is_set()

    async def start(self) -> None:
        self.started = True

    async def ready(self) -> FailedReport | None:
        return self.unready

    def die(self) -> None:
        self._over.set()

    async def close(self, *, within_s: float = 0) -> None:
        self._over.set()

    async def tell(self, command: BaseModel) -> bool:
        self.asked.append(command)
        self._told_something.set()
        return not self._over.is_set()

    async def ask(self, command: BaseModel, *, live: Callable[[LiveReport], object] = bool) -> Report:
        self.asked.append(command)
        await turn()
        if type(command) in self.before:
            self.before[type(command)]()
        self.say = live
        while isinstance(command, TakeStep) and self.shows:
            live(self.shows.pop(0))
        if type(command) in self.until_told:
            await self._told_something.wait()
        if type(command) in self.held:
            await self._over.wait()
        if self._over.is_set():
            return LOST
        told = self._told.get(type(command))
        return told.pop(0) if told else self._answer(command)

    def _answer(self, command: BaseModel) -> Report:
        match command:
            case AskApplication():
                return self._asking.ask(command)
            case ReadAnswer():
                return self._asking.read(command.sealed)
            case OpenDevices():
                return DevicesReady()
            case TakeStep(step="face"):
                return PortraitReport(gates=(gate("roll"),), taken_ns=1)
            case TakeStep(step=step):
                return PrintReport(finger=Finger(step), quality=scored(Finger(step)).quality, taken_ns=2)
            case Pack():
                self._parcel = ParcelId(command.parcel)
                return PackedReport(plain_bytes=6)
            case Seal():
                return self.deliver(command.wrap_key)
            case _:
                raise AssertionError("a worker has no such command")

    def deliver(self, key: bytes) -> Report:
        """The one thing that a worker leaves behind."""
        sealed = Sealed(b"sealed")
        deliver(self._incoming, self._parcel, wrapped=wrap(sealed, key=key, parcel=self._parcel))
        return SealedReport(digest=sealed.digest, size=len(sealed), synced_ns=3)
