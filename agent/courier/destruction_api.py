"""What the courier answers of authorised loss: what would be lost, and destroy it. Nobody but the warrant decides.

The conditions stand in `vault.destroy`; that a peer may use the socket authorises nothing.
"""

import base64
import binascii
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from agent.courier.courier import Courier
from agent.courier.desk import Desk
from agent.courier.destroyer import Demand, Destroyer
from agent.courier.record import Parcel
from agent.errors import Refused
from agent.wire.ident import ULID_PATTERN
from vault.errors import DestroyRefused
from vault.warrants import Warrant

_Ulid = Annotated[str, StringConstraints(pattern=ULID_PATTERN)]


class _Survey(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    parcels: tuple[_Ulid, ...] | None = None


class _Demand(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    undelivered: int = Field(ge=0)
    orders: tuple[str, ...] = Field(default=(), max_length=2)
    code: str | None = Field(default=None, max_length=100, repr=False)
    reason: Literal["erasure", "decommission", "reset", "lost"] = "reset"
    parcels: tuple[_Ulid, ...] | None = None


class DestructionApi:
    """Two addresses for the technician's command."""

    def __init__(self, courier: Courier, desk: Desk, *, destroyer: Destroyer) -> None:
        self._courier = courier
        self._desk = desk
        self._destroyer = destroyer

    def routes(self) -> list[Route]:
        """To be served beside the other addresses of the courier."""
        return [
            Route("/v1/destruction/survey", self._survey, methods=["POST"]),
            Route("/v1/destruction", self._destroy, methods=["POST"]),
        ]

    async def _survey(self, request: Request) -> Response:
        try:
            body = _Survey.model_validate_json(await request.body())
        except ValidationError:
            raise Refused("request-unreadable", "The request is not what this address expects.") from None

        def surveyed() -> list[Parcel]:
            self._desk.take_in()
            return self._destroyer.survey(body.parcels)

        lost = await self._courier.at_desk(surveyed)
        return JSONResponse({"undelivered": [shown(parcel) for parcel in lost]})

    async def _destroy(self, request: Request) -> Response:
        demand = _demand(await request.body())

        def authorised() -> Warrant:
            self._desk.take_in()
            return self._destroyer.authorise(demand, verb="destroy")

        try:
            warrant = await self._courier.at_desk(authorised)
            # a step of its own: on a full disk it is done again, and the demand would be refused the second time
            ended = await self._courier.at_desk(lambda: self._destroyer.finish(warrant))
        except DestroyRefused as error:
            raise Refused(f"destroy-{error.condition}", error.sentence) from None
        self._courier.look()
        return JSONResponse({"destroyed": [shown(parcel) for parcel in ended]})


def shown(parcel: Parcel) -> dict[str, str | int]:
    """A parcel as a technician is shown it; nothing personal."""
    return {"parcel": parcel.id, "kind": parcel.kind, "state": parcel.state.value, "size": parcel.size}


def _demand(content: bytes) -> Demand:
    try:
        body = _Demand.model_validate_json(content)
        orders = tuple(base64.b64decode(order, validate=True) for order in body.orders)
    except (ValidationError, binascii.Error):
        raise Refused("request-unreadable", "The request is not what this address expects.") from None
    return Demand(undelivered=body.undelivered, orders=orders, code=body.code, reason=body.reason, parcels=body.parcels)
