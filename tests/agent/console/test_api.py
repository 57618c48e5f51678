"""Every route of the station's API, over a real Unix socket."""

import asyncio
import json
import os
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from agent.clock import SystemClock
from agent.console.api import ConsoleApi, KeyView
from agent.errors import PeerSilent, Refused
from agent.guard.guard import Guard, Voice
from agent.unix_http import UnixServer
from agent.visit.attestation import Attestation, Witnesses
from agent.visit.channel import PortraitReport, TakeStep
from agent.visit.notebook import StationNotebook
from capture.sample import Verdict
from tests.agent.visit.headquarters import APPLICANT, APPLICATION
from tests.agent.visit.seat import Seat, seated
from tests.agent.visit.transcript import gate
from vault.envelope import Pinned, SigningKey

OPENING = {"application": APPLICATION, "operator": "op-7", "notice_language": "lt"}
WELL: dict[str, object] = {"obstacle": None, "ledger_trouble": None, "keys": "software", "key_warnings": []}
PARCEL = "01jd0000000000000000000003"


class Page:
    """The operator's page, as far as HTTP goes; it keeps every address that it asked."""

    def __init__(self, client: httpx.AsyncClient, seat: Seat) -> None:
        self._client = client
        self.seat = seat
        self.addresses: list[str] = []

    async def ask(self, method: str, address: str, body: object = None) -> httpx.Response:
        self.addresses.append(address)
        return await self._client.request(method, address, json=body)

    async def send(self, address: str, content: bytes) -> httpx.Response:
        return await self._client.post(address, content=content)

    async def open(self, **changes: object) -> str:
        answer = await self.ask("POST", "/v1/visits", {**OPENING, **changes})
        assert answer.status_code == 201
        return str(answer.json()["visit"])

    async def until_asked(self, visit: str) -> dict[str, Any]:
        """The view as soon as the operator is asked something or the visit has settled."""
        after = -1
        async with asyncio.timeout(20):
            while True:
                answer = await self.ask("GET", f"/v1/visits/{visit}?after={after}&wait_s=20")
                assert answer.status_code == 200
                view: dict[str, Any] = answer.json()
                if view["waiting"] or view["settled"]:
                    return view
                after = view["sequence"]

    async def decide(self, visit: str, **decision: str) -> httpx.Response:
        return await self.ask("POST", f"/v1/visits/{visit}/decisions", decision)


@pytest.fixture
async def page(tmp_path: Path) -> AsyncIterator[Page]:
    # a socket's name must fit into 108 bytes (unix(7))
    with tempfile.TemporaryDirectory(prefix="s-") as folder:
        path = Path(folder) / "station.sock"
        async with seated(tmp_path) as seat:
            key = SigningKey.generate()
            witnesses = Witnesses(tenant="lt", station="vilnius-1", key=key, receipts=Pinned([key.public]))
            clock, keeper = SystemClock(), StationNotebook(seat.journal, seat.courier, path=tmp_path / "station.db")
            guard = Guard(keeper, voice=Voice(tenant="lt", station="vilnius-1", key=key), clock=clock)
            attestation = Attestation(seat.journal, seat.courier, witnesses=witnesses, report=guard.report, clock=clock)
            api = ConsoleApi(
                seat.chair,
                seat.courier,
                attendance=seat.attendance,
                attestation=attestation,
                keys=KeyView("software", list),
            )
            server = UnixServer(api.application(), path, users=frozenset())
            seat.supervisor.must_live("console", server.serve())
            seat.supervisor.at_shutdown("console", server.close)
            transport = httpx.AsyncHTTPTransport(uds=str(path))
            async with httpx.AsyncClient(transport=transport, base_url="http://station") as client:
                yield Page(client, seat)


def _problem(answer: httpx.Response) -> tuple[int, str]:
    body = answer.json()
    assert body.keys() == {"code", "sentence"}
    assert body["sentence"].endswith(".")
    return answer.status_code, body["code"]


