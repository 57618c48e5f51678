"""A disk that fails for a moment: it says nothing of a parcel, which stays where it is and is tried again."""

import errno
import logging
import os

import pytest

from agent.courier.machine import ParcelState
from agent.courier.record import Parcel
from agent.errors import Refused
from agent.wire import Need, Quarantine, Stage, read_event
from tests.agent.courier.premises import KIND, LINK_KEY, OTHER_DIGEST, Premises, new_id
from tests.vault.disk_calls import DiskFault
from vault.envelope import Pinned
from vault.errors import DiskFailed, WipeUnverified
from vault.labels import ParcelId

S = ParcelState
FULL, BROKEN, FILES = errno.ENOSPC, errno.EIO, errno.EMFILE


def alarms(premises: Premises) -> list[tuple[str, str]]:
    """Parcel and trouble of everything that central is to hear of and that waits for a person."""
    signed = [premises.store.open_event(event) for event in premises.store.open_events()]
    told = [read_event(event, pinned=Pinned([LINK_KEY.public])) for event in signed if event is not None]
    return [(event.parcel, event.trouble) for event in told if isinstance(event, Quarantine)]


def rotten(premises: Premises, parcel: Parcel) -> bytes:
    """The parcel's file is torn; what it was."""
    path = premises.root / "spool" / "kept" / f"{parcel.id}.parcel"
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    return whole


def mended(premises: Premises, parcel: Parcel, content: bytes) -> None:
    (premises.root / "spool" / "kept" / f"{parcel.id}.parcel").write_bytes(content)


@pytest.mark.parametrize(
    ("call", "number"), [(os.rename, FULL), (os.fsync, BROKEN), (os.open, FILES), (os.stat, BROKEN)]
)
def test_a_delivery_that_the_disk_does_not_take_in_now_is_taken_in_later(
    premises: Premises, call: object, number: int
) -> None:
    parcel = premises.reserved()
    sealed = premises.deliver(parcel=parcel)
    with DiskFault(call, number=number):  # type: ignore[arg-type]  # a parametrised callable
        premises.desk.take_in()
    assert premises.store.parcel(parcel) is None
    # nobody may believe that it is nowhere, and nothing of it is given back
    for asked in (premises.desk.delivered, premises.desk.release):
        with DiskFault(call, number=number), pytest.raises(DiskFailed):  # type: ignore[arg-type]  # as above
            asked(parcel)
    premises.desk.take_in()
    assert premises.parcel(parcel).digest == sealed.digest


def test_a_folder_that_cannot_be_listed_now_is_no_empty_one(premises: Premises) -> None:
    parcel = premises.reserved()
    sealed = premises.deliver(parcel=parcel)
    with DiskFault(os.listdir, number=FILES), pytest.raises(DiskFailed):
        premises.desk.delivered(parcel)
    taken = premises.desk.delivered(parcel)
    assert taken is not None
    assert taken.digest == sealed.digest
    assert premises.desk.delivered(new_id()) is None


def test_a_disk_that_stays_full_is_said_once_a_parcel(premises: Premises, caplog: pytest.LogCaptureFixture) -> None:
    parcels = [premises.reserved() for _ in range(2)]
    for parcel in parcels:
        premises.deliver(parcel=parcel)
    kept = premises.root / "spool" / "kept"
    away = kept.rename(kept.with_name("away"))
    for _ in range(5):
        premises.desk.take_in()
    assert [record.levelno for record in caplog.records] == [logging.ERROR] * 2
    away.rename(kept)
    premises.desk.take_in()
    assert {parcel.id for parcel in premises.store.parcels()} == set(parcels)


def test_a_release_that_the_disk_does_not_do_is_not_done(premises: Premises) -> None:
    parcel = premises.reserved()
    with DiskFault(os.unlink, number=BROKEN), pytest.raises(WipeUnverified):
        premises.desk.release(parcel)
    assert parcel in premises.store.reservations()
    premises.desk.release(parcel)
    assert (premises.on_disk(parcel), premises.store.reservations()) == ([], {})


def test_a_read_that_fails_now_keeps_a_parcel_on_its_way(premises: Premises) -> None:
    parcel = premises.spooled()
    need = Need(digest=parcel.digest, missing=(0,))
    with DiskFault(os.open, number=FILES):
        assert premises.desk.hear_need(parcel.id, need) == []
    assert (premises.parcel(parcel.id).state, premises.parcel(parcel.id).trouble) == (S.SENDING, None)
    assert premises.desk.unsettled() == [parcel.id]
    assert len(premises.desk.hear_need(parcel.id, need)) == 1


@pytest.mark.parametrize("stage", [Stage.ACCEPTED, Stage.REJECTED])
def test_a_judgement_that_cannot_read_now_is_made_later(premises: Premises, stage: Stage) -> None:
    parcel = premises.spooled()
    with DiskFault(os.open, number=FILES):
        premises.hear(parcel, stage)
    assert (premises.parcel(parcel.id).state, premises.desk.unfinished()) == (S(stage.value), [parcel.id])
    assert len(premises.on_disk(parcel.id)) == 2
    assert premises.desk.go_on(parcel.id) == []
    assert (premises.parcel(parcel.id).state, premises.desk.unfinished()) == (S.WIPED, [])
    assert alarms(premises) == []


