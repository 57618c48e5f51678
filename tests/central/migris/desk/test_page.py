"""The desk's page over a real drop and a real ledger: who gets in, what is shown, what is written down."""

import os
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from agent.clock import SystemClock
from central.bridge.desk import DeskBook
from central.migris.connector import Accepted, Declined
from central.migris.desk.page import DeskPage
from central.migris.handoff.connector import HandoffConnector
from central.migris.handoff.drop import FolderDrop
from central.paths import Paths
from tests.central.bridge.counter import Counter
from tests.central.migris.conformance import submission
from tests.central.parcels import Visit, new_id

CODE = "the code of the terminal"
PERSONAL = ("MIG-2026", "Ona", "Pavyzd")


@pytest.fixture
def drop(tmp_path: Path) -> FolderDrop:
    return FolderDrop(tmp_path / "drop")


@pytest.fixture
def connector(drop: FolderDrop) -> HandoffConnector:
    return HandoffConnector(drop, roll=None, clock=SystemClock())


@pytest.fixture
async def stranger(drop: FolderDrop, headquarters: Paths) -> AsyncIterator[httpx.AsyncClient]:
    page = DeskPage(drop, DeskBook(headquarters, clock=SystemClock()), code=CODE)
    transport = httpx.ASGITransport(page.application())
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        client.headers["accept-language"] = "en"
        yield client


@pytest.fixture
async def clerk(stranger: httpx.AsyncClient) -> httpx.AsyncClient:
    answer = await stranger.post("/sign-in", data={"code": CODE})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    return stranger


async def handed(connector: HandoffConnector) -> str:
    """A parcel's key, once it lies there."""
    given = submission(Visit(parcel=new_id()))
    await connector.submit(given)
    return given.key


def token(page: str) -> str:
    found = re.search(r'name="token" value="([^"]+)"', page)
    assert found
    return found[1]


async def decide(clerk: httpx.AsyncClient, key: str, **fields: str) -> httpx.Response:
    form = {"token": token((await clerk.get("/")).text), "parcel": key.replace("/", "."), **fields}
    return await clerk.post("/decide", data=form)


async def test_a_stranger_sees_nothing_and_decides_nothing(
    stranger: httpx.AsyncClient, connector: HandoffConnector, counter: Counter
) -> None:
    key = await handed(connector)
    name = key.replace("/", ".")
    page = await stranger.get("/")
    assert "Code from the terminal" in page.text
    assert not [word for word in (*PERSONAL, name, "token") if word in page.text]
    assert (await stranger.get(f"/parcel/{name}/transaction.an2")).status_code == 404
    assert (await stranger.post("/decide", data={"parcel": name, "reference": "MR-1"})).status_code == 403
    wrong = await stranger.post("/sign-in", data={"code": "guessed"})
    assert (wrong.status_code, "That is not the code." in wrong.text) == (403, True)
    assert "set-cookie" not in wrong.headers
    assert counter.lines() == []


async def test_a_parcel_is_shown_and_that_is_written_down_first(
    clerk: httpx.AsyncClient, connector: HandoffConnector, counter: Counter
) -> None:
    key = await handed(connector)
    page = (await clerk.get("/")).text
    assert "MIG-2026-000101" in page
    assert page.count('<img src="data:image/') == 3
    (line,) = counter.lines()
    assert (line["kind"], line["by"], line["why"]) == ("parcel-shown", f"uid:{os.getuid()}", "deliver-to-migris")
    assert f"{line['tenant']}/{line['subject']}" == key
    file = await clerk.get(f"/parcel/{key.replace('/', '.')}/portrait.jpg")
    assert file.content.startswith(b"\xff\xd8")
    assert file.headers["content-disposition"] == f'attachment; filename="{key.replace("/", ".")}.portrait.jpg"'
    assert [line["file"] for line in counter.lines()] == [None, "portrait.jpg"]
    for address in re.findall(r'(?:href|action|src)="(/[^"]*)"', page):
        assert not [word for word in PERSONAL if word in address]


async def test_what_cannot_be_written_down_is_not_shown(
    clerk: httpx.AsyncClient, connector: HandoffConnector, headquarters: Paths
) -> None:
    key = await handed(connector)
    headquarters.settings.unlink()
    for address in ("/", f"/parcel/{key.replace('/', '.')}/portrait.jpg"):
        answer = await clerk.get(address)
        assert answer.status_code == 503
        assert not [word for word in (*PERSONAL, "data:image") if word in answer.text]
    assert await connector.outcome(key) is not None


