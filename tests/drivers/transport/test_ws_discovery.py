"""Discovery on the loopback interface, with devices that answer, strangers that shout, and nobody at all."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import cast

import pytest

from drivers.contract import OptionsFault, ProtocolFault
from drivers.transport.ws_discovery import Found, Group, discover, found_in

ADDRESS = "239.255.255.250"
MATCHES = (
    '<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope" '
    'xmlns:w="http://schemas.xmlsoap.org/ws/2004/08/addressing" '
    'xmlns:p="http://schemas.xmlsoap.org/ws/2005/04/discovery"><e:Header><w:RelatesTo>{asked}</w:RelatesTo></e:Header>'
    "<e:Body><p:ProbeMatches>{matches}</p:ProbeMatches></e:Body></e:Envelope>"
)
MATCH = (
    "<p:ProbeMatch><w:EndpointReference><w:Address>{id}</w:Address></w:EndpointReference>"
    "<p:Types>dn:NetworkVideoTransmitter</p:Types><p:Scopes>onvif://www.onvif.org/name/Front%20Door "
    "onvif://www.onvif.org/hardware/Eye2 onvif://www.onvif.org/Profile/G</p:Scopes><p:XAddrs>{places}</p:XAddrs>"
    "<p:MetadataVersion>1</p:MetadataVersion></p:ProbeMatch>"
)
TOLD = "198.51.100.9"
EYE = Found("urn:uuid:1", "127.0.0.1", 8080, "/onvif/device_service", False, name="Front Door", hardware="Eye2")


class _Neighbour(asyncio.DatagramProtocol):
    def __init__(self, answers: Callable[[str], list[bytes]]) -> None:
        self._answers = answers
        self.heard: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.heard.append(data)
        asked = re.search(rb"MessageID>([^<]+)<", data)
        assert asked is not None
        for answer in self._answers(asked[1].decode()):
            self._transport.sendto(answer, addr)


@asynccontextmanager
async def _neighbour(answers: Callable[[str], list[bytes]]) -> AsyncIterator[tuple[_Neighbour, Group]]:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setblocking(False)
    made.bind((ADDRESS, 0))
    made.setsockopt(
        socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(ADDRESS) + socket.inet_aton("127.0.0.1")
    )
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.create_datagram_endpoint(lambda: _Neighbour(answers), sock=made)
    try:
        yield protocol, Group(ADDRESS, made.getsockname()[1])
    finally:
        transport.close()


def _match(asked: str, *, number: int = 1, places: str = f"http://{TOLD}:8080/onvif/device_service") -> bytes:
    return MATCHES.format(asked=asked, matches=MATCH.format(id=f"urn:uuid:{number}", places=places)).encode()


async def test_who_answers_is_found_once_where_it_answered_from() -> None:
    def answers(asked: str) -> list[bytes]:
        shouting = [b"\x00\xff", b"<x/>", b"<!DOCTYPE x><x/>", _match("urn:uuid:of-another-question", number=3)]
        return [*shouting, _match(asked), _match(asked)]

    async with _neighbour(answers) as (neighbour, group):
        (found,) = await discover(["lo"], within_s=0.6, group=group)
    # from one of this machine's own addresses, and not from the one that was told
    assert found.host != TOLD
    assert replace(found, host="127.0.0.1") == EYE
    assert len(neighbour.heard) == 2
    assert neighbour.heard[0].count(b"NetworkVideoTransmitter") == 1


async def test_nobody_is_found_where_nobody_answers() -> None:
    async with _neighbour(lambda _: []) as (_, group):
        assert await discover(["lo"], within_s=0.1, group=group) == ()


async def test_an_address_of_this_machine_stands_for_its_interface() -> None:
    async with _neighbour(lambda asked: [_match(asked)]) as (neighbour, group):
        (found,) = await discover(["127.0.0.1"], within_s=0.6, group=group)
    assert replace(found, host="127.0.0.1") == EYE
    assert len(neighbour.heard) == 2


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
    (found,) = found_in(_match("q", places=places), asked="q", host="192.0.2.7")
    assert (found.host, found.port, found.path, found.tls) == ("192.0.2.7", port, path, tls)


def test_an_answer_to_another_question_is_refused() -> None:
    with pytest.raises(ProtocolFault, match="another question"):
        list(found_in(_match("a"), asked="b", host="192.0.2.7"))
