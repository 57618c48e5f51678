"""What the courier answers on its Unix socket: reserve, release, delivered, history, retry, question, event, head."""

import asyncio
import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from agent.courier.courier import Courier
from agent.courier.desk import Desk
from agent.courier.dwell import DwellWatch
from agent.courier.record import History, ToldHead
from agent.courier.view import HistoryView
from agent.errors import Refused
from agent.unix_http import ERROR_ANSWERS, id_in_path
from agent.wire import CHUNK_BYTES, ParcelKind
from agent.wire.ident import ULID_PATTERN
from vault.labels import ParcelId

WAIT_S_MAX = 30.0
"""The longest that one request for a history waits for a change."""

_SEALED_CHARACTERS_MAX = -(-CHUNK_BYTES // 3) * 4
# the broker ends the connection of whoever sends more than its packet limit, and a question is one packet


class _Reserve(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    parcel: Annotated[str, StringConstraints(pattern=ULID_PATTERN)]
    kind: ParcelKind


class _Question(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, StringConstraints(pattern=ULID_PATTERN)]
    sealed: Annotated[str, StringConstraints(max_length=_SEALED_CHARACTERS_MAX)]


class _Event(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, StringConstraints(pattern=ULID_PATTERN)]
    signed: Annotated[str, StringConstraints(max_length=_SEALED_CHARACTERS_MAX)]
    head_number: Annotated[int, Field(ge=1)] | None
    """Number of the newest line, when the event is the head of the station's ledger."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What health tells beside the link."""

    dwell: DwellWatch
    """How many parcels wait for too long."""
    keys: str
    """Where the keys live."""
    key_warnings: Callable[[], list[dict[str, object]]]
    """Central's keys that end soon or have ended."""


class CourierApi:
    """Versioned HTTP for the station, and for a technician who has looked at what waited for one."""

    def __init__(
        self,
        courier: Courier,
        desk: Desk,
        *,
        view: HistoryView,
        condition: Condition,
        question_time_limit_s: float,
    ) -> None:
        self._courier = courier
        self._desk = desk
        self._view = view
        self._condition = condition
        self._question_time_limit_s = question_time_limit_s

    def application(self, further: Sequence[Route] = ()) -> Starlette:
        """The routes, and those of another part of the courier."""
        return Starlette(
            routes=[
                Route("/v1/health", self._health),
                Route("/v1/parcels", self._reserve, methods=["POST"]),
                Route("/v1/parcels/{parcel}", self._release, methods=["DELETE"]),
                Route("/v1/parcels/{parcel}", self._history),
                Route("/v1/parcels/{parcel}/delivered", self._delivered, methods=["POST"]),
                Route("/v1/parcels/{parcel}/retry", self._retry, methods=["POST"]),
                Route("/v1/questions", self._question, methods=["POST"]),
                Route("/v1/events", self._event, methods=["POST"]),
                Route("/v1/heads/station", self._head),
                *further,
            ],
            exception_handlers=ERROR_ANSWERS,  # type: ignore[arg-type]  # Starlette's own type is narrower than its use
        )

    async def _health(self, _request: Request) -> Response:
        dwelling = await self._courier.read_desk(self._condition.dwell.dwelling)
        return JSONResponse(
            {
                "ready": True,
                "link": self._courier.link_up,
                "traffic": self._courier.link_figures(),
                "dwelling": dwelling,
                "keys": self._condition.keys,
                "key_warnings": self._condition.key_warnings(),
            }
        )

    async def _reserve(self, request: Request) -> Response:
        body = await _read(request, _Reserve)
        parcel = ParcelId(body.parcel)
        key = await self._courier.at_desk(lambda: self._desk.reserve(parcel, kind=body.kind.value))
        return JSONResponse({"parcel": parcel, "wrap_key": base64.b64encode(key).decode()}, status_code=201)

    async def _release(self, request: Request) -> Response:
        parcel = _parcel(request)
        await self._courier.at_desk(lambda: self._desk.release(parcel))
        return JSONResponse({"parcel": parcel})

    async def _delivered(self, request: Request) -> Response:
        parcel = _parcel(request)
        taken = await self._courier.at_desk(lambda: self._desk.delivered(parcel))
        self._courier.look()
        if taken is None:
            return JSONResponse({"digest": None, "size": None})
        return JSONResponse({"digest": taken.digest, "size": taken.size})

    async def _history(self, request: Request) -> Response:
        parcel, after = _parcel(request), request.query_params.get("after")
        loop = asyncio.get_running_loop()
        end_s = loop.time() + _wait_s(request)
        history = await self._look_up(parcel)
        while history.parcel.state.value == after and loop.time() < end_s:
            await self._courier.change(within_s=end_s - loop.time())
            history = await self._look_up(parcel)
        return JSONResponse(self._view.show(history))

    async def _look_up(self, parcel: ParcelId) -> History:
        history = await self._courier.read_desk(lambda: self._desk.history(parcel))
        if history is None:
            raise Refused("parcel-unknown", "No such parcel was taken in here.")
        return history

    async def _retry(self, request: Request) -> Response:
        parcel = _parcel(request)
        await self._courier.tell_desk(lambda: self._desk.retry(parcel))
        self._courier.look()
        return JSONResponse(self._view.show(await self._look_up(parcel)))

    async def _question(self, request: Request) -> Response:
        body = await _read(request, _Question)
        sealed = _bytes_of(body.sealed)
        answer = await self._courier.question(body.id, sealed, within_s=self._question_time_limit_s)
        await self._courier.at_desk(lambda: self._desk.note_question(body.id, answered=answer is not None))
        if answer is None:
            raise Refused("migris-silent", "MIGRIS does not answer: the application could not be checked.")
        return JSONResponse({"answer": base64.b64encode(answer).decode()})

    async def _event(self, request: Request) -> Response:
        body = await _read(request, _Event)
        signed = _bytes_of(body.signed)
        head = None if body.head_number is None else ToldHead(ledger="station", number=body.head_number)
        await self._courier.at_desk(lambda: self._desk.take_event(body.id, signed, head=head))
        self._courier.look()
        return JSONResponse({"event": body.id}, status_code=201)

    async def _head(self, _request: Request) -> Response:
        found = await self._courier.read_desk(lambda: self._desk.witnessed_head("station"))
        signed, receipt = (None, None) if found is None else (base64.b64encode(one).decode() for one in found)
        return JSONResponse({"signed": signed, "receipt": receipt})


_Body = TypeVar("_Body", bound=BaseModel)


def _parcel(request: Request) -> ParcelId:
    return ParcelId(id_in_path(request, "parcel"))


def _bytes_of(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise Refused("request-unreadable", "What was sent is not base64.") from None


async def _read(request: Request, model: type[_Body]) -> _Body:
    try:
        return model.model_validate_json(await request.body())
    except ValidationError:
        raise Refused("request-unreadable", "The request is not what this address expects.") from None


def _wait_s(request: Request) -> float:
    try:
        return min(WAIT_S_MAX, max(0.0, float(request.query_params.get("wait_s", "0"))))
    except ValueError:
        raise Refused("request-unreadable", "The waiting time is not a number.") from None
