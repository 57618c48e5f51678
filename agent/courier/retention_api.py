"""What the courier answers of retention: sweep, hold, lift, and of which visits nothing goes."""

from functools import partial
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from agent.clock import Clock
from agent.courier.courier import Courier
from agent.courier.hold import Hold, Terms
from agent.courier.keeper import ParcelKeeper
from agent.errors import Refused
from agent.retention.api import check_owner, read_request, retention_route
from agent.retention.keeper import Outcome
from agent.unix_http import peer_of
from agent.wire.document import Instant, instant_text
from agent.wire.ident import Ulid
from vault.docket import ALL

_Reason = Annotated[str, Field(min_length=3, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]


class _Hold(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    parcel: Ulid | None
    """None holds everything."""
    reason: _Reason
    until: Instant


class _Lift(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: _Reason


class RetentionApi:
    """Routes for the technician, and one for the station's process."""

    def __init__(self, courier: Courier, keeper: ParcelKeeper, *, clock: Clock) -> None:
        self._courier = courier
        self._keeper = keeper
        self._clock = clock

    def routes(self) -> list[Route]:
        """To be served beside the courier's other addresses."""
        return [
            retention_route(self.run),
            Route("/v1/retention/bound", self._bound),
            Route("/v1/retention/holds", self._holds),
            Route("/v1/retention/holds", self._hold, methods=["POST"]),
            Route("/v1/retention/holds/{number:int}/lift", self._lift, methods=["POST"]),
        ]

    async def run(self, dry: bool) -> Outcome:
        """One run of the sweep, at the desk. :raises: RetentionUnverified, ChainBroken."""
        return await self._courier.read_desk(partial(self._keeper.run, dry=dry))

    async def _bound(self, _request: Request) -> Response:
        bound = await self._courier.read_desk(self._keeper.bound)
        return JSONResponse({"held": bound.held, "open": bound.open})

    async def _holds(self, _request: Request) -> Response:
        book, at = self._keeper.book, self._clock.now()
        standing = await self._courier.read_desk(lambda: book.standing(at=at))
        return JSONResponse({"holds": [_shown(hold) for hold in standing]})

    async def _hold(self, request: Request) -> Response:
        check_owner(request)
        body = await read_request(request, _Hold)
        terms = Terms(reason=body.reason.strip(), until=body.until)
        book, by, at = self._keeper.book, f"uid:{peer_of(request)}", self._clock.now()
        number = await self._courier.read_desk(lambda: book.hold(body.parcel or ALL, terms, by=by, at=at))
        return JSONResponse({"hold": number}, status_code=201)

    async def _lift(self, request: Request) -> Response:
        check_owner(request)
        body, number = await read_request(request, _Lift), request.path_params["number"]
        if number >= 1 << 63:
            raise Refused("hold-unknown", "No such hold stands: see `smilius retention holds`.")
        book, by, at = self._keeper.book, f"uid:{peer_of(request)}", self._clock.now()
        await self._courier.read_desk(lambda: book.lift(number, reason=body.reason.strip(), by=by, at=at))
        return JSONResponse({"hold": number})


def _shown(hold: Hold) -> dict[str, object]:
    return {
        "hold": hold.number,
        "parcel": hold.parcel,
        "reason": hold.terms.reason,
        "until": instant_text(hold.terms.until),
        "set_by": hold.set_by,
        "set_at": instant_text(hold.set_at),
    }