def test_a_wipe_that_the_disk_does_not_do_stays_in_hand(premises: Premises, caplog: pytest.LogCaptureFixture) -> None:
    parcel = premises.spooled()
    with DiskFault(os.unlink, number=BROKEN):
        premises.hear(parcel, Stage.ACCEPTED)
    for _ in range(3):
        stuck = premises.parcel(parcel.id)
        assert (stuck.state, stuck.trouble, premises.desk.unfinished()) == (S.WIPING, "wipe-unverified", [parcel.id])
        with DiskFault(os.unlink, number=BROKEN):
            premises.desk.go_on(parcel.id)
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    again = premises.reopened()
    again.desk.resume()
    assert (again.parcel(parcel.id).state, again.parcel(parcel.id).trouble) == (S.WIPED, None)
    assert again.on_disk(parcel.id) == []
    history = again.desk.history(parcel.id)
    assert history is not None
    assert history.tombstone is not None
    again.close()


def test_every_quarantine_is_told_to_central_once(premises: Premises) -> None:
    conflict, other, torn = (premises.spooled() for _ in range(3))
    premises.hear(conflict, Stage.CONFLICT)
    premises.hear(conflict, Stage.CONFLICT)
    premises.hear(other, Stage.ACCEPTED, digest=OTHER_DIGEST)
    rotten(premises, torn)
    premises.desk.hear_need(torn.id, Need(digest=torn.digest, missing=(0,)))
    expected = {(conflict.id, "conflict"), (other.id, "wipe-digest"), (torn.id, "spool-damaged")}
    assert sorted(alarms(premises)) == sorted(expected)
    assert set(premises.store.open_events()) <= set(premises.desk.unsettled())
    again = premises.reopened()
    again.desk.resume()
    assert sorted(alarms(again)) == sorted(expected)
    again.close()


def test_a_person_sends_a_mended_parcel_on_its_way_again(premises: Premises) -> None:
    parcel = premises.spooled()
    whole = rotten(premises, parcel)
    premises.desk.hear_need(parcel.id, Need(digest=parcel.digest, missing=(0,)))
    assert premises.parcel(parcel.id).state is S.QUARANTINED
    mended(premises, parcel, whole)
    (bill,) = premises.desk.retry(parcel.id)
    assert bill.topic.endswith(f"{parcel.id}/m")
    assert (premises.parcel(parcel.id).state, premises.parcel(parcel.id).trouble) == (S.SENDING, None)
    assert len(premises.desk.hear_need(parcel.id, Need(digest=parcel.digest, missing=(0,)))) == 1
    premises.hear(parcel, Stage.ACCEPTED)
    assert premises.parcel(parcel.id).state is S.WIPED


def test_a_person_has_a_mended_parcel_judged_again(premises: Premises) -> None:
    parcel = premises.spooled()
    whole = rotten(premises, parcel)
    premises.hear(parcel, Stage.ACCEPTED)
    assert (premises.parcel(parcel.id).state, premises.parcel(parcel.id).trouble) == (S.QUARANTINED, "wipe-disk")
    # as long as nothing was mended it comes back, and central hears of that too
    premises.desk.retry(parcel.id)
    assert premises.parcel(parcel.id).state is S.QUARANTINED
    assert alarms(premises) == [(parcel.id, "wipe-disk")] * 2
    mended(premises, parcel, whole)
    assert premises.desk.retry(parcel.id) == []
    assert premises.parcel(parcel.id).state is S.WIPED


def test_only_what_waits_for_a_person_is_tried_again(premises: Premises) -> None:
    parcel = premises.spooled()
    reasons = []
    for asked in (parcel.id, new_id(), premises.reserved()):
        with pytest.raises(Refused) as refused:
            premises.desk.retry(asked)
        reasons.append(refused.value.reason)
    assert reasons == ["parcel-not-quarantined", "parcel-unknown", "parcel-unknown"]
    premises.hear(parcel, Stage.ACCEPTED)
    with pytest.raises(Refused):
        premises.desk.retry(parcel.id)
    assert premises.parcel(parcel.id).state is S.WIPED


def test_a_delivery_that_could_not_be_read_is_tried_again_as_well(premises: Premises) -> None:
    parcel: ParcelId = premises.reserved()
    key = premises.desk.reserve(parcel, kind=KIND)
    premises.deliver(parcel=parcel)
    path = premises.root / "keys" / f"{parcel}.key"
    path.write_bytes(b"")
    for asked in (premises.desk.delivered, premises.desk.retry):
        with pytest.raises(Refused, match="a person must look"):
            asked(parcel)
    path.write_bytes(key)
    # not by itself: whatever lies there must not be read again at every look
    premises.desk.take_in()
    assert premises.store.parcel(parcel) is None
    assert premises.desk.retry(parcel) == []
    assert premises.parcel(parcel).state is S.SPOOLED
