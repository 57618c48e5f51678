"""What the courier answers on its socket, asked as the station asks."""

import asyncio
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from agent.courier.api import Condition, CourierApi
from agent.courier.dwell import DwellWatch
from agent.courier.view import HistoryView
from agent.errors import PeerFailed, Refused
from agent.supervise import Supervisor
from agent.unix_http import BODY_BYTES_MAX, UnixClient, UnixServer
from agent.wire import CHUNK_BYTES, Receipt, Stage, read_signed
from tests.agent.courier.office import DOWN, UP, Office
from tests.agent.courier.premises import CENTRAL_KEY, KIND, LINK_KEY, Premises, a_receipt, event_receipt, new_id
from vault.envelope import Pinned, Sealed, digest_of, wrap
from vault.labels import ParcelId
from vault.spool import deliver

QUESTION_TIME_LIMIT_S = 0.2
DWELL_LIMIT = timedelta(hours=72)


class Counter:
    """The courier's socket, and a station before it."""

    def __init__(self, office: Office, folder: Path) -> None:
        self.office = office
        self.path = folder / "run" / "courier.sock"
        view = HistoryView(Pinned([CENTRAL_KEY.public]), Pinned([LINK_KEY.public]))
        desk = office.premises.desk
        premises = office.premises
        self.dwell = DwellWatch(premises.engine, key=LINK_KEY, clock=premises.clock, limit=DWELL_LIMIT)
        api = CourierApi(
            office.courier,
            desk,
            view=view,
            condition=Condition(self.dwell, "software", premises.keyrings.warnings),
            question_time_limit_s=QUESTION_TIME_LIMIT_S,
        )
        self._server = UnixServer(api.application(), self.path, users=frozenset())
        self.station = UnixClient(self.path, name="courier")

    async def __aenter__(self) -> "Counter":
        self._supervisor = Supervisor()
        self._supervisor.must_live("api", self._server.serve())
        self._supervisor.at_shutdown("api", self._server.close)
        self._running = asyncio.get_running_loop().create_task(self._supervisor.run())
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self.station.close()
        self._supervisor.stop()
        assert await self._running == 0

    async def refusal(self, method: str, url: str, *, body: dict[str, object] | None = None) -> str:
        with pytest.raises(Refused) as refused:
            await self.station.ask(method, url, body=body)
        return refused.value.reason

    async def deliver(self, parcel: ParcelId, *, key: bytes) -> Sealed:
        sealed = Sealed(b"sealed bytes")
        deliver(self.office.premises.spool.incoming, parcel, wrapped=wrap(sealed, key=key, parcel=parcel))
        return sealed


@pytest.fixture
async def counter(premises: Premises, short_folder: Path) -> AsyncIterator[Counter]:
    async with Office(premises) as office, Counter(office, short_folder) as opened:
        yield opened


async def test_health_says_whether_the_link_is_up(counter: Counter) -> None:
    assert await counter.station.ask("GET", "/v1/health") == {
        "ready": True,
        "link": False,
        "traffic": {"mqtt": "5", "up_bytes": 0, "down_bytes": 0, "rate_bytes_s": None, "round_trip_ms": None},
        "dwelling": 0,
        "keys": "software",
        "key_warnings": [],
    }
    counter.office.pipe.connect()
    counter.office.pipe.rate_bytes_s = 63_999.7
    assert await counter.station.ask("GET", "/v1/health") == {
        "ready": True,
        "link": True,
        "traffic": {"mqtt": "5", "up_bytes": 0, "down_bytes": 0, "rate_bytes_s": 64_000, "round_trip_ms": None},
        "dwelling": 0,
        "keys": "software",
        "key_warnings": [],
    }


async def test_health_says_how_many_parcels_have_waited_for_too_long(counter: Counter) -> None:
    premises = counter.office.premises
    for _ in range(2):
        await counter.office.courier.at_desk(premises.spooled)
    premises.clock.seconds += DWELL_LIMIT.total_seconds()
    await counter.office.courier.at_desk(counter.dwell.look)
    assert (await counter.station.ask("GET", "/v1/health"))["dwelling"] == 2


async def test_from_the_reservation_to_the_history(counter: Counter) -> None:
    parcel = new_id()
    body: dict[str, object] = {"parcel": parcel, "kind": KIND}
    first = await counter.station.ask("POST", "/v1/parcels", body=body)
    assert await counter.station.ask("POST", "/v1/parcels", body=body) == first
    delivered = f"/v1/parcels/{parcel}/delivered"
    assert await counter.station.ask("POST", delivered) == {"digest": None, "size": None}
    sealed = await counter.deliver(parcel, key=b64decode(str(first["wrap_key"])))
    assert await counter.station.ask("POST", delivered) == {"digest": sealed.digest, "size": len(sealed)}
    assert await counter.station.ask("POST", delivered) == {"digest": sealed.digest, "size": len(sealed)}
    history = await counter.station.ask("GET", f"/v1/parcels/{parcel}")
    assert (history["state"], history["digest"]) == ("spooled", sealed.digest)
    assert await counter.refusal("DELETE", f"/v1/parcels/{parcel}") == "parcel-spooled"
    assert await counter.refusal("POST", "/v1/parcels", body=body) == "parcel-spooled"


