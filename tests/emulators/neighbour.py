"""Who answers a search for ONVIF devices on this machine: whatever a test says.

Source: WS-Discovery (April 2005) sections 4.2 and 5; ONVIF Core Specification, Device discovery.
"""

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import cast

from drivers.transport.ws_discovery import Group

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
"""The address that it tells, and does not have."""


class Neighbour(asyncio.DatagramProtocol):
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
async def neighbour(answers: Callable[[str], list[bytes]], *, port: int = 0) -> AsyncIterator[tuple[Neighbour, Group]]:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setblocking(False)
    # at the usual port there may be others
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind((ADDRESS, port))
    made.setsockopt(
        socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(ADDRESS) + socket.inet_aton("127.0.0.1")
    )
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.create_datagram_endpoint(lambda: Neighbour(answers), sock=made)
    try:
        yield protocol, Group(ADDRESS, made.getsockname()[1])
    finally:
        transport.close()


def match(asked: str, *, number: int = 1, places: str = f"http://{TOLD}:8080/onvif/device_service") -> bytes:
    return MATCHES.format(asked=asked, matches=MATCH.format(id=f"urn:uuid:{number}", places=places)).encode()
