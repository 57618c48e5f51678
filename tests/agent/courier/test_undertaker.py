"""Grounds, wipes, tombstones; the desk's tests hold the way there."""

import pytest

from agent.courier.machine import ParcelEvent, ParcelState
from agent.wire import How, LedgerHead, Quarantine, Stage, Tombstone, read_event, sign_document
from tests.agent.courier.premises import (
    CENTRAL_KEY,
    FOREIGN_KEY,
    LINK_KEY,
    OTHER_DIGEST,
    STATION,
    TENANT,
    Premises,
    a_receipt,
)
from vault.envelope import Pinned, digest_of
from vault.errors import WipeUnverified

E = ParcelEvent


def test_a_receipt_for_another_place_does_not_concern_us(premises: Premises) -> None:
    ours = a_receipt(premises.reserved(), stage=Stage.STORED, digest=OTHER_DIGEST)
    assert premises.undertaker.concerns(ours)
    assert not premises.undertaker.concerns(ours.model_copy(update={"tenant": "lv"}))
    assert not premises.undertaker.concerns(ours.model_copy(update={"station": "kaunas-1"}))


@pytest.mark.parametrize(
    ("other", "trouble"),
    [
        ({}, None),
        ({"tenant": "lv"}, "wipe-place"),
        ({"station": "kaunas-1"}, "wipe-place"),
        ({"parcel": "01000000000000000000000000"}, "wipe-parcel"),
        ({"digest": OTHER_DIGEST}, "wipe-digest"),
        ({"stage": Stage.STORED}, "wipe-stage"),
        ({"stage": Stage.CONFLICT}, "wipe-stage"),
    ],
)
def test_every_condition_is_judged(premises: Premises, other: dict[str, object], trouble: str | None) -> None:
    parcel = premises.spooled()
    receipt = a_receipt(parcel.id, stage=Stage.ACCEPTED, digest=parcel.digest).model_copy(update=other)
    signed = sign_document(receipt, CENTRAL_KEY)
    premises.store.apply(parcel.id, E.ACCEPTED_HEARD, at=premises.clock.now(), receipt=(Stage.ACCEPTED, signed))
    before = premises.on_disk(parcel.id)
    assert premises.undertaker.judge(parcel) == trouble
    assert premises.on_disk(parcel.id) == before != []


def test_a_foreign_signature_is_no_ground(premises: Premises) -> None:
    parcel = premises.spooled()
    signed = sign_document(a_receipt(parcel.id, stage=Stage.ACCEPTED, digest=parcel.digest), FOREIGN_KEY)
    premises.store.apply(parcel.id, E.ACCEPTED_HEARD, at=premises.clock.now(), receipt=(Stage.ACCEPTED, signed))
    assert premises.undertaker.judge(parcel) == "wipe-signature"


def test_without_a_stored_receipt_there_is_no_ground(premises: Premises) -> None:
    assert premises.undertaker.judge(premises.spooled()) == "wipe-receipt"


def test_what_the_disk_does_not_have_is_no_ground(premises: Premises) -> None:
    parcel = premises.spooled()
    _, signed = premises.signed(parcel, Stage.ACCEPTED)
    premises.store.apply(parcel.id, E.ACCEPTED_HEARD, at=premises.clock.now(), receipt=(Stage.ACCEPTED, signed))
    premises.spool.remove(parcel.id)
    assert premises.undertaker.judge(parcel) == "wipe-disk"


