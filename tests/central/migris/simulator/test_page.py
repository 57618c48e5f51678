"""The page for people: what was received, and nothing of a person where it could stay behind."""

import io
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from PIL import Image

from capture.records.package import unpack
from central.migris.simulator.page import MigrisPage, member_files
from central.migris.simulator.store import MigrisStore
from tests.capture.records.specimens import portrait_jpeg
from tests.central.parcels import AT, OPEN_APPLICATION, Visit, new_id, print_wsq

VISIT = Visit(parcel=new_id(), jpeg=portrait_jpeg())
PACKAGE = VISIT.package()
REFERENCE = "MR-20261122-000001"
PERSONAL = (OPEN_APPLICATION, "Ona", "Pavyzd", "1991", VISIT.parcel)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[MigrisStore]:
    store = MigrisStore(tmp_path / "migris.db")
    yield store
    store.close()


@pytest.fixture
async def client(store: MigrisStore) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(MigrisPage(store).application())
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client


@pytest.fixture
def received(store: MigrisStore) -> MigrisStore:
    store.accept(f"lt/{VISIT.parcel}", application=OPEN_APPLICATION, package=PACKAGE, at=AT)
    return store


async def everything(client: httpx.AsyncClient) -> dict[str, httpx.Response]:
    """Every page and file that can be reached from the first one."""
    found: dict[str, httpx.Response] = {}
    waiting = ["/"]
    while waiting:
        address = waiting.pop()
        found[address] = await client.get(address)
        if found[address].headers["content-type"].startswith("text/html"):
            links = re.findall(r'(?:href|src)="([^"]+)"', found[address].text)
            waiting += [link for link in links if link not in found and link not in waiting]
    return found


async def test_at_first_there_is_nothing(client: httpx.AsyncClient) -> None:
    assert "Nothing was received yet." in (await client.get("/")).text
    assert (await client.get("/received")).json() == []


@pytest.mark.usefixtures("received")
async def test_everything_that_is_linked_is_there_and_stays_nowhere(client: httpx.AsyncClient) -> None:
    found = await everything(client)
    assert {answer.status_code for answer in found.values()} == {200}
    names = {address.rsplit("/", 1)[1] for address in found if address.startswith(f"/received/{REFERENCE}/")}
    assert names == {*member_files(unpack(PACKAGE)), "right-index.png", "left-index.png"}
    assert [address for address in found if any(word in address for word in PERSONAL)] == []
    for answer in (*found.values(), await client.get("/received"), await client.get("/received/MR-9")):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.usefixtures("received")
async def test_pictures_decode(client: httpx.AsyncClient) -> None:
    portrait = Image.open(io.BytesIO((await client.get(f"/received/{REFERENCE}/portrait.jpg")).content))
    assert (portrait.format, portrait.size) == ("JPEG", (480, 640))
    for name in ("right-index", "left-index"):
        picture = Image.open(io.BytesIO((await client.get(f"/received/{REFERENCE}/{name}.png")).content))
        assert (picture.format, picture.size, picture.mode) == ("PNG", (320, 480), "L")
        assert len(set(picture.tobytes())) > 100, "a print, and not one shade"


@pytest.mark.usefixtures("received")
async def test_files_are_the_packages_own(client: httpx.AsyncClient) -> None:
    for name, content in member_files(unpack(PACKAGE)).items():
        assert (await client.get(f"/received/{REFERENCE}/{name}")).content == content
    assert (await client.get(f"/received/{REFERENCE}/right-index.wsq")).content == print_wsq()


@pytest.mark.usefixtures("received")
@pytest.mark.parametrize(
    "address",
    [
        "/received/MR-20261122-000002",
        "/received/MR-20261122-000002/portrait.jpg",
        f"/received/{REFERENCE}/nothing.txt",
        f"/received/{REFERENCE}/right-thumb.png",
        f"/received/{REFERENCE}/portrait.png",
        f"/received/{REFERENCE}/..%2f..%2fmigris.db",
        "/received/%27%20OR%201=1",
    ],
)
async def test_what_is_not_there_is_404(client: httpx.AsyncClient, address: str) -> None:
    assert (await client.get(address)).status_code == 404


@pytest.mark.usefixtures("received")
async def test_the_index_is_for_machines(client: httpx.AsyncClient) -> None:
    (row,) = (await client.get("/received")).json()
    assert row == {
        "reference": REFERENCE,
        "application": OPEN_APPLICATION,
        "received_at": "2026-11-22T08:00:00.000+00:00",
    }


async def test_another_name_for_this_machine_is_refused(client: httpx.AsyncClient, received: MigrisStore) -> None:
    for address in ("/", f"/received/{REFERENCE}", f"/received/{REFERENCE}/portrait.jpg"):
        answer = await client.get(address, headers={"host": "elsewhere.example"})
        assert (answer.status_code, answer.headers["content-type"]) == (400, "text/plain; charset=utf-8")
