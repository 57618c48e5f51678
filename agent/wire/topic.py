"""Topics: `smilius/1/{tenant}/{station}/...`, written and read in one place. Source: design.md section 6."""

import re
from typing import NamedTuple

from agent.wire.bill import CHUNK_BYTES
from agent.wire.ident import ULID_PATTERN, is_place_name
from vault.labels import PARCEL_BYTES_MAX

_ROOT = "smilius/1"
_ID = re.compile(ULID_PATTERN)
_PARTS = frozenset({"m", *map(str, range(PARCEL_BYTES_MAX // CHUNK_BYTES))})
_DOWNWARD = frozenset({"need", "receipt", "answer", "command", "keyring", "permission"})


class StationTopics:
    """A station's own topics."""

    def __init__(self, tenant: str, station: str) -> None:
        self._place = f"{_ROOT}/{tenant}/{station}"
        self.state = f"{self._place}/up/state"
        self.twin = f"{self._place}/up/twin"
        self.config = f"{self._place}/dn/config"
        self.echo = f"{self._place}/up/echo"
        self.echoed = f"{self._place}/dn/echo"
        self.operators = f"{self._place}/dn/operators"
        self.from_central = (f"{self._place}/dn/+/+", self.config, self.operators, self.echoed)
        self.central_state = f"{_ROOT}/{tenant}/central/state"

    def bill(self, parcel: str) -> str:
        """Where the parcel's bill goes."""
        return f"{self._place}/up/parcel/{parcel}/m"

    def chunk(self, parcel: str, number: int) -> str:
        """Where the parcel's chunk with this number goes."""
        return f"{self._place}/up/parcel/{parcel}/{number}"

    def ask(self, question: str) -> str:
        """Where the sealed question goes."""
        return f"{self._place}/up/ask/{question}"

    def event(self, event: str) -> str:
        """Where the signed event goes."""
        return f"{self._place}/up/event/{event}"

    def read(self, topic: str) -> tuple[str, str] | None:
        """What came down (need, receipt, answer, command, keyring, permission) and its id; None for what is unknown.

        A configuration and a list of operators have no id: there is one of each.
        """
        if topic in {self.config, self.operators}:
            return topic.rsplit("/", 1)[1], ""
        parts = topic.removeprefix(self._place + "/dn/").split("/")
        if not topic.startswith(self._place + "/dn/") or len(parts) != 2:
            return None
        if parts[0] not in _DOWNWARD or not _ID.fullmatch(parts[1]):
            return None
        return parts[0], parts[1]


class CentralTopics:
    """Central's topics towards one station."""

    subscription = f"{_ROOT}/+/+/up/#"
    """All that any station sends."""

    def __init__(self, tenant: str, station: str) -> None:
        self._place = f"{_ROOT}/{tenant}/{station}/dn"

    def need(self, parcel: str) -> str:
        """Where the missing chunks are named."""
        return f"{self._place}/need/{parcel}"

    def receipt(self, parcel: str) -> str:
        """Where the receipt goes."""
        return f"{self._place}/receipt/{parcel}"

    def answer(self, question: str) -> str:
        """Where the sealed answer goes."""
        return f"{self._place}/answer/{question}"

    @property
    def echoed(self) -> str:
        """Where what came as an echo goes back."""
        return f"{self._place}/echo"

    def command(self, command: str) -> str:
        """Where the signed command goes."""
        return f"{self._place}/command/{command}"

    def keyring(self, keyring: str) -> str:
        """Where the keyring goes."""
        return f"{self._place}/keyring/{keyring}"

    @property
    def config(self) -> str:
        """Where the configuration is."""
        return f"{self._place}/config"

    @property
    def operators(self) -> str:
        """Where the list of operators is."""
        return f"{self._place}/operators"

    def permission(self, permission: str) -> str:
        """Where the word on transfers goes."""
        return f"{self._place}/permission/{permission}"

    @staticmethod
    def state(tenant: str) -> str:
        """Where a tenant's stations read that central is there."""
        return f"{_ROOT}/{tenant}/central/state"


class Upward(NamedTuple):
    """A message from a station, by its topic."""

    tenant: str
    """Whose station."""
    station: str
    """Which station; the broker's ACL has checked that it is the sender."""
    subject: str
    """`state`, `twin`, `echo`, `parcel`, `ask` or `event`."""
    id: str
    """The parcel's, question's or event's id; empty for `state`, `twin` and `echo`."""
    part: str
    """`m` or the chunk's number for a parcel; else empty."""


def read_topic(topic: str) -> Upward | None:
    """Take apart what arrived at central; None for what no station should send."""
    parts = topic.split("/")
    if len(parts) < 6 or "/".join(parts[:2]) != _ROOT or parts[4] != "up":
        return None
    tenant, station, subject, rest = parts[2], parts[3], parts[5], parts[6:]
    if not is_place_name(tenant) or not is_place_name(station):
        return None
    lengths = {"state": 0, "twin": 0, "echo": 0, "parcel": 2, "ask": 1, "event": 1}
    if lengths.get(subject) != len(rest) or (rest and not _ID.fullmatch(rest[0])):
        return None
    part = rest[1] if subject == "parcel" else ""
    if subject == "parcel" and part not in _PARTS:
        return None
    return Upward(tenant, station, subject, rest[0] if rest else "", part)
