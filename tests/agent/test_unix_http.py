"""HTTP between the station's processes: who may ask, what is too much, and how errors arrive."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from agent.errors import AgentError, ConfigError, ForbiddenMove, PeerFailed, PeerSilent, Refused, WireError
from agent.unix_http import (
    BODY_BYTES_MAX,
    ERROR_ANSWERS,
    Exchange,
    Observer,
    UnixClient,
    UnixServer,
    Unobserved,
    id_in_path,
)
from vault.errors import KeyMissing, VaultError

ROOT = Path(__file__).resolve().parents[2]
STRANGER = 65534
FAR_S = 20.0

ERRORS: dict[str, Exception] = {
    "refused": Refused("disk-full", "The disk is too full."),
    "agent": WireError("Not a message."),
    "bug": ForbiddenMove("No such move."),
    "vault": KeyMissing("The key is not there."),
    "foreign": ValueError("Jonas Jonaitis, 38001010000"),
}


async def _echo(request: Request) -> Response:
    return JSONResponse({"bytes": len(await request.body())})


async def _who(request: Request) -> Response:
    return JSONResponse({"client": None if request.client is None else list(request.client)})


async def _fail(request: Request) -> Response:
    raise ERRORS[request.path_params["how"]]


async def _id(request: Request) -> Response:
    return JSONResponse({"id": id_in_path(request, "id")})


async def _odd(request: Request) -> Response:
    return {
        "text": PlainTextResponse("hello"),
        "list": JSONResponse([1, 2]),
        "bare": JSONResponse({}, status_code=500),
        "refused": JSONResponse({}, status_code=409),
        "broken": Response(b"{", media_type="application/json"),
    }[request.path_params["what"]]


class Slow:
    """An answer that takes until it is allowed."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.may_end = asyncio.Event()

    async def __call__(self, _request: Request) -> Response:
        self.begun.set()
        await self.may_end.wait()
        return JSONResponse({"done": True})


def application(slow: Slow | None = None) -> Starlette:
    routes = [
        Route("/echo", _echo, methods=["POST"]),
        Route("/who", _who),
        Route("/fail/{how}", _fail),
        Route("/id/{id}", _id),
        Route("/odd/{what}", _odd),
    ]
    if slow is not None:
        routes.append(Route("/slow", slow.__call__))
    return Starlette(routes=routes, exception_handlers=ERROR_ANSWERS)  # type: ignore[arg-type]  # as in the product


@asynccontextmanager
async def served(
    path: Path,
    *,
    users: frozenset[int] = frozenset(),
    slow: Slow | None = None,
    observer: Observer = Unobserved(),  # noqa: B008 (it does nothing)
) -> AsyncIterator[UnixServer]:
    server = UnixServer(application(slow), path, users=users, observer=observer)
    serving = asyncio.get_running_loop().create_task(server.serve())
    try:
        yield server
    finally:
        await server.close()
        await serving


@asynccontextmanager
async def asking(path: Path) -> AsyncIterator[UnixClient]:
    client = UnixClient(path, name="peer")
    yield client
    await client.close()


async def test_the_kernel_says_who_asks(short_folder: Path) -> None:
    path = short_folder / "peer.sock"
    async with served(path), asking(path) as client:
        assert await client.ask("GET", "/who") == {"client": ["uid", os.getuid()]}


_ASK = """
import os, socket, sys
os.setgid({uid}); os.setuid({uid})
asker = socket.socket(socket.AF_UNIX)
asker.connect(sys.argv[1])
head = b"GET /who HTTP/1.1\\r\\nHost: x\\r\\nX-Forwarded-For: 1.2.3.4:0\\r\\n"
asker.sendall(head + b"Connection: {connection}\\r\\n\\r\\n")
answer = b""
while piece := asker.recv(65536):
    answer += piece
print(answer.decode())
"""


_UPGRADE = "Upgrade, close\\r\\nUpgrade: websocket\\r\\nSec-WebSocket-Version: 13\\r\\nSec-WebSocket-Key: eA=="


async def _ask_as(uid: int, path: Path, *, connection: str = "close") -> str:
    script = _ASK.format(uid=uid, connection=connection)
    command = (sys.executable, "-I", "-c", script, str(path))
    process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
    answer, _ = await process.communicate()
    return answer.decode()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
