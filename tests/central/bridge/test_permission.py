"""A tenant's permission: revoked and given beside the bridge, told until confirmed, by the unit that is there now."""

import json

import pytest

from agent.wire import CentralTopics, PermissionHeld, TransferPermission, read_signed, sign_document
from central.bridge.message import Reply
from central.bridge.permission import Permissions, decide, shown
from central.cli import EXIT_REFUSED, main
from central.database import Sessions
from central.errors import PermissionRefused
from central.paths import Paths
from tests.central.bridge.counter import Counter
from tests.central.headquarters import Station, enrolled
from tests.central.parcels import AT, arrived, new_id, sealed
from vault.envelope import Pinned


@pytest.fixture
def permissions(counter: Counter) -> Permissions:
    return Permissions(Sessions(counter.engine), counter.registry, keys=counter.keys, clock=counter.clock)


def revoke(paths: Paths, counter: Counter, *, tenant: str = "lt") -> int:
    return decide(paths, tenant, transfer=False, reason="order 17", at=counter.clock.now())


def read(counter: Counter, reply: Reply) -> TransferPermission:
    return read_signed(reply.payload, TransferPermission, pinned=Pinned([counter.key.public]))


def confirm(counter: Counter, station: Station, word: TransferPermission) -> None:
    held = PermissionHeld(
        tenant=station.tenant, station=station.name, number=word.number, transfer=word.transfer, kept=3, time=AT
    )
    counter.take(arrived(station.topics.event(new_id()), sign_document(held, station.link)))


def view(paths: Paths) -> list[dict[str, object]]:
    return [json.loads(line) for line in shown(paths)]


def test_nothing_is_said_before_anything_was_revoked(
    counter: Counter, station: Station, permissions: Permissions
) -> None:
    assert permissions.news() == []
    assert permissions.open() == []
    assert permissions.for_whom_speaks([sealed(station, b"content").billed()]) == []


def test_a_stop_is_told_at_once_and_until_it_is_confirmed(
    headquarters: Paths, counter: Counter, station: Station, permissions: Permissions
) -> None:
    enrolled(headquarters, "elsewhere", tenant="lt2")
    assert permissions.news() == []
    assert revoke(headquarters, counter) == 1
    [reply] = permissions.news()
    word = read(counter, reply)
    assert (word.tenant, word.number, word.transfer) == ("lt", 1, False)
    assert reply.topic == CentralTopics("lt", "vilnius-1").permission(word.id)
    assert permissions.news() == []
    assert len(permissions.open()) == 1
    confirm(counter, station, word)
    assert permissions.open() == []
    assert counter.kinds() == ["transfer-revoked", "event-stored", "station-confirms-permission"]
    assert counter.lines()[0]["reason"] == "order 17"


def test_who_was_away_is_told_with_the_first_word(
    headquarters: Paths, counter: Counter, station: Station, permissions: Permissions
) -> None:
    revoke(headquarters, counter)
    online = arrived(station.topics.state, b"{}")
    chunk = sealed(station, b"content").chunk(0)
    assert len(permissions.for_whom_speaks([online, online])) == 1
    assert permissions.for_whom_speaks([chunk]) == []


def test_a_unit_that_replaces_another_is_told_again(
    headquarters: Paths, counter: Counter, station: Station, permissions: Permissions
) -> None:
    revoke(headquarters, counter)
    [reply] = permissions.open()
    confirm(counter, station, read(counter, reply))
    enrolled(headquarters)
    assert len(permissions.open()) == 1
    assert [line["confirmed"] for line in view(headquarters) if "station" in line] == [True]


def test_a_grant_is_told_as_a_stop_is_and_what_is_so_already_is_refused(
    headquarters: Paths, counter: Counter, station: Station, permissions: Permissions
) -> None:
    with pytest.raises(PermissionRefused):
        decide(headquarters, "lt", transfer=True, reason="order 18", at=AT)
    revoke(headquarters, counter)
    with pytest.raises(PermissionRefused):
        revoke(headquarters, counter)
    [reply] = permissions.news()
    confirm(counter, station, read(counter, reply))
    decide(headquarters, "lt", transfer=True, reason="order 18", at=counter.clock.now())
    [reply] = permissions.news()
    word = read(counter, reply)
    assert (word.number, word.transfer) == (2, True)
    # the confirmation of the stop comes late, and is none of the grant
    confirm(counter, station, word.model_copy(update={"number": 1, "transfer": False}))
    assert len(permissions.open()) == 1


def test_a_parcel_that_comes_all_the_same_is_kept(headquarters: Paths, counter: Counter, station: Station) -> None:
    revoke(headquarters, counter)
    assert counter.store(sealed(station, b"content")).id


def test_the_command_says_who_has_confirmed(
    headquarters: Paths, counter: Counter, station: Station, capsys: pytest.CaptureFixture[str]
) -> None:
    root = ("--root", str(headquarters.root))
    assert main(["permission", "revoke", "lt", "--reason", "order 17", *root]) == 0
    assert capsys.readouterr().out.startswith("1 stations are told")
    assert main(["permission", "show", *root]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["tenant"], line["transfer"]) for line in lines if "transfer" in line] == [
        ("lt", False),
        ("lt2", True),
    ]
    assert [line["confirmed"] for line in lines if "station" in line] == [False]
    assert main(["permission", "revoke", "nobody", "--reason", "order 17", *root]) == EXIT_REFUSED
    assert "none of headquarters'" in capsys.readouterr().err
