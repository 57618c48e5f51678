"""The machine interface, asked directly; over TLS it is asked in `tests/central/migris/test_http.py`."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from central.migris.simulator.api import PACKAGE_BYTES_MAX, MigrisApi
from central.migris.simulator.store import MigrisStore
from tests.central.clock import HandClock
from tests.central.parcels import Visit, new_id


@pytest.fixture
def store(tmp_path: Path) -> Iterator[MigrisStore]:
    store = MigrisStore(tmp_path / "migris.db")
    yield store
    store.close()


@pytest.fixture
async def client(store: MigrisStore) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(MigrisApi(store, HandClock()).application())
    async with httpx.AsyncClient(transport=transport, base_url="https://migris") as client:
        yield client


async def submitted(client: httpx.AsyncClient, content: bytes, key: str) -> httpx.Response:
    return await client.post("/v1/submissions", content=content, headers={"Idempotency-Key": key})


async def test_an_accepted_submission_says_when(client: httpx.AsyncClient, store: MigrisStore) -> None:
    visit = Visit(parcel=new_id())
    answer = await submitted(client, visit.package(), f"lt/{visit.parcel}")
    assert answer.json() == {"accepted": True, "reference": "MR-20261122-000001", "cause": None}
    (received,) = store.received()
    assert (received.application, received.package) == (visit.application, visit.package())


async def test_other_content_under_a_used_key_changes_nothing(client: httpx.AsyncClient, store: MigrisStore) -> None:
    visit = Visit(parcel=new_id())
    first = await submitted(client, visit.package(), "lt/1")
    assert (await submitted(client, b"something else", "lt/1")).json() == first.json()
    assert [row.package for row in store.received()] == [visit.package()]


async def test_a_declined_submission_keeps_no_content(client: httpx.AsyncClient, store: MigrisStore) -> None:
    answer = await submitted(client, b"PK no package", "lt/1")
    assert answer.json()["accepted"] is False
    row = store.submission("lt/1")
    assert row is not None
    assert row.package == b""


async def test_a_submission_without_a_key_is_refused(client: httpx.AsyncClient, store: MigrisStore) -> None:
    assert (await client.post("/v1/submissions", content=b"x")).status_code == 422
    assert (await submitted(client, b"x", "")).status_code == 422
    assert store.submission("") is None


async def test_more_than_anybody_should_send_is_not_read_to_its_end(client: httpx.AsyncClient) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 1
            assert sent < 100, "this would never end"
            yield bytes(1 << 20)

    answer = await client.post("/v1/submissions", content=endless(), headers={"Idempotency-Key": "lt/1"})
    assert answer.status_code == 413
    assert sent << 20 <= PACKAGE_BYTES_MAX + (2 << 20)


@pytest.mark.parametrize("body", [b"", b"{", b"{}", b'{"application":7}', b'{"application":"MIG","more":1}'])
async def test_a_question_that_is_none_is_refused(client: httpx.AsyncClient, body: bytes) -> None:
    assert (await client.post("/v1/applications/find", content=body)).status_code == 422


async def test_addresses_carry_nothing(client: httpx.AsyncClient) -> None:
    for path in ("/v1/applications/MIG-2026-000101", "/v1/submissions/lt", "/"):
        assert (await client.get(path)).status_code == 404
    for path in ("/v1/applications/find", "/v1/submissions", "/v1/submissions/outcome"):
        assert (await client.get(path)).status_code == 405
