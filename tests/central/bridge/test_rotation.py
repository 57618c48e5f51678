"""central/bridge/rotation.py and keyring.py: rotated, told to stations, destroyed when it is not needed."""

import json
from datetime import datetime, timedelta

import pytest

from agent.wire import KeyringHeld, Receipt, Stage, WireError, read_signed, sign_document
from agent.wire.keyring import read_handover
from central.bridge.frames import Delivered
from central.bridge.keyring import Keyrings
from central.bridge.message import Reply
from central.bridge.rotation import Loss, Plan, listed, retire, rotate
from central.errors import KeyNeeded, KeyUnknown
from central.paths import Paths
from central.pki.set_up import enrol
from tests.central.bridge.counter import Counter
from tests.central.bridge.workshop import Workshop
from tests.central.headquarters import Station, enrolled, request
from tests.central.parcels import AT, arrived, new_id, visited
from vault.envelope import KeyMissing, KeyOutOfTime, Pinned, SigningKey, VerifyingKey

DAY = timedelta(days=1)
PLAN = Plan()
LOSS = Loss(reason="the yearly change")


def state(headquarters: Paths, kid: str, *, at: datetime = AT) -> dict[str, object]:
    (found,) = (line for line in map(json.loads, listed(headquarters, at=at)) if line["key"] == kid)
    return dict(found)


def say(counter: Counter, station: Station, number: int, *needed: str) -> None:
    """The station's word on its keyring."""
    held = KeyringHeld(
        tenant=station.tenant, station=station.name, number=number, digest="a" * 64, needed=needed, time=AT
    )
    counter.take(arrived(station.topics.event(new_id()), sign_document(held, station.link)))


def keyrings(headquarters: Paths, counter: Counter) -> Keyrings:
    return Keyrings(counter.keys, counter.registry, clock=counter.clock)


def numbers(headquarters: Paths, replies: list[Reply], *, receipts: Pinned) -> list[int]:
    authority = Pinned([VerifyingKey.from_certificate(headquarters.certificate("ca").read_text())])
    return [read_handover(one.payload, authority=authority, receipts=receipts)[0].number for one in replies]


def test_stations_are_told_until_they_confirm(headquarters: Paths, counter: Counter) -> None:
    first, second = enrolled(headquarters), enrolled(headquarters, "vilnius-2")
    told = keyrings(headquarters, counter)
    assert told.open() == told.for_whom_speaks([visited(first).billed()]) == []
    rotate(headquarters, "receipt", plan=PLAN, at=AT)
    rotate(headquarters, "recipient", plan=PLAN, at=AT)
    pinned = counter.keys.pinned()
    # who has never said anything gets the newest in the present key's words too
    assert numbers(headquarters, told.open(), receipts=pinned) == [1, 2, 2, 1, 2, 2]
    say(counter, first, 1)
    say(counter, second, 2)
    (reply,) = told.open()
    assert reply.topic.startswith("smilius/1/lt/vilnius-1/dn/keyring/")
    parcel = visited(second)
    assert told.for_whom_speaks(parcel.whole()) == []
    assert numbers(headquarters, told.for_whom_speaks([visited(first).billed()]), receipts=pinned) == [2]
    # chunks come by the dozen: nobody is told with each
    assert told.for_whom_speaks([visited(first).chunk(0)]) == []


def test_a_receipt_key_begins_after_stations_were_told_and_the_old_ones_receipts_stay(
    headquarters: Paths, counter: Counter
) -> None:
    station = enrolled(headquarters)
    old = counter.key.kid
    new = rotate(headquarters, "receipt", plan=PLAN, at=AT)
    signers = []
    for days in (0, 2):
        counter.clock.at = AT + days * DAY
        (reply,) = (one for one in counter.take(*visited(station).whole()) if "/receipt/" in one.topic)
        signers.append(read_signed(reply.payload, Receipt, pinned=counter.keys.pinned()).key)
    assert signers == [old, new]
    assert (state(headquarters, old)["not_after"], state(headquarters, new)["state"]) == (
        "2026-12-23T08:00:00.000Z",
        "begins",
    )
    assert [line["kind"] for line in counter.lines()].count("key-rotated") == 1


