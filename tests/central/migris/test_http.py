"""The HTTPS connector: it conforms against the simulator over real TLS, and knows what a bad answer means."""

import ssl
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from agent.wire import Applicant
from central.errors import ConnectorRefused, ConnectorSilent
from central.migris.connector import Submission
from central.migris.http import HttpConnector
from central.migris.loopback import loopback_config
from central.migris.simulator.compose import machine_interface
from central.migris.simulator.store import MigrisStore
from central.migris.tls import connector_tls
from central.paths import MIGRIS_AUTHORITY, MIGRIS_SERVER, Paths
from tests.central.headquarters import client_tls, enrolled, founded, free_ports
from tests.central.migris.conformance import Comparisons, ConnectorConformance, FarSide, LostAnswers, Questions, Records
from tests.central.migris.service import serving

APPLICANT = Applicant(given_name="Ona", surname="Pavyzdė", birth_date="1991-03-14", citizenship="UKR")
SECRET = "MIG-2026-000101"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Paths:
    return founded(tmp_path_factory.mktemp("http") / "central")


class Forgetful:
    """Stands before the simulator: what is to be lost is decided behind it, and its answer never comes."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._lose = False

    def lose_an_answer(self) -> None:
        self._lose = True

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._lose or scope["path"] != "/v1/submissions":
            await self._app(scope, receive, send)
            return
        self._lose = False

        async def swallow(_: Message) -> None: ...

        await self._app(scope, receive, swallow)
        await Response(status_code=502)(scope, receive, send)


@pytest.fixture(scope="module")
def forgetful(folder: Paths) -> Iterator[tuple[str, Forgetful]]:
    store = MigrisStore(folder.migris_database)
    config = machine_interface(folder, store, port=0)
    before = Forgetful(config.app)  # type: ignore[arg-type]  # the application itself, and not its name
    config.app = before
    with serving(config) as url:
        yield url, before
    store.close()


@pytest.fixture(scope="module")
def simulator(forgetful: tuple[str, Forgetful]) -> str:
    return forgetful[0]


@pytest.fixture
async def connector(folder: Paths, simulator: str) -> AsyncIterator[HttpConnector]:
    connector = HttpConnector(simulator, tls=connector_tls(folder))
    yield connector
    await connector.close()


@pytest.fixture
async def unreachable(folder: Paths) -> AsyncIterator[HttpConnector]:
    with free_ports(1) as (port,):
        pass
    connector = HttpConnector(f"https://localhost:{port}", tls=connector_tls(folder))
    yield connector
    await connector.close()


class TestHttpConnector(ConnectorConformance, Questions, Comparisons, Records, LostAnswers):
    @pytest.fixture
    def far(self, forgetful: tuple[str, Forgetful]) -> FarSide:
        lose = forgetful[1].lose_an_answer
        return FarSide(SECRET, APPLICANT, "MIG-2026-000199", "MIG-2026-999999", lose_an_answer=lose)


async def _refused_at_the_door(simulator: str, tls: ssl.SSLContext) -> None:
    connector = HttpConnector(simulator, tls=tls)
    with pytest.raises(ConnectorSilent):
        await connector.find(SECRET)
    await connector.close()


async def test_nobody_without_a_certificate_is_let_in(folder: Paths, simulator: str) -> None:
    await _refused_at_the_door(simulator, client_tls(folder.certificate(MIGRIS_AUTHORITY)))


@pytest.mark.parametrize("name", ["central", "broker"])
async def test_a_certificate_for_the_broker_does_not_open_this_door(folder: Paths, simulator: str, name: str) -> None:
    tls = client_tls(folder.certificate(MIGRIS_AUTHORITY), certificate=folder.certificate(name), key=folder.key(name))
    await _refused_at_the_door(simulator, tls)


async def test_a_stations_certificate_does_not_open_this_door(folder: Paths, simulator: str) -> None:
    station = enrolled(folder)
    tls = client_tls(
        folder.certificate(MIGRIS_AUTHORITY), certificate=station.folder / "link.pem", key=station.folder / "link.key"
    )
    await _refused_at_the_door(simulator, tls)


async def test_a_service_that_is_not_migris_is_told_nothing(folder: Paths, simulator: str) -> None:
    tls = connector_tls(founded(folder.root / "another"))
    await _refused_at_the_door(simulator, tls)


@dataclass
class Mood:
    """How the next request is answered, and what was asked."""

    status: int = 200
    body: bytes = b""
    asked: list[Request] = field(default_factory=list)
    contents: list[bytes] = field(default_factory=list)


@pytest.fixture(scope="module")
def mood() -> Mood:
    return Mood()


@pytest.fixture(scope="module")
def moody(folder: Paths, mood: Mood) -> Iterator[str]:
    async def answer(request: Request) -> Response:
        mood.asked.append(request)
        mood.contents.append(await request.body())
        return Response(mood.body, mood.status, headers={"Location": "https://localhost:1/"})

    app = Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])])
    certificate = {"ssl_certfile": folder.certificate(MIGRIS_SERVER), "ssl_keyfile": folder.key(MIGRIS_SERVER)}
    with serving(loopback_config(app, 0, **certificate)) as url:
        yield url


@pytest.fixture
async def unsure(folder: Paths, moody: str) -> AsyncIterator[HttpConnector]:
    connector = HttpConnector(moody, tls=connector_tls(folder))
    yield connector
    await connector.close()


GIVEN = Submission(key="lt/01jd", application=SECRET, package=b"a package")


MAY_PASS = (204, 302, 400, 401, 403, 404, 408, 429, 500, 502, 503)
CANNOT_PASS = (413, 415, 422)
SAY_NOTHING = (
    b"",
    b"<html>It works!</html>",
    b"null",
    b"\xff\xfe",
    b'{"accepted":true}',
    b'{"accepted":true,"reference":null,"cause":null}',
    b'{"accepted":false,"reference":null,"cause":null}',
    b'{"accepted":false,"reference":null,"cause":{"part":null,"code":"Not A Code","sentence":"x"}}',
    b'{"accepted":true,"reference":"' + b"M" * 81 + b'","cause":null}',
    b'{"accepted":true,"reference":"MR-1","cause":null,"more":1}',
)


async def test_what_may_pass_is_silence_and_what_cannot_a_refusal(unsure: HttpConnector, mood: Mood) -> None:
    mood.body = b'{"accepted":true,"reference":"MR-1","cause":null}'
    for mood.status in (*MAY_PASS, *CANNOT_PASS):
        for call in (unsure.find(SECRET), unsure.outcome("lt/01jd"), unsure.submit(GIVEN)):
            with pytest.raises(ConnectorSilent if mood.status in MAY_PASS else ConnectorRefused):
                await call


async def test_an_answer_that_says_nothing_is_silence(unsure: HttpConnector, mood: Mood) -> None:
    mood.status = 200
    for mood.body in SAY_NOTHING:
        for call in (unsure.outcome("lt/01jd"), unsure.submit(GIVEN)):
            with pytest.raises(ConnectorSilent):
                await call


async def test_a_submission_without_an_outcome_is_silence(unsure: HttpConnector, mood: Mood) -> None:
    mood.status, mood.body = 200, b'{"accepted":null,"reference":null,"cause":null}'
    assert await unsure.outcome("lt/01jd") is None
    with pytest.raises(ConnectorSilent):
        await unsure.submit(GIVEN)


async def test_a_state_that_no_answer_can_carry_is_silence(unsure: HttpConnector, mood: Mood) -> None:
    mood.status = 200
    mood.body = b'{"known":true,"open":true,"state":"' + b"s" * 41 + b'","applicant":' + APPLICANT.canonical() + b"}"
    with pytest.raises(ConnectorSilent):
        await unsure.find(SECRET)


async def test_nothing_of_a_person_is_in_address_or_headers(unsure: HttpConnector, mood: Mood) -> None:
    mood.status, mood.body = 200, b'{"known":false,"open":false,"state":null,"applicant":null}'
    mood.asked.clear()
    mood.contents.clear()
    assert await unsure.find(SECRET) is None
    mood.body = b'{"accepted":true,"reference":"MR-1","cause":null}'
    await unsure.submit(GIVEN)
    await unsure.outcome("lt/01jd")
    assert SECRET in mood.contents[0].decode()
    for request in mood.asked:
        assert SECRET not in f"{request.url} {request.headers}"
    assert [request.url.path for request in mood.asked] == [
        "/v1/applications/find",
        "/v1/submissions",
        "/v1/submissions/outcome",
    ]
    assert [request.headers.get("idempotency-key") for request in mood.asked] == [None, "lt/01jd", "lt/01jd"]
