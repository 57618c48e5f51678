"""The desk with the real vault: places for parcels, deliveries, and what is due."""

import os
from pathlib import Path

import pytest

from agent.courier.machine import ParcelState
from agent.errors import Refused
from agent.wire import CHUNK_BYTES, Bill, Need, Stage, read_signed
from tests.agent.courier.premises import KIND, LINK_KEY, OTHER_DIGEST, Premises, a_receipt, new_id
from vault.envelope import Pinned, Sealed, new_wrap_key, wrap
from vault.labels import ParcelId
from vault.spool import deliver

S = ParcelState


def numbers(premises: Premises, parcel: ParcelId, need: Need) -> list[str]:
    return [message.topic.rsplit("/", 1)[1] for message in premises.desk.hear_need(parcel, need)]


def test_reserving_again_gives_the_same_key(premises: Premises) -> None:
    parcel = new_id()
    key = premises.desk.reserve(parcel, kind=KIND)
    assert premises.desk.reserve(parcel, kind=KIND) == key
    again = premises.reopened()
    assert again.desk.reserve(parcel, kind=KIND) == key
    again.close()


def test_a_reservation_that_was_cut_before_its_key_gets_one(premises: Premises) -> None:
    parcel = new_id()
    premises.store.reserve(parcel, kind=KIND, at=premises.clock.now())
    assert premises.desk.reserve(parcel, kind=KIND) == premises.keys.read(parcel)


def test_a_full_disk_refuses_new_places_and_keeps_the_promised(tmp_path: Path) -> None:
    roomy = Premises(tmp_path)
    promised = roomy.reserved()
    key = roomy.keys.read(promised)
    roomy.close()
    full = Premises(tmp_path, free_bytes_min=2**62)
    assert full.desk.reserve(promised, kind=KIND) == key
    parcel = new_id()
    with pytest.raises(Refused) as refused:
        full.desk.reserve(parcel, kind=KIND)
    assert refused.value.reason == "disk-full"
    assert parcel not in full.store.reservations()
    assert full.on_disk(parcel) == []
    full.close()


def test_a_parcel_is_taken_in_whole(premises: Premises) -> None:
    parcel = premises.reserved()
    sealed = premises.deliver(b"sealed bytes", parcel=parcel)
    premises.desk.take_in()
    taken = premises.parcel(parcel)
    assert (taken.digest, taken.size, taken.state, taken.kind) == (sealed.digest, len(sealed), S.SPOOLED, KIND)
    assert premises.store.reservations() == {}
    assert premises.spool.arrivals() == []


def test_a_cut_between_the_move_and_the_commit_is_mended(premises: Premises) -> None:
    parcel = premises.reserved()
    sealed = premises.deliver(parcel=parcel)
    assert premises.spool.take_in(parcel)
    again = premises.reopened()
    again.desk.resume()
    assert again.parcel(parcel).digest == sealed.digest
    again.close()


def test_a_delivered_parcel_can_neither_be_reserved_nor_released(premises: Premises) -> None:
    parcel = premises.reserved()
    premises.deliver(parcel=parcel)
    with pytest.raises(Refused, match="receipt only"):
        premises.desk.release(parcel)
    with pytest.raises(Refused, match="delivered already"):
        premises.desk.reserve(parcel, kind=KIND)
    assert premises.parcel(parcel).state is S.SPOOLED
    assert len(premises.on_disk(parcel)) == 2


def test_a_release_leaves_nothing_and_may_be_repeated(premises: Premises) -> None:
    parcel = premises.reserved()
    assert premises.on_disk(parcel) != []
    for _ in range(2):
        premises.desk.release(parcel)
    assert premises.on_disk(parcel) == []
    assert premises.store.reservations() == {}
    premises.desk.release(new_id())


def test_foreign_deliveries_block_nobody_and_are_left_alone(premises: Premises) -> None:
    torn, unreserved, empty, pipe = (premises.reserved(), new_id(), premises.reserved(), premises.reserved())
    incoming = premises.spool.incoming
    deliver(incoming, torn, wrapped=b"SMILIUS1" + bytes(60))
    deliver(incoming, unreserved, wrapped=wrap(Sealed(b"x"), key=new_wrap_key(), parcel=unreserved))
    premises.deliver(b"", parcel=empty)
    os.mkfifo(incoming / f"{pipe}.parcel")
    (incoming / "notes.parcel").write_text("whatever")
    good = premises.spooled()
    assert [parcel.id for parcel in premises.store.parcels()] == [good.id]
    for parcel in (torn, empty, pipe):
        with pytest.raises(Refused, match="a person must look"):
            premises.desk.release(parcel)
        assert f"{parcel}.key" in premises.on_disk(parcel)
    assert premises.on_disk(unreserved) == [f"{unreserved}.parcel"]


def test_an_unreadable_delivery_is_looked_at_again_by_the_next_life(premises: Premises) -> None:
    parcel = premises.reserved()
    key = premises.keys.read(parcel)
    premises.deliver(parcel=parcel)
    path = premises.root / "keys" / f"{parcel}.key"
    path.write_bytes(b"")
    premises.desk.take_in()
    assert premises.store.parcel(parcel) is None
    path.write_bytes(key)
    again = premises.reopened()
    again.desk.resume()
    assert again.parcel(parcel).state is S.SPOOLED
    again.close()


