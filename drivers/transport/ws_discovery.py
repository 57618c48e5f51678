"""Which ONVIF devices are in the network: one probe by multicast, on named interfaces only, and whoever answers.

One datagram is asked and answers are listened to for a few seconds; nothing else of WS-Discovery is needed, and nothing
of it is answered. A library for it (WSDiscovery) runs threads on every interface, listens to the whole network and
parses what comes without bounds; so this is our own. Anybody in the network can answer: what is found is a suggestion
for a technician, never a configuration. A device's address is where its answer came from, and not what the answer says.

Source: WS-Discovery (April 2005) sections 4.2 and 5; ONVIF Core Specification, Device discovery (types, scopes).
"""

import asyncio
import ipaddress
import socket
import struct
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final, NamedTuple
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

from drivers.contract import GoneFault, OptionsFault, ProtocolFault
from drivers.transport.soap_guard import check_soap

FOUND_MAX: Final = 256
TEXT_LETTERS_MAX: Final = 100
REPEAT_S: Final = 0.25
"""A datagram may be lost, so the probe is sent once more."""

_PROBE: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
    'xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" '
    'xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" '
    'xmlns:dn="http://www.onvif.org/ver10/network/wsdl"><s:Header>'
    "<a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</a:Action><a:MessageID>{id}</a:MessageID>"
    "<a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To></s:Header><s:Body>"
    "<d:Probe><d:Types>dn:NetworkVideoTransmitter</d:Types></d:Probe></s:Body></s:Envelope>"
)
_SPACES: Final = {
    "s": "http://www.w3.org/2003/05/soap-envelope",
    "a": "http://schemas.xmlsoap.org/ws/2004/08/addressing",
    "d": "http://schemas.xmlsoap.org/ws/2005/04/discovery",
}
_SCOPE: Final = "onvif://www.onvif.org/"


class Group(NamedTuple):
    """Where probes go."""

    address: str = "239.255.255.250"
    port: int = 3702


@dataclass(frozen=True, slots=True)
class Found:
    """A device that answered; all of it is what it says of itself, but for the host."""

    id: str
    """Its endpoint's name, mostly a UUID."""
    host: str
    """The address that its answer came from."""
    port: int
    """The port of its device service."""
    path: str
    """The path of its device service."""
    tls: bool
    """Whether it wants to be asked over TLS."""
    name: str
    """Its name, empty where it has none."""
    hardware: str
    """Its model, empty where it does not say."""


async def discover(
    interfaces: Sequence[str], *, within_s: float = 3.0, group: Group | None = None
) -> tuple[Found, ...]:
    """Whoever answers within the time, each once, by host.

    :param interfaces: names such as `eth0`, or addresses of this machine's (IPv4), which stand for the interface.
    :param group: another one than WS-Discovery's own.
    :raises: OptionsFault for an interface that there is not, GoneFault for one that is down.
    """
    group = group or Group()
    loop, listener = asyncio.get_running_loop(), _Listener(f"urn:uuid:{uuid.uuid4()}")
    probe = _PROBE.format(id=listener.asked).encode()
    asking: list[asyncio.DatagramTransport] = []
    with ExitStack() as open_ends:
        for name in interfaces:
            transport, _ = await loop.create_datagram_endpoint(lambda: listener, sock=_socket(name))
            open_ends.callback(transport.close)
            asking.append(transport)
        for pause_s in (min(REPEAT_S, within_s / 2), within_s - min(REPEAT_S, within_s / 2)):
            for transport in asking:
                transport.sendto(probe, group)
            await asyncio.sleep(pause_s)
    if listener.down:
        raise GoneFault("An interface for the search of cameras is down.")
    return tuple(sorted(listener.found.values(), key=lambda one: (one.host, one.port, one.id)))


def found_in(answer: bytes, *, asked: str, host: str) -> Iterator[Found]:
    """Whatever one datagram tells of. :raises: ProtocolFault for what is no answer to the question."""
    check_soap(answer)
    envelope = ElementTree.fromstring(answer)  # noqa: S314 (bounded, and without a document type)
    if envelope.findtext("s:Header/a:RelatesTo", "", _SPACES).strip() != asked:
        raise ProtocolFault("This answers another question.")
    for match in envelope.iterfind("s:Body/d:ProbeMatches/d:ProbeMatch", _SPACES):
        places = [_place(one) for one in match.findtext("d:XAddrs", "", _SPACES).split()]
        port, path, tls = next((place for place in places if place), (80, "/onvif/device_service", False))
        scopes = match.findtext("d:Scopes", "", _SPACES).split()
        endpoint = _shown(match.findtext("a:EndpointReference/a:Address", "", _SPACES))
        yield Found(endpoint, host, port, path, tls, name=_scope(scopes, "name"), hardware=_scope(scopes, "hardware"))


class _Listener(asyncio.DatagramProtocol):
    """Hears everybody and believes who answers the question."""

    def __init__(self, asked: str) -> None:
        self.asked = asked
        self.found: dict[tuple[str, str], Found] = {}
        self.down = False

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if len(self.found) >= FOUND_MAX:
            return
        try:
            for one in found_in(data, asked=self.asked, host=addr[0]):
                self.found.setdefault((one.host, one.id), one)
        except ProtocolFault:
            # somebody else's business, or nonsense: nobody has asked for it
            return

    def error_received(self, exc: Exception) -> None:  # noqa: ARG002 (all of them mean the same here)
        self.down = True


def _socket(interface: str) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, _meant(interface))
    except (OSError, ValueError):
        made.close()
        raise OptionsFault(f"There is no such interface for the search of cameras: {interface!r:.60}.") from None
    made.setblocking(False)
    # one hop: cameras are in the station's own network
    made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
    made.bind(("", 0))
    return made


def _meant(interface: str) -> bytes:
    """The interface as struct ip_mreqn. :raises: OSError, ValueError when there is none of this name."""
    try:
        address = ipaddress.IPv4Address(interface)
    except ValueError:
        # the interface counts, whatever its addresses are
        return struct.pack("=4s4si", b"", b"", socket.if_nametoindex(interface))
    if address.is_unspecified:
        raise ValueError("the system would choose one")
    return struct.pack("=4s4si", b"", address.packed, 0)


def _place(address: str) -> tuple[int, str, bool] | None:
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"}:
        return None
    tls = parts.scheme == "https"
    return port or (443 if tls else 80), _shown(parts.path) or "/", tls


def _scope(scopes: Sequence[str], kind: str) -> str:
    beginning = f"{_SCOPE}{kind}/"
    return next((_shown(unquote(scope[len(beginning) :])) for scope in scopes if scope.startswith(beginning)), "")


def _shown(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable()).strip()[:TEXT_LETTERS_MAX]
