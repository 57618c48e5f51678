"""What is answered of retention on a Unix socket: look, or sweep now. For the technician, who is root."""

import os
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from agent.errors import NotAllowed, Refused
from agent.retention.rounds import Run
from agent.unix_http import peer_of


class _Look(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    dry: bool


def retention_route(run: Run) -> Route:
    """`POST /v1/retention`: what one run did, in figures; who wants all of it asks again while there is more."""

    async def look(request: Request) -> Response:
        check_owner(request)
        body = await read_request(request, _Look)
        return JSONResponse((await run(body.dry)).fields())

    return Route("/v1/retention", look, methods=["POST"])


def check_owner(request: Request) -> None:
    """:raises: NotAllowed for whoever is neither root nor the process's own user: operators do not delete."""
    if peer_of(request) not in {0, os.getuid()}:
        raise NotAllowed("Retention is the technician's: only root may do this.")


BodyT = TypeVar("BodyT", bound=BaseModel)


async def read_request(request: Request, model: type[BodyT]) -> BodyT:
    """The body as its model. :raises: Refused; nothing of what came is repeated."""
    try:
        return model.model_validate_json(await request.body())
    except ValidationError:
        raise Refused("request-unreadable", "The request is not what this address expects.") from None