async def test_accepted_is_what_the_connector_reads(
    clerk: httpx.AsyncClient, connector: HandoffConnector, counter: Counter
) -> None:
    first, second = await handed(connector), await handed(connector)
    assert (await decide(clerk, first, reference="MR-7")).headers["location"] == "/"
    assert await connector.outcome(first) == Accepted("MR-7")
    page = (await clerk.get("/")).text
    assert second.replace("/", ".") in page
    assert first.replace("/", ".") not in page
    (line,) = [line for line in counter.lines() if line["kind"] == "parcel-decided-by-clerk"]
    assert (line["subject"], line["accepted"]) == (first.partition("/")[2], True)
    again = await decide(clerk, first, code="other-person")
    assert (again.status_code, "does not wait any more" in again.text) == (409, True)
    assert await connector.outcome(first) == Accepted("MR-7")


async def test_a_refusal_names_the_finger(clerk: httpx.AsyncClient, connector: HandoffConnector) -> None:
    key = await handed(connector)
    for fields in ({"code": "print-unusable"}, {"code": "made-up"}, {"reference": "Ona Pavyzdė"}, {}):
        answer = await decide(clerk, key, **fields)
        assert (answer.status_code, "That is not complete" in answer.text) == (422, True)
    await decide(clerk, key, code="print-unusable", part="left-index")
    declined = await connector.outcome(key)
    assert isinstance(declined, Declined)
    assert (declined.cause.code, declined.cause.part) == ("print-unusable", "left-index")


async def test_a_form_from_elsewhere_decides_nothing(
    clerk: httpx.AsyncClient, connector: HandoffConnector, counter: Counter
) -> None:
    key = await handed(connector)
    form = {"parcel": key.replace("/", "."), "reference": "MR-1"}
    for more in ({}, {"token": ""}, {"token": "guessed"}):
        assert (await clerk.post("/decide", data={**form, **more})).status_code == 403
    right = token((await clerk.get("/")).text)
    for parcel in ("../ack", "lt.nothing", f"lt.{new_id()}"):
        assert (await clerk.post("/decide", data={**form, "token": right, "parcel": parcel})).status_code == 409
    assert (await clerk.post("/decide", content=b"x" * 5000)).status_code == 413
    assert (await clerk.post("/decide", content=b"\xff")).status_code == 400
    assert "parcel-decided-by-clerk" not in counter.kinds()


async def test_what_is_left_for_later_comes_again(clerk: httpx.AsyncClient, connector: HandoffConnector) -> None:
    names = [(await handed(connector)).replace("/", ".") for _ in range(2)]
    seen, address = [], "/"
    for _ in range(3):
        page = (await clerk.get(address)).text
        link = re.search(r'href="(/\?after=([^"]+))"', page)
        assert link
        address = link[1]
        seen.append(link[2])
    assert sorted(seen[:2]) == sorted(names)
    assert seen[2] == seen[0]


async def test_what_was_tampered_with_can_be_refused(
    clerk: httpx.AsyncClient, connector: HandoffConnector, tmp_path: Path
) -> None:
    key = await handed(connector)
    (tmp_path / "drop" / "out" / key.replace("/", ".") / "transaction.an2").write_bytes(b"ridges")
    page = (await clerk.get("/")).text
    assert "cannot be shown" in page
    assert 'name="reference"' not in page
    await decide(clerk, key, code="record-unreadable")
    assert isinstance(await connector.outcome(key), Declined)


async def test_the_language_stays_as_chosen(clerk: httpx.AsyncClient) -> None:
    assert "Nothing waits." in (await clerk.get("/")).text
    assert "Niekas nelaukia." in (await clerk.get("/?lang=lt")).text
    assert "Niekas nelaukia." in (await clerk.get("/")).text


async def test_every_answer_has_the_strict_headers(clerk: httpx.AsyncClient, connector: HandoffConnector) -> None:
    key = await handed(connector)
    for address in ("/", "/desk.css", "/nothing", f"/parcel/{key.replace('/', '.')}/transaction.an2"):
        headers = (await clerk.get(address)).headers
        assert headers["cache-control"] == "no-store"
        assert headers["content-security-policy"].startswith("default-src 'none'; ")
        assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "no-referrer")
    elsewhere = await clerk.get("/", headers={"host": "elsewhere.example"})
    assert (elsewhere.status_code, elsewhere.headers["cache-control"]) == (400, "no-store")
