"""Lists of operators at the courier: taken when they are newer, and believed only from headquarters."""

import pytest

from agent.config.roster import refusal
from agent.errors import WireError
from agent.fleet.roster import RosterDesk
from agent.wire import CentralTopics, sign_document
from tests.agent.courier.office import Office
from tests.agent.courier.premises import CENTRAL_KEY, FOREIGN_KEY, STATION, TENANT, Premises
from tests.agent.fleet.lists import roster
from tests.agent.fleet.room import place


def desk(premises: Premises) -> RosterDesk:
    place(premises)
    here = (TENANT, STATION)
    return RosterDesk(premises.paths, here, believed=premises.pinned, store=premises.store, clock=premises.clock)


def test_the_newest_is_in_force(premises: Premises) -> None:
    heard = desk(premises)
    assert heard.number() is None
    heard.hear(sign_document(roster(2, "op-7"), CENTRAL_KEY))
    assert (heard.number(), refusal(premises.paths, "op-7")) == (2, None)
    lines = premises.store.verify_ledger().number
    for again in (roster(2, "op-9"), roster(1, "op-8")):
        heard.hear(sign_document(again, CENTRAL_KEY))
    assert (heard.number(), refusal(premises.paths, "op-7")) == (2, None)
    assert premises.store.verify_ledger().number == lines, "what changes nothing is not written"
    heard.hear(sign_document(roster(3, gone=("op-7",)), CENTRAL_KEY))
    refused = refusal(premises.paths, "op-7")
    assert refused is not None
    assert (heard.number(), refused.reason) == (3, "operator-revoked")
    assert premises.store.verify_ledger().number == lines + 1


@pytest.mark.parametrize(
    "content",
    [
        b"nonsense",
        sign_document(roster(1, "op-7"), FOREIGN_KEY),
        sign_document(roster(1, "op-7", station="riga-1"), CENTRAL_KEY),
        sign_document(roster(1, "op-7"), CENTRAL_KEY)[:-1],
    ],
)
def test_what_is_not_headquarters_word_for_us_is_not_taken(premises: Premises, content: bytes) -> None:
    heard = desk(premises)
    with pytest.raises(WireError):
        heard.hear(content)
    assert not premises.paths.roster.exists()


def test_one_that_was_damaged_is_replaced_by_any(premises: Premises) -> None:
    heard = desk(premises)
    premises.paths.roster.write_bytes(b"damaged")
    heard.hear(sign_document(roster(1, "op-7"), CENTRAL_KEY))
    assert (heard.number(), refusal(premises.paths, "op-7")) == (1, None)


def test_a_disk_that_fails_is_asked_again(premises: Premises) -> None:
    heard = desk(premises)
    away = premises.paths.courier.with_name("away")
    premises.paths.courier.rename(away)
    heard.hear(sign_document(roster(1, "op-7"), CENTRAL_KEY))
    assert heard.number() is None
    away.rename(premises.paths.courier)
    heard.hear(sign_document(roster(1, "op-7"), CENTRAL_KEY))
    assert heard.number() == 1


async def test_it_is_heard_over_the_link_and_told(premises: Premises) -> None:
    heard, told = desk(premises), list[int | None]()
    async with Office(premises) as office:
        office.courier.admit = heard.hear
        office.courier.admitted = lambda: told.append(heard.number())
        office.pipe.connect()
        topic = CentralTopics(TENANT, STATION).operators
        office.pipe.say(topic, sign_document(roster(1, "op-7"), FOREIGN_KEY))
        office.pipe.say(topic, sign_document(roster(1, "op-7"), CENTRAL_KEY))
        await office.settled()
    assert told == [1]
