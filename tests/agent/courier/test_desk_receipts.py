"""What receipts do, and that whatever dies in between, the next life ends in the same state."""

from collections.abc import Callable

import pytest

from agent.courier.machine import ParcelEvent, ParcelState
from agent.courier.record import Parcel
from agent.wire import Stage
from tests.agent.courier.premises import OTHER_DIGEST, Premises, event_receipt, new_id
from vault.envelope import digest_of

E, S = ParcelEvent, ParcelState
EVENTS_OF_A_WIPE = 2


@pytest.mark.parametrize("stage", [Stage.ACCEPTED, Stage.REJECTED])
def test_a_final_receipt_wipes_and_proves_it(premises: Premises, stage: Stage) -> None:
    parcel, other = premises.spooled(), premises.spooled()
    signed = premises.hear(parcel, stage)
    history = premises.desk.history(parcel.id)
    assert history is not None
    assert history.parcel.state is S.WIPED
    assert history.receipts == {stage: signed}
    assert history.tombstone is not None
    assert premises.on_disk(parcel.id) == []
    assert len(premises.store.open_events()) == EVENTS_OF_A_WIPE
    premises.store.verify_ledger()
    assert premises.parcel(other.id) == other
    assert len(premises.on_disk(other.id)) == 2


def test_a_stored_receipt_wipes_nothing(premises: Premises) -> None:
    parcel = premises.spooled()
    premises.hear(parcel, Stage.STORED)
    assert premises.parcel(parcel.id).state is S.STORED
    assert len(premises.on_disk(parcel.id)) == 2


@pytest.mark.parametrize("stage", [Stage.ACCEPTED, Stage.REJECTED])
def test_a_receipt_over_other_content_touches_nothing(premises: Premises, stage: Stage) -> None:
    parcel = premises.spooled()
    before = premises.on_disk(parcel.id)
    premises.hear(parcel, stage, digest=OTHER_DIGEST)
    looked_at = premises.parcel(parcel.id)
    assert (looked_at.state, looked_at.trouble) == (S.QUARANTINED, "wipe-digest")
    assert premises.on_disk(parcel.id) == before
    # not even the right one moves it now: a person must look
    premises.hear(parcel, stage)
    assert premises.parcel(parcel.id).state is S.QUARANTINED
    assert premises.on_disk(parcel.id) == before


@pytest.mark.parametrize(("stage", "digest"), [(Stage.CONFLICT, None), (Stage.STORED, OTHER_DIGEST)])
def test_other_content_at_central_is_a_conflict(premises: Premises, stage: Stage, digest: None) -> None:
    parcel = premises.spooled()
    signed = premises.hear(parcel, stage, digest=digest)
    history = premises.desk.history(parcel.id)
    assert history is not None
    assert (history.parcel.state, history.parcel.trouble) == (S.QUARANTINED, "conflict")
    assert history.receipts == {stage: signed}
    assert len(premises.on_disk(parcel.id)) == 2
    lines = premises.store.verify_ledger().number
    premises.hear(parcel, stage, digest=digest)
    assert premises.store.verify_ledger().number == lines


def test_a_late_conflict_is_no_trouble_of_a_wiped_parcel(premises: Premises) -> None:
    parcel = premises.spooled()
    premises.hear(parcel, Stage.ACCEPTED)
    premises.hear(parcel, Stage.CONFLICT)
    looked_at = premises.parcel(parcel.id)
    assert (looked_at.state, looked_at.trouble) == (S.WIPED, None)


@pytest.mark.parametrize("place", [{"tenant": "lv"}, {"station": "kaunas-1"}])
@pytest.mark.parametrize("stage", Stage)
def test_a_receipt_for_another_station_moves_nothing(premises: Premises, place: dict[str, str], stage: Stage) -> None:
    parcel = premises.spooled()
    receipt, signed = premises.signed(parcel, stage)
    premises.desk.hear_receipt(receipt.model_copy(update=place), signed)
    assert premises.parcel(parcel.id) == parcel
    history = premises.desk.history(parcel.id)
    assert history is not None
    assert history.receipts == {}


def test_receipts_may_come_twice_and_in_any_order(premises: Premises) -> None:
    parcel = premises.spooled()
    for stage in (Stage.STORED, Stage.STORED, Stage.ACCEPTED, Stage.STORED, Stage.ACCEPTED, Stage.REJECTED):
        premises.hear(parcel, stage)
    assert premises.parcel(parcel.id).state is S.WIPED
    assert len(premises.store.open_events()) == EVENTS_OF_A_WIPE


