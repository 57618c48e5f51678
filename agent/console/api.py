"""What the station answers on its Unix socket: open a visit, look at it, decide, follow the parcel, see the devices.

It is the same API, behind a sign-in, that the console's page will use.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from agent.console.request import Decision, Opening, read_body
from agent.devices.attendance import Attendance
from agent.devices.view import known_view
from agent.errors import Refused
from agent.unix_http import ERROR_ANSWERS, id_in_path, peer_of
from agent.visit.attestation import Attestation
from agent.visit.chair import Chair, Order
from agent.visit.courier_client import CourierClient
from vault.labels import ParcelId

WAIT_S_MAX = 30.0
"""The longest that one request waits for a change."""


@dataclass(frozen=True, slots=True)
class KeyView:
    """What health says of keys."""

    home: str
    """Where the station's live."""
    warnings: Callable[[], list[dict[str, object]]]
    """Those of central's that end soon or have ended."""


class ConsoleApi:
    """Versioned HTTP for the operator's side."""

    def __init__(
        self, chair: Chair, courier: CourierClient, *, attendance: Attendance, attestation: Attestation, keys: KeyView
    ) -> None:
        self._chair = chair
        self._courier = courier
        self._attendance = attendance
        self._attestation = attestation
        self._keys = keys

    def application(self, further: Sequence[Route] = ()) -> Starlette:
        """The routes, and those of another part of the station."""
        return Starlette(
            routes=[
                Route("/v1/health", self._health),
                Route("/v1/devices", self._devices),
                Route("/v1/visits", self._open, methods=["POST"]),
                Route("/v1/visits/{visit}", self._view),
                Route("/v1/visits/{visit}/decisions", self._decide, methods=["POST"]),
                Route("/v1/parcels/{parcel}", self._parcel),
                *further,
            ],
            exception_handlers=ERROR_ANSWERS,  # type: ignore[arg-type]  # Starlette's own type is narrower than its use
        )

    async def _health(self, _request: Request) -> Response:
        obstacle = self._chair.obstacle()
        said = None if obstacle is None else obstacle.sentence
        trouble = self._attestation.trouble
        return JSONResponse(
            {
                "ready": self._chair.ready,
                "obstacle": said,
                "ledger_trouble": trouble,
                "keys": self._keys.home,
                "key_warnings": self._keys.warnings(),
            }
        )

    async def _devices(self, _request: Request) -> Response:
        known = self._attendance.known
        return JSONResponse(
            {"followed": bool(known), "in_use": self._chair.taken, "devices": known_view(known)},
            headers={"Cache-Control": "no-store"},
        )

    async def _open(self, request: Request) -> Response:
        body = read_body(await request.body(), Opening)
        order = Order(
            application=body.application,
            operator=body.operator,
            notice_language=body.notice_language,
            missing=body.missing,
            relaxation=body.relaxation,
        )
        return JSONResponse({"visit": await self._chair.open(order)}, status_code=201)

    async def _view(self, request: Request) -> Response:
        visit = request.path_params["visit"]
        after = _number(request, "after", otherwise=-1)
        await self._chair.change(after, within_s=_wait_s(request))
        view = await self._chair.look(visit, uid=peer_of(request))
        return JSONResponse(view, headers={"Cache-Control": "no-store"})

    async def _decide(self, request: Request) -> Response:
        decision = read_body(await request.body(), Decision)
        self._chair.decide(request.path_params["visit"], decision.root.event())
        return JSONResponse({"accepted": True}, status_code=202)

    async def _parcel(self, request: Request) -> Response:
        after = request.query_params.get("after", "")
        parcel = ParcelId(id_in_path(request, "parcel"))
        history = await self._courier.history(parcel, after=after, wait_s=_wait_s(request))
        return JSONResponse(history)


def _wait_s(request: Request) -> float:
    return min(WAIT_S_MAX, max(0.0, _number(request, "wait_s", otherwise=0.0)))


def _number(request: Request, name: str, *, otherwise: float) -> float:
    try:
        number = float(request.query_params.get(name, otherwise))
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise Refused("request-unreadable", f"The parameter {name} is not a number.")
    return number