async def test_a_stranger_is_turned_away_and_a_named_user_is_not(short_folder: Path) -> None:
    path = short_folder / "peer.sock"
    async with served(path):
        answer = await _ask_as(STRANGER, path)
        assert answer.startswith("HTTP/1.1 403")
        assert '"code":"not-allowed"' in answer
        assert (await _ask_as(STRANGER, path, connection=_UPGRADE)).startswith("HTTP/1.1 403")
    async with served(path, users=frozenset({STRANGER})):
        assert f'["uid",{STRANGER}]' in await _ask_as(STRANGER, path)


class Diary:
    """All that an observer is told."""

    def __init__(self) -> None:
        self.strangers: list[int] = []
        self.exchanges: list[Exchange] = []

    def refused(self, uid: int) -> None:
        self.strangers.append(uid)

    def answered(self, exchange: Exchange) -> None:
        self.exchanges.append(exchange)


async def test_an_observer_is_told_who_was_answered_what_and_nothing_of_the_content(short_folder: Path) -> None:
    path, diary, uid = short_folder / "peer.sock", Diary(), os.getuid()
    async with served(path, observer=diary), asking(path) as client:
        await client.ask("GET", "/who?after=3")
        with pytest.raises(Refused):
            await client.ask("GET", "/fail/refused")
    assert diary.exchanges == [Exchange(uid, "GET", "/who", 200), Exchange(uid, "GET", "/fail/refused", 409)]
    assert diary.strangers == []


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
async def test_an_observer_is_told_of_a_stranger(short_folder: Path) -> None:
    path, diary = short_folder / "peer.sock", Diary()
    async with served(path, observer=diary):
        assert (await _ask_as(STRANGER, path)).startswith("HTTP/1.1 403")
    assert (diary.strangers, diary.exchanges) == ([STRANGER], [])


_TRUSTING = """
import asyncio, sys
from pathlib import Path
from tests.agent.test_unix_http import served
async def main():
    async with served(Path(sys.argv[1])):
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.read)
asyncio.run(main())
"""


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
async def test_no_header_can_claim_a_peer_even_when_proxies_are_trusted(short_folder: Path) -> None:
    path = short_folder / "peer.sock"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _TRUSTING, str(path)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "FORWARDED_ALLOW_IPS": "*"},
        cwd=ROOT,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n"
    assert (await _ask_as(STRANGER, path)).startswith("HTTP/1.1 403")
    process.stdin.close()
    assert await process.wait() == 0


@pytest.mark.parametrize(
    ("how", "reason"),
    [("refused", "disk-full"), ("agent", "wire"), ("bug", "forbidden-move")],
)
async def test_our_errors_arrive_with_code_and_sentence(short_folder: Path, how: str, reason: str) -> None:
    path = short_folder / "peer.sock"
    async with served(path), asking(path) as client:
        with pytest.raises(Refused) as refused:
            await client.ask("GET", f"/fail/{how}")
    thrown = ERRORS[how]
    assert isinstance(thrown, AgentError)
    assert (refused.value.reason, refused.value.sentence) == (reason, thrown.sentence)


async def test_a_peer_whose_machine_failed_has_not_refused(short_folder: Path) -> None:
    path = short_folder / "peer.sock"
    thrown = ERRORS["vault"]
    assert isinstance(thrown, VaultError)
    async with served(path), asking(path) as client:
        # whoever tries again when nobody answers tries again then, too
        for url, sentence in (("/fail/vault", thrown.sentence), ("/odd/bare", "it does not say why.")):
            with pytest.raises(PeerSilent) as failed:
                await client.ask("GET", url)
            assert isinstance(failed.value, PeerFailed)
            assert failed.value.sentence == f"The peer failed: {sentence}"


async def test_statuses_tell_whose_fault_it_is(short_folder: Path) -> None:
    path = short_folder / "peer.sock"
    expected = {"/fail/refused": 409, "/fail/agent": 400, "/fail/vault": 500, "/nowhere": 404, "/echo": 405}
    async with served(path), httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(uds=str(path))) as client:
        for url, status in expected.items():
            answer = await client.get(f"http://peer{url}")
            assert (answer.status_code, set(answer.json())) == (status, {"code", "sentence"}), url


async def test_a_foreign_error_tells_the_peer_nothing(short_folder: Path) -> None:
    path = short_folder / "peer.sock"
    async with served(path), httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(uds=str(path))) as client:
        answer = await client.get("http://peer/fail/foreign")
        assert (answer.status_code, answer.text) == (500, "Internal Server Error")


