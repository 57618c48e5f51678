"""What the courier takes on its socket from the station process: its word, and its word on what is staged."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from agent.fleet.change import Change
from agent.fleet.configuration import Verdict
from agent.fleet.twin import Gallery
from agent.fleet.word import Answer, Staged, read_said


def station_route(gallery: Gallery, change: Change) -> Route:
    """Where the station process speaks."""

    async def speak(request: Request) -> Response:
        said = read_said(await request.body())
        await gallery.hear(said.word)
        if said.judged is not None:
            await change.hear(Verdict(number=said.judged.number, refusal=said.judged.refusal))
        found = await change.staged()
        staged = None if found is None else Staged(number=found.number, layer=found.layer)
        return JSONResponse(Answer(staged=staged, trying=change.trying).model_dump(mode="json"))

    return Route("/v1/station", speak, methods=["PUT"])