def test_a_receipt_key_that_signs_still_is_not_retired_and_a_retired_one_signs_no_more(
    headquarters: Paths, counter: Counter
) -> None:
    old = counter.key.kid
    signed = sign_document(a_receipt(old, at=AT), counter.key)
    new = rotate(headquarters, "receipt", plan=PLAN, at=AT)
    with pytest.raises(KeyNeeded, match="signs still"):
        retire(headquarters, old, loss=LOSS, at=AT)
    with pytest.raises(KeyNeeded, match="newest"):
        retire(headquarters, new, loss=LOSS, at=AT + 2 * DAY)
    retire(headquarters, old, loss=LOSS, at=AT + 2 * DAY)
    shown = state(headquarters, old, at=AT + 3 * DAY)
    assert (shown["state"], shown["private_half"], shown["not_after"]) == ("ended", False, "2026-11-24T08:00:00.000Z")
    assert not headquarters.key("receipt").exists()
    assert counter.keys.signer(AT + 3 * DAY).kid == new
    with pytest.raises(KeyMissing):
        counter.keys.signer(AT)
    # what it signed in its time stays believed
    assert read_signed(signed, Receipt, pinned=counter.keys.pinned()).key == old


def a_receipt(key: str, *, at: datetime) -> Receipt:
    return Receipt(
        tenant="lt",
        station="vilnius-1",
        parcel=new_id(),
        kind="enrolment",
        digest="a" * 64,
        size=1,
        stage=Stage.ACCEPTED,
        cause=None,
        reference=None,
        index=1,
        previous="0" * 64,
        time=at,
        key=key,
    )


def test_headquarters_without_a_receipt_key_in_its_time_signs_nothing(headquarters: Paths, counter: Counter) -> None:
    station = enrolled(headquarters)
    rotate(headquarters, "receipt", plan=Plan(life=DAY, overlap=DAY, lead=timedelta()), at=AT)
    counter.clock.at = AT + 2 * DAY
    with pytest.raises(KeyOutOfTime):
        counter.take(*visited(station).whole())
    # and nothing of the batch was taken: the station sends it again
    assert counter.kinds() == ["key-rotated"]


def test_a_sealing_key_is_needed_while_a_station_may_have_something_for_it(
    headquarters: Paths, counter: Counter
) -> None:
    station, silent = enrolled(headquarters), enrolled(headquarters, "vilnius-2")
    old = counter.keys.recipients()[0].key.kid
    rotate(headquarters, "recipient", plan=PLAN, at=AT)
    for needed, who in (((old,), "lt/vilnius-1, lt/vilnius-2"), ((), "lt/vilnius-2")):
        say(counter, station, 1, *needed)
        with pytest.raises(KeyNeeded, match=f"for it: {who}\\.") as refused:
            retire(headquarters, old, loss=LOSS, at=AT)
        assert refused.value.code == "key-needed"
        assert state(headquarters, old)["needed_by"] == who.split(", ")
    assert headquarters.key("recipient").exists()
    say(counter, silent, 1)
    retire(headquarters, old, loss=LOSS, at=AT)
    assert not headquarters.key("recipient").exists()
    assert counter.kinds()[-1] == "key-retired"
    with pytest.raises(KeyUnknown):
        retire(headquarters, old, loss=LOSS, at=AT)


def test_a_station_that_never_reports_again_is_given_up_by_name(headquarters: Paths, counter: Counter) -> None:
    enrolled(headquarters)
    old = counter.keys.recipients()[0].key.kid
    rotate(headquarters, "recipient", plan=PLAN, at=AT)
    loss = Loss(reason="burnt down", stations=frozenset({("lt", "vilnius-1")}))
    retire(headquarters, old, loss=loss, at=AT)
    line = counter.lines()[-1]
    assert (line["given_up"], line["reason"], line["key"]) == ("lt/vilnius-1", "burnt down", old)


def test_a_sealing_key_is_needed_while_a_sealed_copy_is_here(headquarters: Paths, counter: Counter) -> None:
    station = enrolled(headquarters)
    subject = counter.store(visited(station))
    old = counter.keys.recipients()[0].key.kid
    rotate(headquarters, "recipient", plan=PLAN, at=AT)
    say(counter, station, 1)
    with pytest.raises(KeyNeeded, match="1 sealed copies here"):
        retire(headquarters, old, loss=LOSS, at=AT)
    counter.decide(subject, Delivered(number=1, result="accepted", reference="MIG-1"))
    retire(headquarters, old, loss=LOSS, at=AT)


