"""The courier's socket with the stand-in courier behind it, for a real station process."""

from base64 import b64decode, b64encode
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from agent.supervise import Supervisor
from agent.unix_http import UnixServer
from tests.agent.visit.desk import Courier
from vault.labels import ParcelId


class Office:
    """Answers as the courier does; what was asked is in the courier's log."""

    def __init__(self, courier: Courier) -> None:
        self._courier = courier
        self.words: list[dict[str, object]] = []

    def open(self, path: Path, *, supervisor: Supervisor) -> None:
        routes = [
            Route("/v1/parcels", self._reserve, methods=["POST"]),
            Route("/v1/parcels/{parcel}", self._release, methods=["DELETE"]),
            Route("/v1/parcels/{parcel}/delivered", self._delivered, methods=["POST"]),
            Route("/v1/questions", self._question, methods=["POST"]),
            Route("/v1/events", self._event, methods=["POST"]),
            Route("/v1/heads/station", self._head),
            Route("/v1/station", self._word, methods=["PUT"]),
        ]
        server = UnixServer(Starlette(routes=routes), path, users=frozenset())
        supervisor.must_live("office", server.serve())
        supervisor.at_shutdown("office", server.close)

    async def _reserve(self, request: Request) -> Response:
        body = await request.json()
        key = await self._courier.reserve(ParcelId(body["parcel"]), body["kind"])
        return JSONResponse({"wrap_key": b64encode(key).decode()}, status_code=201)

    async def _release(self, request: Request) -> Response:
        await self._courier.release(ParcelId(request.path_params["parcel"]))
        return JSONResponse({})

    async def _delivered(self, request: Request) -> Response:
        digest, size = await self._courier.taken_in(ParcelId(request.path_params["parcel"])) or (None, None)
        return JSONResponse({"digest": digest, "size": size})

    async def _question(self, request: Request) -> Response:
        body = await request.json()
        answer = await self._courier.question(body["id"], b64decode(body["sealed"]))
        return JSONResponse({"answer": b64encode(answer).decode()})

    async def _event(self, request: Request) -> Response:
        body = await request.json()
        await self._courier.tell_central(body["id"], b64decode(body["signed"]), head_number=body["head_number"])
        return JSONResponse({"event": body["id"]}, status_code=201)

    async def _word(self, request: Request) -> Response:
        self.words.append(await request.json())
        return JSONResponse({"staged": None, "trying": False})

    async def _head(self, _request: Request) -> Response:
        await self._courier.witnessed_head()
        return JSONResponse({"signed": None, "receipt": None})