async def test_a_body_is_limited_whatever_it_says_of_its_length(short_folder: Path) -> None:
    path = short_folder / "peer.sock"

    async def unannounced() -> AsyncIterator[bytes]:
        for _ in range(BODY_BYTES_MAX // 65536 + 1):
            yield bytes(65536)

    async with served(path), httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(uds=str(path))) as client:
        fits = await client.post("http://peer/echo", content=bytes(BODY_BYTES_MAX))
        assert fits.json() == {"bytes": BODY_BYTES_MAX}
        for content in (bytes(BODY_BYTES_MAX + 1), unannounced()):
            answer = await client.post("http://peer/echo", content=content)
            assert (answer.status_code, answer.json()["code"]) == (413, "request-too-large")


async def test_who_does_not_answer_as_a_peer_is_silent(short_folder: Path) -> None:
    path = short_folder / "peer.sock"
    async with served(path), asking(path) as client:
        for what in ("text", "list", "broken"):
            with pytest.raises(PeerSilent, match=r"^The peer "):
                await client.ask("GET", f"/odd/{what}")
        with pytest.raises(Refused) as refused:
            await client.ask("GET", "/odd/refused")
        assert (refused.value.reason, refused.value.sentence) == ("refused", "The peer refused.")


async def test_who_is_not_there_is_silent(short_folder: Path) -> None:
    path = short_folder / "peer.sock"
    async with asking(path) as client:
        with pytest.raises(PeerSilent):
            await client.ask("GET", "/who")
        with socket.socket(socket.AF_UNIX) as stale:
            stale.bind(str(path))
        with pytest.raises(PeerSilent):
            await client.ask("GET", "/who")


async def test_an_address_that_is_none_is_refused_and_not_sent(short_folder: Path) -> None:
    path = short_folder / "peer.sock"
    async with served(path), asking(path) as client:
        for url in ("/id/\x01", "/id/" + "x" * 70_000):
            with pytest.raises(Refused) as refused:
                await client.ask("GET", url)
            assert refused.value.reason == "address-unknown"


async def test_only_an_id_is_an_id(short_folder: Path) -> None:
    path = short_folder / "peer.sock"
    async with served(path), asking(path) as client:
        good = "01kbhsp7m0" + "0" * 16
        assert await client.ask("GET", f"/id/{good}") == {"id": good}
        for odd in (good.upper(), good[:-1], good + "0", f"{good}%0A", "..", "%00"):
            with pytest.raises(Refused):
                await client.ask("GET", f"/id/{odd}")


async def test_a_stale_socket_is_replaced_and_a_closed_one_removed(short_folder: Path) -> None:
    path = short_folder / "made on the way" / "ąžuolas & co'.sock"
    path.parent.mkdir()
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(path))
    async with served(path), asking(path) as client:
        assert path.stat().st_mode & 0o777 == 0o666
        assert await client.ask("GET", "/who")
    assert not path.exists()


async def test_who_connects_before_the_first_request_is_served_waits_for_it(short_folder: Path) -> None:
    path = short_folder / "peer.sock"
    server = UnixServer(application(), path, users=frozenset())
    async with asking(path) as client:
        early = asyncio.get_running_loop().create_task(client.ask("GET", "/who"))
        await asyncio.wait({early}, timeout=0.05)
        assert not early.done()
        serving = asyncio.get_running_loop().create_task(server.serve())
        assert await early
    await server.close()
    await serving


async def test_a_server_may_be_closed_before_it_serves(short_folder: Path) -> None:
    path = short_folder / "peer.sock"
    server = UnixServer(application(), path, users=frozenset())
    await server.close()
    async with asyncio.timeout(FAR_S):
        await server.serve()
    assert not path.exists()


@pytest.mark.parametrize("name", ["x" * 120, "folder-that-is-a-file/peer.sock"])
def test_a_socket_that_cannot_be_made_is_said_in_a_sentence(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder-that-is-a-file").touch()
    with pytest.raises(ConfigError, match="cannot be made"):
        UnixServer(application(), tmp_path / name, users=frozenset())


async def test_what_is_being_answered_is_answered_before_the_end(short_folder: Path) -> None:
    path, slow = short_folder / "peer.sock", Slow()
    async with served(path, slow=slow) as server, asking(path) as client:
        waiting = asyncio.get_running_loop().create_task(client.ask("GET", "/slow"))
        await slow.begun.wait()
        closing = asyncio.get_running_loop().create_task(server.close())
        await asyncio.wait({closing}, timeout=0.15)
        assert not closing.done()
        slow.may_end.set()
        async with asyncio.timeout(FAR_S):
            assert await waiting == {"done": True}
            await closing