@pytest.mark.parametrize("stage", [Stage.ACCEPTED, Stage.REJECTED])
def test_the_tombstone_names_the_receipt_that_moved_the_parcel(premises: Premises, stage: Stage) -> None:
    parcel = premises.spooled()
    _, ground = premises.signed(parcel, stage)
    event = {Stage.ACCEPTED: E.ACCEPTED_HEARD, Stage.REJECTED: E.REJECTED_HEARD}[stage]
    premises.store.apply(parcel.id, event, at=premises.clock.now(), receipt=(stage, ground))
    premises.store.apply(parcel.id, E.GROUNDS_HELD, at=premises.clock.now())
    # the other word comes while the wipe is in hand, over a digest that nobody has judged
    late = {Stage.ACCEPTED: Stage.REJECTED, Stage.REJECTED: Stage.ACCEPTED}[stage]
    _, unjudged = premises.signed(parcel, late, digest=OTHER_DIGEST)
    premises.store.apply(parcel.id, E.STORED_HEARD, at=premises.clock.now(), receipt=(late, unjudged))
    assert premises.undertaker.carry_out(premises.parcel(parcel.id)) is None
    history = premises.store.history(parcel.id)
    assert history is not None
    assert history.tombstone is not None
    tombstone = read_event(history.tombstone, pinned=Pinned([LINK_KEY.public]))
    assert isinstance(tombstone, Tombstone)
    assert (tombstone.stage, tombstone.receipt) == (stage.value, digest_of(ground))
    assert (tombstone.parcel, tombstone.digest, tombstone.kind) == (parcel.id, parcel.digest, parcel.kind)
    assert (tombstone.how, tombstone.authorised_by, tombstone.verified) == (How.WIPED, CENTRAL_KEY.kid, True)


def test_central_is_told_of_the_wipe_and_of_the_ledgers_head(premises: Premises) -> None:
    parcel = premises.spooled()
    premises.hear(parcel, Stage.ACCEPTED)
    events = [premises.store.open_event(name) for name in premises.store.open_events()]
    told = [read_event(signed, pinned=Pinned([LINK_KEY.public])) for signed in events if signed is not None]
    assert [type(item) for item in told] in ([Tombstone, LedgerHead], [LedgerHead, Tombstone])
    (head,) = [item for item in told if isinstance(item, LedgerHead)]
    assert (head.tenant, head.station, head.ledger) == (TENANT, STATION, "courier")
    assert (head.number, head.digest) == premises.store.verify_ledger()


def test_a_wipe_that_leaves_something_says_so_and_writes_no_tombstone(premises: Premises) -> None:
    parcel = premises.spooled()
    _, ground = premises.signed(parcel, Stage.ACCEPTED)
    premises.store.apply(parcel.id, E.ACCEPTED_HEARD, at=premises.clock.now(), receipt=(Stage.ACCEPTED, ground))
    premises.store.apply(parcel.id, E.GROUNDS_HELD, at=premises.clock.now())
    kept = premises.root / "spool" / "kept" / f"{parcel.id}.parcel"
    kept.unlink()
    # a folder cannot be unlinked, not even by root
    kept.mkdir()
    with pytest.raises(WipeUnverified):
        premises.undertaker.carry_out(premises.parcel(parcel.id))
    assert premises.parcel(parcel.id).state is ParcelState.WIPING
    assert premises.store.open_events() == []


def test_a_ground_that_is_no_longer_believed_stops_the_wipe_before_it_begins(premises: Premises) -> None:
    parcel = premises.spooled()
    signed = sign_document(a_receipt(parcel.id, stage=Stage.ACCEPTED, digest=parcel.digest), FOREIGN_KEY)
    premises.store.apply(parcel.id, E.ACCEPTED_HEARD, at=premises.clock.now(), receipt=(Stage.ACCEPTED, signed))
    premises.store.apply(parcel.id, E.GROUNDS_HELD, at=premises.clock.now())
    before = premises.on_disk(parcel.id)
    assert premises.undertaker.carry_out(premises.parcel(parcel.id)) == "wipe-signature"
    assert premises.on_disk(parcel.id) == before != []


def test_an_alarm_names_the_parcel_and_the_trouble_and_is_signed_by_the_station(premises: Premises) -> None:
    parcel = premises.spooled()
    one, two = (premises.undertaker.alarm(parcel, trouble="conflict") for _ in range(2))
    assert one.event != two.event
    told = read_event(one.signed, pinned=Pinned([LINK_KEY.public]))
    assert isinstance(told, Quarantine)
    assert (told.parcel, told.kind, told.digest, told.trouble) == (parcel.id, parcel.kind, parcel.digest, one.trouble)