def test_an_event_is_settled_by_a_receipt_over_its_content_only(premises: Premises) -> None:
    event = new_id()
    premises.store.add_event(event, signed=b"signed event", at=premises.clock.now())
    for receipt in (
        event_receipt(event, digest=OTHER_DIGEST),
        event_receipt(event, digest=digest_of(b"signed event"), station="kaunas-1"),
        event_receipt(event, digest=digest_of(b"signed event"), stage=Stage.CONFLICT),
        event_receipt(event, digest=digest_of(b"signed event"), stage=Stage.CONFLICT),
    ):
        assert premises.desk.hear_receipt(receipt, b"signed") == []
        assert premises.desk.unsettled() == [event]
    (outgoing,) = premises.desk.due(event)
    assert outgoing.payload == b"signed event"
    premises.desk.hear_receipt(event_receipt(event, digest=digest_of(b"signed event")), b"signed")
    assert premises.desk.unsettled() == []
    assert premises.desk.due(event) == []


def _stored(premises: Premises, parcel: Parcel, *, event: ParcelEvent, stage: Stage) -> None:
    _, signed = premises.signed(parcel, stage)
    premises.store.apply(parcel.id, event, at=premises.clock.now(), receipt=(stage, signed))


def _accepted(premises: Premises, parcel: Parcel) -> None:
    _stored(premises, parcel, event=E.ACCEPTED_HEARD, stage=Stage.ACCEPTED)


def _rejected(premises: Premises, parcel: Parcel) -> None:
    _stored(premises, parcel, event=E.REJECTED_HEARD, stage=Stage.REJECTED)


def _wiping(premises: Premises, parcel: Parcel) -> None:
    _accepted(premises, parcel)
    premises.store.apply(parcel.id, E.GROUNDS_HELD, at=premises.clock.now())


def _key_gone(premises: Premises, parcel: Parcel) -> None:
    _wiping(premises, parcel)
    premises.keys.destroy(parcel.id)


def _key_overwritten(premises: Premises, parcel: Parcel) -> None:
    _wiping(premises, parcel)
    (premises.root / "keys" / f"{parcel.id}.key").write_bytes(bytes(32))


def _all_gone(premises: Premises, parcel: Parcel) -> None:
    _key_gone(premises, parcel)
    premises.spool.remove(parcel.id)


CUTS: list[Callable[[Premises, Parcel], None]] = [
    _accepted,
    _rejected,
    _wiping,
    _key_overwritten,
    _key_gone,
    _all_gone,
]


@pytest.mark.parametrize("cut", CUTS, ids=lambda cut: cut.__name__.strip("_"))
def test_a_cut_at_any_step_after_the_last_word_ends_wiped(
    premises: Premises, cut: Callable[[Premises, Parcel], None]
) -> None:
    parcel = premises.spooled()
    cut(premises, parcel)
    again = premises.reopened()
    assert again.desk.resume() == []
    history = again.desk.history(parcel.id)
    assert history is not None
    assert history.parcel.state is S.WIPED
    assert history.tombstone is not None
    assert again.on_disk(parcel.id) == []
    assert len(again.store.open_events()) == EVENTS_OF_A_WIPE
    again.store.verify_ledger()
    assert again.desk.resume() == []
    assert len(again.store.open_events()) == EVENTS_OF_A_WIPE
    again.close()


@pytest.mark.parametrize("words", [(), (Stage.STORED,)])
def test_a_cut_before_the_last_word_loses_nothing(premises: Premises, words: tuple[Stage, ...]) -> None:
    parcel = premises.spooled()
    premises.desk.due(parcel.id)
    for stage in words:
        premises.hear(parcel, stage)
    again = premises.reopened()
    assert again.desk.resume() == []
    assert again.desk.unsettled() == [parcel.id]
    again.hear(parcel, Stage.ACCEPTED)
    assert again.parcel(parcel.id).state is S.WIPED
    again.close()


def test_a_wipe_that_cannot_be_finished_keeps_no_other_parcel_waiting(premises: Premises) -> None:
    stuck, other = premises.spooled(), premises.spooled()
    _wiping(premises, stuck)
    _wiping(premises, other)
    kept = premises.root / "spool" / "kept" / f"{stuck.id}.parcel"
    kept.unlink()
    kept.mkdir()
    again = premises.reopened()
    again.desk.resume()
    assert (again.parcel(stuck.id).state, again.parcel(stuck.id).trouble) == (S.WIPING, "wipe-unverified")
    assert again.parcel(other.id).state is S.WIPED
    again.close()