def test_a_second_delivery_of_a_parcel_changes_nothing(premises: Premises) -> None:
    parcel = premises.reserved()
    key = premises.keys.read(parcel)
    premises.deliver(b"the first", parcel=parcel)
    premises.desk.take_in()
    first = premises.parcel(parcel)
    deliver(premises.spool.incoming, parcel, wrapped=wrap(Sealed(b"the second"), key=key, parcel=parcel))
    premises.desk.take_in()
    assert premises.parcel(parcel) == first
    premises.hear(first, Stage.ACCEPTED)
    assert premises.on_disk(parcel) == []


def test_a_cut_off_delivery_is_swept_away_by_a_start(premises: Premises) -> None:
    parcel = premises.reserved()
    (premises.spool.incoming / f"{parcel}.parcel.writing").write_bytes(b"half of i")
    assert premises.desk.resume() == []
    assert premises.on_disk(parcel) == [f"{parcel}.key"]


def test_what_is_due_is_billed_and_then_asked_after(premises: Premises) -> None:
    parcel = premises.spooled()
    assert premises.desk.unsettled() == [parcel.id]
    for _ in range(2):
        (outgoing,) = premises.desk.due(parcel.id)
        bill = read_signed(outgoing.payload, Bill, pinned=Pinned([LINK_KEY.public]))
        assert (bill.parcel, bill.digest) == (parcel.id, parcel.digest)
        assert premises.parcel(parcel.id).state is S.SENDING
    premises.hear(parcel, Stage.STORED)
    assert len(premises.desk.due(parcel.id)) == 1
    assert premises.parcel(parcel.id).state is S.STORED
    assert premises.desk.unsettled() == [parcel.id]


def test_what_is_settled_is_not_due_any_more(premises: Premises) -> None:
    parcel = premises.spooled()
    premises.hear(parcel, Stage.CONFLICT)
    # all that is left to say is that it waits for a person
    assert premises.desk.unsettled() == premises.store.open_events()
    assert premises.desk.due(parcel.id) == []
    assert premises.desk.due(new_id()) == []


def test_a_need_brings_the_chunks_that_it_names(premises: Premises) -> None:
    content = os.urandom(2 * CHUNK_BYTES + 1)
    parcel = premises.spooled(content)
    chunks = premises.desk.hear_need(parcel.id, Need(digest=parcel.digest, missing=(0, 1, 2)))
    assert b"".join(chunk.payload for chunk in chunks) == content
    assert numbers(premises, parcel.id, Need(digest=parcel.digest, missing=(2,))) == ["2"]
    assert numbers(premises, parcel.id, Need(digest=parcel.digest, missing=(9,))) == []
    assert numbers(premises, parcel.id, Need(digest=parcel.digest, missing=())) == []


def test_a_need_of_other_content_or_of_nothing_here_brings_nothing(premises: Premises) -> None:
    parcel = premises.spooled()
    assert numbers(premises, parcel.id, Need(digest=OTHER_DIGEST, missing=(0,))) == []
    assert premises.parcel(parcel.id).state is S.SPOOLED
    assert numbers(premises, new_id(), Need(digest=parcel.digest, missing=(0,))) == []


def test_a_need_that_comes_late_brings_nothing(premises: Premises) -> None:
    parcel = premises.spooled()
    premises.hear(parcel, Stage.ACCEPTED)
    assert numbers(premises, parcel.id, Need(digest=parcel.digest, missing=(0,))) == []


@pytest.mark.parametrize("stored", [False, True])
def test_a_parcel_that_rotted_on_the_disk_waits_for_a_person(premises: Premises, stored: bool) -> None:
    parcel, healthy = premises.spooled(), premises.spooled()
    if stored:
        premises.hear(parcel, Stage.STORED)
    path = premises.root / "spool" / "kept" / f"{parcel.id}.parcel"
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert numbers(premises, parcel.id, Need(digest=parcel.digest, missing=(0,))) == []
    looked_at = premises.parcel(parcel.id)
    assert (looked_at.state, looked_at.trouble) == (S.QUARANTINED, "spool-damaged")
    assert premises.desk.unsettled() == [healthy.id, *premises.store.open_events()]
    assert numbers(premises, healthy.id, Need(digest=healthy.digest, missing=(0,))) == ["0"]


def test_a_question_ends_with_a_line_that_says_how(premises: Premises) -> None:
    for answered in (True, False):
        premises.desk.note_question(new_id(), answered=answered)
    assert premises.store.verify_ledger().number == 2


def test_a_receipt_for_what_is_not_here_is_no_trouble(premises: Premises) -> None:
    receipt = a_receipt(new_id(), stage=Stage.ACCEPTED, digest=OTHER_DIGEST)
    assert premises.desk.hear_receipt(receipt, b"signed") == []
    assert premises.store.parcels() == []