async def test_a_visit_over_http(page: Page) -> None:
    page.seat.told[TakeStep] = [
        PortraitReport(gates=(gate("mouth_closed", Verdict.FAIL),), taken_ns=1),
    ]
    assert (await page.ask("GET", "/v1/health")).json() == {"ready": True, **WELL}
    visit = await page.open(missing={"right-index": "bandaged"})
    assert (await page.ask("GET", "/v1/health")).json() == {"ready": False, **WELL}
    view = await page.until_asked(visit)
    assert view["waiting"]["what"] == "doubtful-portrait"
    accepted = await page.decide(visit, decision="accept", reason="paralysed cheek")
    assert (accepted.status_code, accepted.json()) == (202, {"accepted": True})
    view = await page.until_asked(visit)
    while view["waiting"] and view["waiting"]["what"] == "doubtful-portrait":
        view = await page.until_asked(visit)
    assert view["chosen"] == ["right-middle", "left-index"]
    assert (await page.decide(visit, decision="confirm")).status_code == 202
    while not view["settled"]:
        view = (await page.ask("GET", f"/v1/visits/{visit}?after={view['sequence']}&wait_s=20")).json()
    assert (view["state"], view["applicant"]) == ("done", None)
    # addresses are logged by who knows whom: nobody is named in them
    assert not any(APPLICATION in address for address in page.addresses)


async def test_a_visit_for_which_a_device_is_missing_is_refused_before_anything_happens(page: Page) -> None:
    assert (await page.ask("GET", "/v1/devices")).json() == {"followed": False, "in_use": False, "devices": []}
    page.seat.attendance.call()
    known = (await page.ask("GET", "/v1/devices")).json()
    assert (known["followed"], [one["presence"] for one in known["devices"]]) == (True, ["none", "gone", "none"])
    # the camera is not configured at all, and that is said first
    refused = await page.ask("POST", "/v1/visits", OPENING)
    assert _problem(refused) == (409, "device-gone")
    health = (await page.ask("GET", "/v1/health")).json()
    assert health == {"ready": False, **WELL, "obstacle": refused.json()["sentence"]}
    assert page.seat.ledger() == []


async def test_what_shows_a_person_is_kept_by_nobody_on_the_way(page: Page) -> None:
    visit = await page.open()
    await page.until_asked(visit)
    answer = await page.ask("GET", f"/v1/visits/{visit}")
    assert answer.json()["applicant"]["surname"] == "Jonaitytė"
    assert answer.headers["cache-control"] == "no-store"
    assert "server" not in answer.headers


async def test_what_cannot_be_is_refused_with_a_code(page: Page) -> None:
    visit = await page.open()
    await page.until_asked(visit)
    other = "01jd0000000000000000000000"
    assert _problem(await page.ask("POST", "/v1/visits", OPENING)) == (409, "visit-running")
    assert _problem(await page.ask("GET", f"/v1/visits/{other}")) == (409, "visit-unknown")
    assert _problem(await page.decide(other, decision="confirm")) == (409, "visit-unknown")
    assert _problem(await page.decide(visit, decision="accept", reason="because")) == (409, "not-now")
    assert _problem(await page.decide(visit, decision="retake", step="left-thumb")) == (409, "not-now")
    assert _problem(await page.decide(visit, decision="fly")) == (409, "request-unreadable")
    assert (await page.until_asked(visit))["waiting"]["what"] == "confirm"


async def test_a_portrait_that_passed_is_rejected_for_a_reason_only(page: Page) -> None:
    visit = await page.open()
    await page.until_asked(visit)
    assert _problem(await page.decide(visit, decision="shutter")) == (409, "not-now")
    assert _problem(await page.decide(visit, decision="retake", step="face")) == (409, "reason-needed")
    answer = await page.decide(visit, decision="retake", step="face", reason="face-covered")
    assert answer.status_code == 202


async def test_a_client_of_whom_less_may_be_demanded(page: Page) -> None:
    page.seat.told[TakeStep] = [PortraitReport(gates=(gate("mouth_closed", Verdict.FAIL),), taken_ns=1)]
    assert _problem(await page.ask("POST", "/v1/visits", {**OPENING, "relaxation": "giant"})) == (
        409,
        "relaxation-unknown",
    )
    visit = await page.open()
    view = await page.until_asked(visit)
    assert (view["relaxation"], view["relaxations"]) == (None, ["child", "disability"])
    assert _problem(await page.decide(visit, decision="relax", relaxation="giant")) == (409, "relaxation-unknown")
    assert (await page.decide(visit, decision="relax", relaxation="disability")).status_code == 202
    while view["waiting"] is None or view["waiting"]["what"] == "doubtful-portrait":
        view = (await page.ask("GET", f"/v1/visits/{visit}?after={view['sequence']}&wait_s=20")).json()
    assert (view["waiting"]["what"], view["relaxation"]) == ("confirm", "disability")
    assert view["portrait"]["accepted_with_reason"] is None
    assert view["waiting"]["questions"] == []
    assert _problem(await page.decide(visit, decision="relax", relaxation="disability")) == (409, "not-now")


