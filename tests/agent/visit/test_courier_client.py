"""What the station asks of the courier, over a real Unix socket to a server that says what it was asked."""

import asyncio
import tempfile
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from agent.errors import PeerFailed, PeerSilent, Refused
from agent.supervise import Supervisor
from agent.unix_http import UnixClient, UnixServer
from agent.visit.courier_client import CourierClient
from vault.labels import ParcelId

PARCEL = ParcelId("01jd0000000000000000000003")


class Answering:
    """Answers whatever it is asked with what it was told, and keeps the requests."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []
        self.answer: dict[str, object] = {}
        self.status = 200

    def application(self) -> Starlette:
        methods = ["GET", "POST", "DELETE"]
        return Starlette(routes=[Route("/{rest:path}", self._any, methods=methods)])

    async def _any(self, request: Request) -> Response:
        self.asked.append(
            (request.method, request.scope["raw_path"].decode(), dict(request.query_params), await request.body())
        )
        return JSONResponse(self.answer, status_code=self.status)


@pytest.fixture
def path() -> Iterator[Path]:
    # a socket's name must fit into 108 bytes (unix(7))
    with tempfile.TemporaryDirectory(prefix="s-") as folder:
        yield Path(folder) / "courier.sock"


@asynccontextmanager
async def _served(answering: Answering, path: Path) -> AsyncIterator[None]:
    supervisor, server = Supervisor(), UnixServer(answering.application(), path, users=frozenset())
    supervisor.must_live("server", server.serve())
    supervisor.at_shutdown("server", server.close)
    try:
        yield
    finally:
        supervisor.stop()
        await supervisor.run()


@asynccontextmanager
async def _client(path: Path) -> AsyncIterator[CourierClient]:
    client = CourierClient(UnixClient(path, name="courier"))
    try:
        yield client
    finally:
        await client.close()


async def test_every_request_says_what_it_means(path: Path) -> None:
    answering = Answering()
    async with _served(answering, path), _client(path) as client:
        answering.answer = {"wrap_key": b64encode(b"k" * 32).decode()}
        assert await client.reserve(PARCEL, "enrolment") == b"k" * 32
        answering.answer = {"digest": "ab", "size": 3}
        assert await client.taken_in(PARCEL) == ("ab", 3)
        answering.answer = {"digest": None, "size": None}
        assert await client.taken_in(PARCEL) is None
        answering.answer = {"answer": b64encode(b"sealed").decode()}
        assert await client.question("01jd0000000000000000000001", b"question") == b"sealed"
        answering.answer = {"state": "sending"}
        assert await client.history(PARCEL, after="spooled", wait_s=5) == {"state": "sending"}
        await client.release(PARCEL)
    assert [(method, target) for method, target, _, _ in answering.asked] == [
        ("POST", "/v1/parcels"),
        ("POST", f"/v1/parcels/{PARCEL}/delivered"),
        ("POST", f"/v1/parcels/{PARCEL}/delivered"),
        ("POST", "/v1/questions"),
        ("GET", f"/v1/parcels/{PARCEL}"),
        ("DELETE", f"/v1/parcels/{PARCEL}"),
    ]
    assert answering.asked[4][2] == {"after": "spooled", "wait_s": "5"}


@pytest.mark.parametrize("parcel", ["x?y=1", "..", "a/../../questions", "#", "%2e%2e", "ą b\n", "x&after=2"])
async def test_what_the_operators_side_names_stays_one_segment_and_one_value(path: Path, parcel: str) -> None:
    answering = Answering()
    async with _served(answering, path), _client(path) as client:
        await client.history(ParcelId(f"p{parcel}"), after=f"{parcel}\x00", wait_s=1)
    ((method, target, query, _),) = answering.asked
    assert method == "GET"
    assert target.startswith("/v1/parcels/p")
    assert target.count("/") == 3
    assert query == {"after": f"{parcel}\x00", "wait_s": "1"}


async def test_a_refusal_is_the_couriers_own(path: Path) -> None:
    answering = Answering()
    answering.status, answering.answer = 409, {"code": "disk-full", "sentence": "The disk is too full."}
    async with _served(answering, path), _client(path) as client:
        with pytest.raises(Refused, match="too full") as caught:
            await client.reserve(PARCEL, "enrolment")
    assert caught.value.reason == "disk-full"
    assert len(answering.asked) == 1


async def test_a_courier_that_starts_later_is_asked_again(path: Path) -> None:
    answering = Answering()
    async with _client(path) as client, asyncio.TaskGroup() as tasks:
        releasing = tasks.create_task(client.release(PARCEL))
        # a look at history does not wait: whoever looks can look again
        with pytest.raises(PeerSilent):
            await client.history(PARCEL, after="", wait_s=0)
        assert not releasing.done()
        async with _served(answering, path):
            await releasing
    assert [method for method, _, _, _ in answering.asked] == ["DELETE"]


async def test_a_courier_whose_disk_fails_is_asked_again(path: Path) -> None:
    answering = Answering()
    answering.status, answering.answer = 500, {"code": "disk-failed", "sentence": "The disk failed."}
    async with _served(answering, path), _client(path) as client, asyncio.TaskGroup() as tasks:
        releasing = tasks.create_task(client.release(PARCEL))
        while len(answering.asked) < 2:
            # a look at history is answered at once
            with pytest.raises(PeerFailed, match="The disk failed"):
                await client.history(PARCEL, after="", wait_s=0)
        assert not releasing.done()
        answering.status, answering.answer = 200, {}
    assert answering.asked[-1][0] == "DELETE"
