"""agent/courier/permission.py: a stop is believed, obeyed at once, kept over a restart, confirmed; nothing is lost."""

from datetime import timedelta

import pytest

from agent.config.permission import Permission
from agent.config.place import PlaceSection
from agent.courier.machine import ParcelState
from agent.courier.permission import PermissionDesk
from agent.errors import ConfigError, Refused, WireError
from agent.wire import PermissionHeld, Stage, TransferPermission, read_event, sign_document
from tests.agent.courier.office import DOWN, UP, Office
from tests.agent.courier.premises import BEGIN, CENTRAL_KEY, FOREIGN_KEY, LINK_KEY, STATION, TENANT, Premises, new_id
from vault.envelope import Pinned, SigningKey

PLACE = PlaceSection(tenant=TENANT, station=STATION)


def word(number: int, *, transfer: bool, key: SigningKey = CENTRAL_KEY, tenant: str = TENANT) -> bytes:
    document = TransferPermission(
        tenant=tenant, id=new_id(), number=number, transfer=transfer, issued=BEGIN + timedelta(seconds=1), key=key.kid
    )
    return sign_document(document, key)


def permitted(premises: Premises) -> PermissionDesk:
    """The premises' desk with headquarters' word, as the courier's room joins them."""
    held = Permission(premises.paths, place=PLACE, known=premises.trust.known)
    desk = PermissionDesk(held, premises.store, place=PLACE, key=LINK_KEY, clock=premises.clock)
    premises.desk.permission = desk
    return desk


def confirmations(premises: Premises) -> list[PermissionHeld]:
    signed = [premises.store.open_event(event) or b"" for event in premises.store.open_events()]
    events = [read_event(content, pinned=Pinned([LINK_KEY.public])) for content in signed]
    return [event for event in events if isinstance(event, PermissionHeld)]


def test_a_stop_is_kept_and_confirmed_with_what_waits_here(premises: Premises) -> None:
    desk = permitted(premises)
    premises.spooled()
    desk.hear(word(1, transfer=False), believed=premises.pinned)
    assert desk.transfer is False
    [confirmed] = confirmations(premises)
    assert (confirmed.number, confirmed.transfer, confirmed.kept) == (1, False, 1)
    desk.hear(word(1, transfer=False), believed=premises.pinned)
    desk.look()
    assert len(confirmations(premises)) == 1


def test_it_outlives_the_process_and_is_confirmed_again(premises: Premises) -> None:
    permitted(premises).hear(word(1, transfer=False), believed=premises.pinned)
    desk = permitted(premises)
    assert desk.transfer is False
    desk.look()
    assert [one.number for one in confirmations(premises)] == [1, 1]


def test_an_older_word_changes_nothing(premises: Premises) -> None:
    desk = permitted(premises)
    desk.hear(word(2, transfer=False), believed=premises.pinned)
    desk.hear(word(1, transfer=True), believed=premises.pinned)
    assert desk.transfer is False
    desk.hear(word(3, transfer=True), believed=premises.pinned)
    assert permitted(premises).transfer is True


@pytest.mark.parametrize(
    "signed",
    [word(1, transfer=False, key=FOREIGN_KEY), word(1, transfer=False, tenant="lt2"), b"nothing of the sort"],
)
def test_what_is_not_to_be_believed_stops_nothing(premises: Premises, signed: bytes) -> None:
    desk = permitted(premises)
    with pytest.raises(WireError):
        desk.hear(signed, believed=premises.pinned)
    assert desk.transfer is True
    assert confirmations(premises) == []


def test_a_word_that_was_tampered_with_on_the_disk_stops_its_reader(premises: Premises) -> None:
    premises.paths.permission.write_bytes(word(9, transfer=True, key=FOREIGN_KEY))
    with pytest.raises(ConfigError, match="cannot be believed"):
        permitted(premises)
    obstacle = Permission(premises.paths, place=PLACE, known=premises.trust.known).obstacle()
    assert obstacle is not None
    premises.paths.permission.unlink()
    assert permitted(premises).transfer is True


def test_a_disk_that_does_not_keep_it_stops_all_the_same(premises: Premises) -> None:
    desk = permitted(premises)
    (premises.paths.permission / "in the way").mkdir(parents=True)
    desk.hear(word(1, transfer=False), believed=premises.pinned)
    assert desk.transfer is False
    assert confirmations(premises) == []
    (premises.paths.permission / "in the way").rmdir()
    premises.paths.permission.rmdir()
    desk.hear(word(1, transfer=False), believed=premises.pinned)
    assert [one.transfer for one in confirmations(premises)] == [False]


def test_no_new_visit_gets_a_place_and_one_that_has_it_keeps_it(premises: Premises) -> None:
    desk = permitted(premises)
    begun = premises.reserved()
    desk.hear(word(1, transfer=False), believed=premises.pinned)
    with pytest.raises(Refused) as refused:
        premises.desk.reserve(new_id(), kind="enrolment")
    assert refused.value.reason == "transfer-revoked"
    premises.deliver(parcel=begun)
    premises.desk.take_in()
    assert premises.parcel(begun).state is ParcelState.SPOOLED
    station = Permission(premises.paths, place=PLACE, known=premises.trust.known)
    obstacle = station.obstacle()
    assert obstacle is not None
    assert (obstacle.reason, "is kept here" in obstacle.sentence) == ("transfer-revoked", True)


def test_what_was_decided_is_wiped_meanwhile(premises: Premises) -> None:
    desk = permitted(premises)
    parcel = premises.spooled()
    desk.hear(word(1, transfer=False), believed=premises.pinned)
    premises.hear(parcel, Stage.ACCEPTED)
    assert premises.parcel(parcel.id).state is ParcelState.WIPED
    assert premises.on_disk(parcel.id) == []


async def test_a_running_courier_stops_confirms_and_goes_on(premises: Premises) -> None:
    permitted(premises)
    async with Office(premises) as office:
        office.pipe.connect()
        office.pipe.say(DOWN.permission(new_id()), word(1, transfer=False))
        topic, signed = await office.pipe.published()
        held = read_event(signed, pinned=Pinned([LINK_KEY.public]))
        assert isinstance(held, PermissionHeld)
        assert ("/up/event/" in topic, held.transfer) == (True, False)
        office.pipe.say(DOWN.permission(new_id()), word(2, transfer=True))
        while not (held.number == 2 and held.transfer):
            _, signed = await office.pipe.published()
            event = read_event(signed, pinned=Pinned([LINK_KEY.public]))
            held = event if isinstance(event, PermissionHeld) else held


async def test_what_waited_for_the_link_is_not_sent_after_a_stop(premises: Premises) -> None:
    permitted(premises)
    parcel = premises.spooled()
    async with Office(premises) as office:
        office.pipe.blocked.clear()
        office.pipe.connect()
        office.pipe.say(DOWN.permission(new_id()), word(1, transfer=False))
        await office.courier.change(within_s=30.0)
        office.pipe.blocked.set()
        topic, _ = await office.pipe.published()
        # a bill that was with the library already may have gone
        while topic == UP.bill(parcel.id):
            topic, _ = await office.pipe.published()
        assert "/up/event/" in topic
        office.pipe.say(DOWN.permission(new_id()), word(2, transfer=True))
        while topic != UP.bill(parcel.id):
            topic, _ = await office.pipe.published()
        assert premises.parcel(parcel.id).state is ParcelState.SENDING
