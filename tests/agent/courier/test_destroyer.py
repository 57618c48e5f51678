"""Authorised loss: nothing before the warrant, everything after it, and a cut at any step ends the same."""

from pathlib import Path

import pytest

from agent.courier.destroyer import Demand
from agent.courier.machine import ParcelState
from agent.courier.record import Parcel
from agent.wire import How, Stage, Tombstone, read_event
from tests.agent.courier.premises import LINK_KEY, ORDER_KEYS, Premises
from tests.vault.disk_calls import Cut, DiskCalls, cut_before
from vault.envelope import Pinned, hash_paper_code, new_paper_code
from vault.errors import DestroyRefused, WipeUnverified
from vault.warrants import Paper

S = ParcelState


def tombstone(premises: Premises, parcel: Parcel) -> Tombstone:
    history = premises.store.history(parcel.id)
    assert history is not None
    assert history.tombstone is not None
    read = read_event(history.tombstone, pinned=Pinned([LINK_KEY.public]))
    assert isinstance(read, Tombstone)
    return read


def told(premises: Premises) -> list[Tombstone]:
    signed = [premises.store.open_event(name) for name in premises.store.open_events()]
    read = [read_event(item, pinned=Pinned([LINK_KEY.public])) for item in signed if item is not None]
    return [item for item in read if isinstance(item, Tombstone)]


def test_two_orders_end_what_was_not_delivered_and_nothing_else(premises: Premises) -> None:
    wiped = premises.spooled(b"one")
    premises.hear(wiped, Stage.ACCEPTED)
    lost = [premises.spooled(b"two"), premises.spooled(b"three")]
    premises.hear(lost[1], Stage.STORED)
    reserved = premises.reserved()
    assert [item.id for item in premises.destroyer.survey()] == sorted(item.id for item in lost)
    ended = premises.destroy(Demand(undelivered=2, orders=premises.orders()))
    assert {item.id for item in ended} == {item.id for item in lost}
    for parcel, stage in zip(lost, ("spooled", "stored"), strict=True):
        assert premises.on_disk(parcel.id) == []
        assert premises.parcel(parcel.id).state is S.DESTROYED
        read = tombstone(premises, parcel)
        assert (read.how, read.stage, read.digest) == (How.DESTROYED, stage, parcel.digest)
        assert (read.receipt, read.verified) == (None, True)
        assert read.authorised_by == "+".join(sorted(key.kid for key in ORDER_KEYS))
    assert premises.parcel(wiped.id).state is S.WIPED
    assert premises.on_disk(reserved) == [f"{reserved}.key"]
    assert {item.parcel for item in told(premises)} == {wiped.id, *(item.id for item in lost)}
    assert premises.destroyer.survey() == []
    premises.store.verify_ledger()


def test_an_order_for_some_leaves_the_others(premises: Premises) -> None:
    lost, kept = premises.spooled(b"one"), premises.spooled(b"two")
    premises.destroy(Demand(undelivered=1, orders=premises.orders(parcels=(lost.id,))))
    assert premises.on_disk(lost.id) == []
    assert len(premises.on_disk(kept.id)) == 2
    assert premises.parcel(kept.id).state is S.SPOOLED


def test_what_the_network_says_of_a_destroyed_parcel_is_too_late(premises: Premises) -> None:
    parcel = premises.spooled()
    premises.destroy(Demand(undelivered=1, orders=premises.orders()))
    premises.hear(parcel, Stage.ACCEPTED)
    assert premises.parcel(parcel.id).state is S.DESTROYED
    assert premises.desk.unsettled() == premises.store.open_events()


@pytest.mark.parametrize(
    ("other", "number", "condition"),
    [
        ({}, 0, "number"),
        ({}, 2, "number"),
        ({"parcels": ("01000000000000000000000000",)}, 0, "parcel"),
        ({"station": "kaunas-1"}, 1, "place"),
        ({"verb": "decommission"}, 1, "verb"),
    ],
)
def test_a_refusal_touches_nothing_and_is_in_the_ledger(
    premises: Premises, other: dict[str, object], number: int, condition: str
) -> None:
    parcel = premises.spooled()
    before, head = premises.on_disk(parcel.id), premises.store.verify_ledger()
    with pytest.raises(DestroyRefused) as refused:
        premises.destroy(Demand(undelivered=number, orders=premises.orders(**other)))
    assert refused.value.condition == condition
    assert premises.on_disk(parcel.id) == before != []
    assert premises.parcel(parcel.id) == parcel
    assert premises.book.open() is None
    assert premises.store.verify_ledger().number == head.number + 1