async def test_a_release_ends_the_reservation(counter: Counter) -> None:
    parcel = new_id()
    await counter.station.ask("POST", "/v1/parcels", body={"parcel": parcel, "kind": KIND})
    for _ in range(2):
        assert await counter.station.ask("DELETE", f"/v1/parcels/{parcel}") == {"parcel": parcel}
    assert counter.office.premises.on_disk(parcel) == []
    assert await counter.refusal("GET", f"/v1/parcels/{parcel}") == "parcel-unknown"


async def test_a_history_is_answered_when_it_differs_and_not_at_every_look(counter: Counter) -> None:
    premises = counter.office.premises
    parcel = await counter.office.courier.at_desk(premises.spooled)
    waiting = asyncio.get_running_loop().create_task(
        counter.station.ask("GET", f"/v1/parcels/{parcel.id}?after=spooled&wait_s=20")
    )
    for _ in range(5):
        await counter.office.courier.at_desk(premises.desk.take_in)
        await counter.station.ask("GET", "/v1/health")
    assert not waiting.done()
    counter.office.pipe.connect()
    assert (await waiting)["state"] == "sending"
    # what differs already is answered at once, and so is who does not want to wait
    for query in ("after=spooled&wait_s=20", "after=sending", "after=sending&wait_s=0", "after=sending&wait_s=-1"):
        assert (await counter.station.ask("GET", f"/v1/parcels/{parcel.id}?{query}"))["state"] == "sending"
    counter.office.tell(a_receipt(parcel.id, stage=Stage.ACCEPTED, digest=parcel.digest))
    wiped = await counter.station.ask("GET", f"/v1/parcels/{parcel.id}?after=sending&wait_s=20")
    assert wiped["state"] in {"accepted", "wiping", "wiped"}


async def test_a_waiting_time_is_a_number(counter: Counter) -> None:
    parcel = await counter.office.courier.at_desk(counter.office.premises.spooled)
    for wait_s in ("soon", "1e", ""):
        assert await counter.refusal("GET", f"/v1/parcels/{parcel.id}?wait_s={wait_s}") == "request-unreadable"


ODD_IDS = [
    b"x",
    b"..",
    b"%2e%2e",
    b"0" * 25,
    b"0" * 27,
    b"0" * 26 + b"%0A",
    b"%00",
    b"A" * 26,
    b"..%2Fkeys",
    b"8" + b"0" * 25,
    b"%F0%9F%94%91",
    b"a" * 5000,
]


async def test_what_is_no_id_never_becomes_a_file_name(counter: Counter) -> None:
    before = sorted(counter.office.premises.root.rglob("*"))
    async with httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(uds=str(counter.path))) as client:
        for odd in ODD_IDS:
            for method, path in (
                ("DELETE", odd),
                ("GET", odd),
                ("POST", odd + b"/delivered"),
                ("POST", odd + b"/retry"),
            ):
                # as it is, not as a client tidies it
                url = httpx.URL(scheme="http", host="courier", raw_path=b"/v1/parcels/" + path)
                answer = await client.request(method, url)
                answered = (answer.status_code, answer.json()["code"])
                assert answered in {(409, "id-unreadable"), (404, "address-unknown")}, (method, odd)
    assert sorted(counter.office.premises.root.rglob("*")) == before


BAD_RESERVATIONS: list[dict[str, object]] = [
    {},
    {"parcel": "x", "kind": KIND},
    {"parcel": "0" * 26, "kind": "luggage"},
    {"parcel": "0" * 26, "kind": KIND, "more": 1},
    {"parcel": "0" * 26 + "\n", "kind": KIND},
]


async def test_a_reservation_that_is_none_is_refused(counter: Counter) -> None:
    for body in BAD_RESERVATIONS:
        assert await counter.refusal("POST", "/v1/parcels", body=body) == "request-unreadable", body
    assert counter.office.premises.store.reservations() == {}


async def test_a_question_is_answered_or_not_in_time(counter: Counter) -> None:
    counter.office.pipe.connect()
    question = new_id()
    body: dict[str, object] = {"id": question, "sealed": b64encode(b"?").decode()}
    assert await counter.refusal("POST", "/v1/questions", body=body) == "migris-silent"
    asking = asyncio.get_running_loop().create_task(counter.station.ask("POST", "/v1/questions", body=body))
    while not asking.done():
        counter.office.pipe.say(DOWN.answer(question), b"!")
        await asyncio.wait({asking}, timeout=0.01)
    assert b64decode(str((await asking)["answer"])) == b"!"
    assert {payload for _, payload in counter.office.pipe.asked} == {b"?"}
    ledger = counter.office.premises.store.verify_ledger()
    assert ledger.number == 2


