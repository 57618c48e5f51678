"""The courier's addresses of retention, asked as the technician's command and the station's process ask."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request

from agent.courier.retention_api import RetentionApi
from agent.errors import NotAllowed, Refused
from agent.retention.api import check_owner
from agent.unix_http import ERROR_ANSWERS, UnixClient, UnixServer
from tests.agent.courier.archive import Archive
from tests.agent.courier.office import Office
from tests.agent.courier.premises import Premises, new_id

HOLD = {"reason": "case 12", "until": "2029-01-01T00:00:00Z"}


@pytest.fixture
async def archive(premises: Premises) -> Archive:
    return Archive(premises)


@pytest.fixture
async def technician(archive: Archive, short_folder: Path) -> AsyncIterator[UnixClient]:
    async with Office(archive.premises) as office:
        api = RetentionApi(office.courier, archive.keeper, clock=archive.clock)
        application = Starlette(routes=api.routes(), exception_handlers=ERROR_ANSWERS)  # type: ignore[arg-type]
        server = UnixServer(application, short_folder / "courier.sock", users=frozenset())
        office.supervisor.must_live("api", server.serve())
        office.supervisor.at_shutdown("api", server.close)
        client = UnixClient(short_folder / "courier.sock", name="courier")
        yield client
        await client.close()


async def test_a_sweep_is_told_in_figures_and_names_nobody(technician: UnixClient, archive: Archive) -> None:
    parcels = [archive.gone() for _ in range(2)]
    archive.forward(1097)
    first = await technician.ask("POST", "/v1/retention", body={"dry": False})
    archive.forward(1)
    dry = await technician.ask("POST", "/v1/retention", body={"dry": True})
    swept = await technician.ask("POST", "/v1/retention", body={"dry": False})
    parcel = {"class": "parcel", "keep_days": 1096.0, "held": 0}
    assert first["classes"][0] == {**parcel, "waits": 2, "goes": 0}  # type: ignore[index]
    assert dry["classes"][0] == swept["classes"][0] == {**parcel, "waits": 0, "goes": 2}  # type: ignore[index]
    assert (dry["dry"], swept["dry"], swept["stopped"], swept["log_cut"]) == (True, False, None, True)
    assert not any(one.id in str(swept) for one in parcels)


async def test_a_hold_is_set_listed_lifted_and_told_to_the_station(technician: UnixClient, archive: Archive) -> None:
    parcel, waiting = new_id(), archive.premises.spooled()
    assert await technician.ask("POST", "/v1/retention/holds", body={"parcel": parcel, **HOLD}) == {"hold": 1}
    assert await technician.ask("POST", "/v1/retention/holds", body={"parcel": None, **HOLD}) == {"hold": 2}
    assert await technician.ask("GET", "/v1/retention/bound") == {"held": ["*", parcel], "open": [waiting.id]}
    assert await technician.ask("POST", "/v1/retention/holds/2/lift", body={"reason": "over"}) == {"hold": 2}
    answer = await technician.ask("GET", "/v1/retention/holds")
    assert isinstance(answer["holds"], list)
    (shown,) = answer["holds"]
    assert (shown["hold"], shown["parcel"], shown["reason"]) == (1, parcel, "case 12")
    assert (shown["until"], shown["set_by"]) == ("2029-01-01T00:00:00.000Z", f"uid:{os.getuid()}")


@pytest.mark.parametrize(
    ("address", "body", "reason"),
    [
        ("/v1/retention", {}, "request-unreadable"),
        ("/v1/retention", {"dry": "perhaps"}, "request-unreadable"),
        ("/v1/retention/holds", {"parcel": "x", **HOLD}, "request-unreadable"),
        ("/v1/retention/holds", {"parcel": None, **HOLD, "reason": "a\nb"}, "request-unreadable"),
        ("/v1/retention/holds", {"parcel": None, **HOLD, "until": "soon"}, "request-unreadable"),
        ("/v1/retention/holds", {"parcel": None, **HOLD, "until": "2020-01-01T00:00:00Z"}, "hold-until"),
        ("/v1/retention/holds/7/lift", {"reason": "over"}, "hold-unknown"),
        (f"/v1/retention/holds/{10**30}/lift", {"reason": "over"}, "hold-unknown"),
        ("/v1/retention/holds/x/lift", {"reason": "over"}, "address-unknown"),
    ],
)
async def test_what_does_not_fit_is_refused(
    technician: UnixClient, address: str, body: dict[str, object], reason: str
) -> None:
    with pytest.raises(Refused) as refused:
        await technician.ask("POST", address, body=body)
    assert refused.value.reason == reason


def test_only_root_and_the_process_itself_may() -> None:
    for uid in (0, os.getuid()):
        check_owner(Request({"type": "http", "client": ("uid", uid)}))
    with pytest.raises(NotAllowed):
        check_owner(Request({"type": "http", "client": ("uid", os.getuid() + 4711)}))