async def test_a_body_that_is_none_is_refused(page: Page) -> None:
    for content in (b"", b"nonsense", b"\xff", b"[]", b'{"decision":"cancel"},"of":{}'):
        assert _problem(await page.send("/v1/visits", content)) == (409, "request-unreadable")
        assert _problem(await page.send("/v1/visits/x/decisions", content)) == (409, "request-unreadable")


async def test_what_is_no_application_number_is_refused_and_not_repeated(page: Page) -> None:
    answer = await page.ask("POST", "/v1/visits", {**OPENING, "application": "39001010000 Jonas"})
    assert _problem(answer) == (409, "application-invalid")
    assert "Jonas" not in answer.text
    assert page.seat.chair.ready


async def test_a_number_that_is_none_is_refused(page: Page) -> None:
    visit = await page.open()
    for number in ("nan", "inf", "-inf", "1e999", "x", ""):
        for query in (
            f"visits/{visit}?after={number}",
            f"visits/{visit}?wait_s={number}",
            f"parcels/{PARCEL}?wait_s={number}",
        ):
            assert _problem(await page.ask("GET", f"/v1/{query}")) == (409, "request-unreadable")


async def test_the_courier_is_asked_about_a_parcel_and_never_for_longer_than_allowed(page: Page) -> None:
    for wait_s, asked in (("3", "3.0"), ("1e9", "30.0"), ("-5", "0.0")):
        answer = await page.ask("GET", f"/v1/parcels/{PARCEL}?after=stored&wait_s={wait_s}")
        assert answer.json() == {"state": "sending"}
        assert page.seat.courier.log[-1] == f"history {PARCEL} stored {asked}"


async def test_what_the_courier_says_is_passed_on(page: Page) -> None:
    what = f"history {PARCEL}  0.0"
    page.seat.courier.fails[what] = [
        Refused("parcel-unknown", "No such parcel was taken in here."),
        PeerSilent("The courier does not answer."),
    ]
    assert _problem(await page.ask("GET", f"/v1/parcels/{PARCEL}")) == (409, "parcel-unknown")
    assert _problem(await page.ask("GET", f"/v1/parcels/{PARCEL}")) == (400, "peer-silent")
    assert _problem(await page.ask("GET", "/v1/parcels/..%3Fx")) == (409, "id-unreadable")


async def test_there_is_nothing_else(page: Page) -> None:
    for method, address, status in (
        ("GET", "/", 404),
        ("GET", "/v2/visits", 404),
        ("GET", "/v1/visits", 405),
        ("DELETE", "/v1/visits/x", 405),
        ("GET", "/v1/visits/x/decisions", 405),
        ("POST", "/v1/health", 405),
    ):
        assert (await page.ask(method, address)).status_code == status


async def test_who_looks_at_a_visit_is_in_the_ledger_once_before_it_is_shown(page: Page) -> None:
    visit = await page.open()
    view = await page.until_asked(visit)
    assert view["applicant"]["surname"] == APPLICANT.surname
    await page.until_asked(visit)
    with page.seat.engine.connect() as connection:
        bodies = [json.loads(row[0]) for row in connection.execute(text("SELECT body FROM ledger_line"))]
    lines = {body["kind"]: body for body in bodies}
    assert [body["kind"] for body in bodies].count("visit-viewed") == 1
    assert [body["kind"] for body in bodies].count("applicant-shown") == 1
    shown, asked = lines["applicant-shown"], lines["application-asked"]
    who = {"by": f"uid:{os.getuid()}", "why": "compare-client", "operator": "op-7", "visit": visit}
    assert who.items() <= shown.items()
    assert (asked["by"], asked["why"], asked["visit"]) == ("operator:op-7", "check-application", visit)
    assert shown["subject"] == asked["subject"] == lines["visit-opened"]["subject"]
    said = json.dumps(bodies)
    for personal in (APPLICATION, APPLICANT.given_name, APPLICANT.surname, APPLICANT.birth_date):
        assert personal not in said


async def test_what_cannot_be_written_is_not_shown(page: Page) -> None:
    visit = await page.open()
    with page.seat.engine.begin() as connection:
        connection.execute(
            text("CREATE TRIGGER full BEFORE INSERT ON ledger_line BEGIN SELECT RAISE(ABORT, 'no'); END")
        )
    answer = await page.ask("GET", f"/v1/visits/{visit}")
    assert answer.status_code == 500
    assert APPLICANT.surname not in answer.text
    with page.seat.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER full"))