async def test_a_question_that_no_packet_can_carry_is_refused(counter: Counter) -> None:
    counter.office.pipe.connect()
    for sealed in ("not base64!", "====", b64encode(bytes(CHUNK_BYTES + 3)).decode()):
        body: dict[str, object] = {"id": "0" * 26, "sealed": sealed}
        assert await counter.refusal("POST", "/v1/questions", body=body) == "request-unreadable"
    assert counter.office.pipe.asked == []


async def test_a_request_beyond_the_limit_is_refused(counter: Counter) -> None:
    body: dict[str, object] = {"id": "0" * 26, "sealed": "A" * BODY_BYTES_MAX}
    assert await counter.refusal("POST", "/v1/questions", body=body) == "request-too-large"


async def test_an_address_that_is_none_is_refused(counter: Counter) -> None:
    assert await counter.refusal("GET", "/v1/parcels") == "address-unknown"
    assert await counter.refusal("GET", "/v2/health") == "address-unknown"


async def test_what_is_there_and_cannot_be_taken_in_now_is_an_error_and_not_nothing(counter: Counter) -> None:
    parcel = new_id()
    first = await counter.station.ask("POST", "/v1/parcels", body={"parcel": parcel, "kind": KIND})
    sealed = await counter.deliver(parcel, key=b64decode(str(first["wrap_key"])))
    kept = counter.office.premises.root / "spool" / "kept"
    away = kept.rename(kept.with_name("away"))
    for method, path in (("POST", "/delivered"), ("DELETE", "")):
        with pytest.raises(PeerFailed, match="could not be taken in yet"):
            await counter.station.ask(method, f"/v1/parcels/{parcel}{path}")
    away.rename(kept)
    delivered = await counter.station.ask("POST", f"/v1/parcels/{parcel}/delivered")
    assert delivered == {"digest": sealed.digest, "size": len(sealed)}


async def test_a_technician_sends_a_quarantined_parcel_on_its_way_again(counter: Counter) -> None:
    office = counter.office
    parcel = await office.courier.at_desk(office.premises.spooled)
    retry = f"/v1/parcels/{parcel.id}/retry"
    assert await counter.refusal("POST", retry) == "parcel-not-quarantined"
    assert await counter.refusal("POST", f"/v1/parcels/{new_id()}/retry") == "parcel-unknown"
    await office.courier.at_desk(lambda: office.premises.hear(parcel, Stage.CONFLICT))
    assert (await counter.station.ask("GET", f"/v1/parcels/{parcel.id}"))["trouble"] == "conflict"
    office.pipe.connect()
    event, _ = await office.pipe.published()
    assert "/up/event/" in event
    history = await counter.station.ask("POST", retry)
    assert (history["state"], history["trouble"]) == ("sending", None)
    assert (await office.pipe.published())[0] == UP.bill(parcel.id)


async def test_a_head_of_the_station_is_sent_and_its_receipt_is_found_again(tmp_path: Path) -> None:
    premises, event, signed = Premises(tmp_path), new_id(), b"signed by the seal key"
    async with Office(premises) as office, Counter(office, tmp_path) as counter:
        assert await counter.station.ask("GET", "/v1/heads/station") == {"signed": None, "receipt": None}
        body: dict[str, object] = {"id": event, "signed": b64encode(signed).decode(), "head_number": 7}
        for _ in range(2):
            assert await counter.station.ask("POST", "/v1/events", body=body) == {"event": event}
        office.pipe.connect()
        assert await office.pipe.published() == (UP.event(event), signed)
        assert await counter.station.ask("GET", "/v1/heads/station") == {"signed": None, "receipt": None}
        receipt = event_receipt(event, digest=digest_of(signed))
        office.tell(receipt)
        await office.settled()
        found = await counter.station.ask("GET", "/v1/heads/station")
        assert b64decode(str(found["signed"])) == signed
        assert read_signed(b64decode(str(found["receipt"])), Receipt, pinned=premises.pinned) == receipt
        assert premises.store.open_events() == []
    premises.close()


@pytest.mark.parametrize(
    "change",
    [{"id": "no"}, {"signed": "*"}, {"head_number": 0}, {"head_number": "x"}, {"further": 1}],
    ids=lambda change: next(iter(change)),
)
async def test_an_event_that_is_none_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    premises = Premises(tmp_path)
    async with Office(premises) as office, Counter(office, tmp_path) as counter:
        body: dict[str, object] = {"id": new_id(), "signed": "AA==", "head_number": None, **change}
        assert await counter.refusal("POST", "/v1/events", body=body) == "request-unreadable"
        assert premises.store.open_events() == []
    premises.close()
