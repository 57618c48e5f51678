"""What the courier takes on its socket from the station process: its word."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from agent.fleet.twin import Gallery
from agent.fleet.word import read_word


def station_route(gallery: Gallery) -> Route:
    """Where the station process speaks."""

    async def speak(request: Request) -> Response:
        await gallery.hear(read_word(await request.body()))
        return JSONResponse({"heard": True})

    return Route("/v1/station", speak, methods=["PUT"])