def test_a_retirement_that_was_cut_off_is_finished(headquarters: Paths, counter: Counter) -> None:
    old = counter.keys.recipients()[0].key.kid
    rotate(headquarters, "recipient", plan=PLAN, at=AT)
    content = headquarters.key("recipient").read_text()
    retire(headquarters, old, loss=LOSS, at=AT)
    # as if the power had gone before the file did
    headquarters.key("recipient").write_text(content)
    retire(headquarters, old, loss=LOSS, at=AT)
    assert not headquarters.key("recipient").exists()
    assert counter.kinds() == ["key-rotated", "key-retired"]
    newest = counter.keys.newest()
    assert newest is not None
    assert newest.number == 2


def test_only_so_many_former_keys_wait(headquarters: Paths, counter: Counter) -> None:
    for _ in range(7):
        rotate(headquarters, "recipient", plan=PLAN, at=AT)
    with pytest.raises(KeyNeeded, match="retire former ones first"):
        rotate(headquarters, "recipient", plan=PLAN, at=AT)
    assert len(counter.keys.recipients()) == 8


async def test_what_was_sealed_for_the_former_key_opens_until_that_is_retired(
    headquarters: Paths, counter: Counter, workshop: Workshop
) -> None:
    station = enrolled(headquarters)
    old, lost = visited(station), visited(station)
    rotate(headquarters, "recipient", plan=PLAN, at=AT)
    new = visited(enrolled(headquarters, "vilnius-2"))
    # one opener through all of it: keys are read when they are used
    assert [(await workshop.deliver(parcel)).result for parcel in (old, new)] == ["accepted", "accepted"]
    places = frozenset({("lt", "vilnius-1"), ("lt", "vilnius-2")})
    kid = counter.keys.recipients()[0].key.kid
    retire(headquarters, kid, loss=Loss(reason="given up", stations=places), at=AT)
    assert (await workshop.deliver(lost)).result == "unreadable"
    assert (await workshop.deliver(visited(enrolled(headquarters, "vilnius-3")))).result == "accepted"


def test_the_bridge_tells_stations_without_the_sealing_keys_private_half(headquarters: Paths, counter: Counter) -> None:
    enrolled(headquarters)
    headquarters.key("recipient").rename(headquarters.root / "away")
    told = keyrings(headquarters, counter)
    assert told.open() == []
    (headquarters.root / "away").rename(headquarters.key("recipient"))
    rotate(headquarters, "recipient", plan=PLAN, at=AT)
    for path in headquarters.pki.glob("recipient*.key"):
        path.unlink()
    assert len(told.open()) == 2


def test_the_end_of_a_key_in_use_is_said_once_before_it_comes(
    headquarters: Paths, counter: Counter, caplog: pytest.LogCaptureFixture
) -> None:
    told = keyrings(headquarters, counter)
    kid = rotate(headquarters, "recipient", plan=Plan(life=60 * DAY), at=AT)
    for days in (29, 30, 31):
        counter.clock.at = AT + days * DAY
        told.open()
    said = [one.getMessage() for one in caplog.records if "own keys" in one.getMessage()]
    assert said == [
        "the time of headquarters' own keys is out: "
        f"the recipient key {kid} ends 2027-01-21: run `smilius-central key rotate`"
    ]


def test_a_station_that_was_enrolled_after_a_change_believes_the_keyring_too(
    headquarters: Paths, counter: Counter
) -> None:
    rotate(headquarters, "receipt", plan=Plan(lead=timedelta()), at=AT)
    counter.clock.at = AT + 40 * DAY
    answer = enrol(
        headquarters, request(SigningKey.generate(), SigningKey.generate(), name="vilnius-9"), now=counter.clock.at
    )
    # the old key, with which the keyring was first handed over, has ended: the answer does not name it
    (pem,) = answer.receipt_public
    pinned, believed = Pinned([VerifyingKey.from_pem(pem)]), 0
    authority = Pinned([VerifyingKey.from_certificate(answer.broker_ca)])
    for reply in keyrings(headquarters, counter).open():
        try:
            read_handover(reply.payload, authority=authority, receipts=pinned)
        except WireError:
            continue
        believed += 1
    assert believed == 1
