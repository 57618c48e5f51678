"""Asks the station's processes about retention, over their sockets: each database has one writer, its own process."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from agent.config.paths import Paths
from agent.errors import AgentError, PeerSilent
from agent.unix_http import UnixClient
from agent.wire.document import instant_text
from agent.wire.ident import ULID_PATTERN
from provisioning.errors import InputRefused, ProcessSilent

_Result = TypeVar("_Result")


class ClassReport(BaseModel):
    """One class of records."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: str = Field(alias="class")
    """Which."""
    keep_days: float
    """So long they are kept."""
    goes: int
    """Deleted, or to be deleted now."""
    waits: int
    """Due, and kept until the grace has passed."""
    held: int
    """Due, and held by a person."""


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    stopped: str | None
    more: bool
    log_cut: bool
    classes: tuple[ClassReport, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """What a process has done, or would do."""

    database: str
    """`station` or `courier`."""
    dry: bool
    """Whether nothing was changed."""
    stopped: str | None
    """Why nothing was deleted, whatever is due."""
    log_cut: bool
    """Whether nothing that was deleted is left in the database's log."""
    classes: tuple[ClassReport, ...]
    """In figures."""

    def fields(self) -> dict[str, object]:
        """JSON-ready."""
        classes = [one.model_dump(by_alias=True) for one in self.classes]
        return {**asdict(replace(self, classes=())), "classes": classes}


def sweep(root: Path, *, dry: bool) -> list[Swept]:
    """Have both processes sweep, one after the other. :raises: ProcessSilent, InputRefused."""
    paths = Paths(root)
    return [
        _asked(path, name=name, asking=partial(_sweep, name=name, dry=dry))
        for name, path in (("station", paths.station_socket), ("courier", paths.courier_socket))
    ]


def hold(root: Path, parcel: str | None, *, reason: str, until: date) -> int:
    """Keep a visit's records, or all of them, until the end of a day. :raises: ProcessSilent, InputRefused."""
    if parcel is not None and not re.fullmatch(ULID_PATTERN, parcel):
        raise InputRefused("parcel-unreadable", "That is no parcel's id: it has 26 small letters and digits.")
    try:
        end = datetime.combine(until, time(), UTC) + timedelta(days=1)
    except OverflowError:
        raise InputRefused("hold-until", "A hold ends on a day to come, at most ten years away.") from None
    body: dict[str, object] = {"parcel": parcel, "reason": reason, "until": instant_text(end)}
    answer = _of_courier(root, lambda client: client.ask("POST", "/v1/retention/holds", body=body))
    return TypeAdapter(int).validate_python(answer.get("hold"))


def lift(root: Path, number: int, *, reason: str) -> None:
    """End a hold. :raises: ProcessSilent, InputRefused."""
    address = f"/v1/retention/holds/{number}/lift"
    _of_courier(root, lambda client: client.ask("POST", address, body={"reason": reason}))


def holds(root: Path) -> list[dict[str, object]]:
    """Those that stand. :raises: ProcessSilent, InputRefused."""
    answer = _of_courier(root, lambda client: client.ask("GET", "/v1/retention/holds"))
    return TypeAdapter(list[dict[str, object]]).validate_python(answer.get("holds"))


async def _sweep(client: UnixClient, *, name: str, dry: bool) -> Swept:
    found: Swept | None = None
    while True:
        answer = _Answer.model_validate(await client.ask("POST", "/v1/retention", body={"dry": dry}))
        classes = answer.classes if found is None else tuple(map(_added, found.classes, answer.classes))
        found = Swept(database=name, dry=dry, stopped=answer.stopped, log_cut=answer.log_cut, classes=classes)
        if not answer.more:
            return found


def _added(before: ClassReport, after: ClassReport) -> ClassReport:
    return after.model_copy(update={"goes": before.goes + after.goes})


def _of_courier(root: Path, asking: Callable[[UnixClient], Awaitable[dict[str, object]]]) -> dict[str, object]:
    return _asked(Paths(root).courier_socket, name="courier", asking=asking)


def _asked(path: Path, *, name: str, asking: Callable[[UnixClient], Awaitable[_Result]]) -> _Result:
    async def ask() -> _Result:
        client = UnixClient(path, name=name)
        try:
            return await asking(client)
        finally:
            await client.close()

    try:
        return asyncio.run(ask())
    except PeerSilent as error:
        raise ProcessSilent(f"{error.sentence} Its process must run for this.") from None
    except ValidationError:
        raise ProcessSilent(f"The {name} gave no usable answer: it may be of another release.") from None
    except AgentError as error:
        raise InputRefused(_code(error), error.sentence) from None


def _code(error: AgentError) -> str:
    return str(getattr(error, "reason", error.code))