def test_the_paper_code_does_it_and_is_in_no_repr(premises: Premises) -> None:
    code, (lost, kept) = new_paper_code(), (premises.spooled(b"one"), premises.spooled(b"two"))
    premises.book.keep_paper(Paper(kept=hash_paper_code(code), attempts=0))
    demand = Demand(undelivered=1, code=code, reason="erasure", parcels=(lost.id,))
    assert code not in repr(demand)
    premises.destroy(demand)
    assert tombstone(premises, lost).authorised_by == "paper-code"
    with pytest.raises(DestroyRefused) as refused:
        premises.destroy(Demand(undelivered=1, code=code))
    assert refused.value.condition == "paper-used"
    assert premises.parcel(kept.id).state is S.SPOOLED


def test_a_disk_that_fails_is_tried_again_every_round_and_said_once(
    premises: Premises, caplog: pytest.LogCaptureFixture
) -> None:
    # in the order in which they are destroyed
    lost = sorted([premises.spooled(b"one"), premises.spooled(b"two")], key=lambda parcel: parcel.id)
    key = premises.root / "keys" / f"{lost[1].id}.key"
    warrant = premises.destroyer.authorise(Demand(undelivered=2, orders=premises.orders()), verb="destroy")
    key.rename(key.with_suffix(".aside"))
    key.mkdir()
    with pytest.raises(WipeUnverified):
        premises.destroyer.finish(warrant)
    for _ in range(3):
        premises.destroyer.resume()
    assert [premises.parcel(parcel.id).state for parcel in lost] == [S.DESTROYED, S.SPOOLED]
    assert len(caplog.records) == 1
    key.rmdir()
    key.with_suffix(".aside").rename(key)
    premises.destroyer.resume()
    assert premises.parcel(lost[1].id).state is S.DESTROYED
    assert premises.book.open() is None
    # whoever waits for the answer of the first attempt gets it all the same, and nothing happens twice
    head = premises.store.verify_ledger()
    assert {parcel.id for parcel in premises.destroyer.finish(warrant)} == {parcel.id for parcel in lost}
    assert premises.store.verify_ledger() == head


class Steps(DiskCalls):
    """The database is open all the time, so what is synced is not told apart."""

    def _open_file(self) -> str:
        return "something"


def test_a_cut_at_any_step_ends_the_same(tmp_path: Path) -> None:
    """Steps are found by watching one run to its end; each of them is then the last one of a life."""
    with _two_parcels(tmp_path / "whole") as (premises, _), Steps(tmp_path) as calls:
        premises.destroy(Demand(undelivered=2, orders=premises.orders()))
    assert len(calls.steps) > 10
    for number in range(len(calls.steps)):
        with _two_parcels(tmp_path / str(number)) as (premises, lost):
            with pytest.raises(Cut), Steps(tmp_path, before=cut_before(number)):
                premises.destroy(Demand(undelivered=2, orders=premises.orders()))
            _same_end(premises.reopened(), lost, step=calls.steps[number])


def _same_end(premises: Premises, lost: list[Parcel], *, step: str) -> None:
    begun = premises.book.used("order-0000000000000001")
    later = premises.spooled(b"later")
    premises.destroyer.resume()
    left = [premises.on_disk(parcel.id) for parcel in lost]
    states = {premises.parcel(parcel.id).state for parcel in lost}
    if begun:
        assert (states, left) == ({S.DESTROYED}, [[], []]), step
        assert len(told(premises)) == 2, step
    else:
        assert (states, [len(names) for names in left]) == ({S.SPOOLED}, [2, 2]), step
    # nobody meant what was delivered after the order
    assert premises.parcel(later.id).state is S.SPOOLED
    assert premises.book.open() is None
    premises.store.verify_ledger()
    premises.close()


class _two_parcels:  # noqa: N801 (reads as a with statement)
    def __init__(self, root: Path) -> None:
        root.mkdir(parents=True)
        self._premises = Premises(root)

    def __enter__(self) -> tuple[Premises, list[Parcel]]:
        return self._premises, [self._premises.spooled(b"one"), self._premises.spooled(b"two")]

    def __exit__(self, *_exception: object) -> None:
        self._premises.close()
