"""Discovery on the loopback interface, with devices that answer, strangers that shout, and nobody at all."""

from dataclasses import replace

import pytest

from drivers.contract import OptionsFault, ProtocolFault
from drivers.transport.ws_discovery import Found, discover, found_in
from tests.emulators.neighbour import TOLD, match, neighbour

EYE = Found("urn:uuid:1", "127.0.0.1", 8080, "/onvif/device_service", False, name="Front Door", hardware="Eye2")


async def test_who_answers_is_found_once_where_it_answered_from() -> None:
    def answers(asked: str) -> list[bytes]:
        shouting = [b"\x00\xff", b"<x/>", b"<!DOCTYPE x><x/>", match("urn:uuid:of-another-question", number=3)]
        return [*shouting, match(asked), match(asked)]

    async with neighbour(answers) as (heard, group):
        (found,) = await discover(["lo"], within_s=0.6, group=group)
    # from one of this machine's own addresses, and not from the one that was told
    assert found.host != TOLD
    assert replace(found, host="127.0.0.1") == EYE
    assert len(heard.heard) == 2
    assert heard.heard[0].count(b"NetworkVideoTransmitter") == 1


async def test_nobody_is_found_where_nobody_answers() -> None:
    async with neighbour(lambda _: []) as (_, group):
        assert await discover(["lo"], within_s=0.1, group=group) == ()


async def test_an_address_of_this_machine_stands_for_its_interface() -> None:
    async with neighbour(lambda asked: [match(asked)]) as (heard, group):
        (found,) = await discover(["127.0.0.1"], within_s=0.6, group=group)
    assert replace(found, host="127.0.0.1") == EYE
    assert len(heard.heard) == 2


@pytest.mark.parametrize("interface", ["none0", "", "a\0b", "198.51.100.9", "0.0.0.0", "::1", "127.0.0.1/8", "x" * 500])
async def test_an_interface_that_there_is_not_is_a_wrong_option(interface: str) -> None:
    with pytest.raises(OptionsFault, match="no such interface") as caught:
        await discover([interface], within_s=0.1)
    assert len(caught.value.sentence) < 140


@pytest.mark.parametrize(
    ("places", "port", "path", "tls"),
    [
        ("https://[fe80::1]/a http://x/", 443, "/a", True),
        ("soap.udp://x http://x", 80, "/", False),
        ("http://x:99999/ http://x:81/b", 81, "/b", False),
        ("", 80, "/onvif/device_service", False),
    ],
)
def test_of_the_places_that_are_told_the_first_that_is_one_counts(places: str, port: int, path: str, tls: bool) -> None:
    (found,) = found_in(match("q", places=places), asked="q", host="192.0.2.7")
    assert (found.host, found.port, found.path, found.tls) == ("192.0.2.7", port, path, tls)


def test_an_answer_to_another_question_is_refused() -> None:
    with pytest.raises(ProtocolFault, match="another question"):
        list(found_in(match("a"), asked="b", host="192.0.2.7"))
