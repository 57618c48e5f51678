"""A station at the broker, as the bridge hears it: bills and chunks out; needs, receipts and answers in."""

from collections.abc import Iterator
from contextlib import contextmanager

from agent.wire import CentralPresence, Need, Receipt, Stage, chunk_of, read_signed
from agent.wire.document import read_plain
from tests.central.headquarters import Station
from tests.central.parcels import Parcel
from tests.central.probe import Probe, probing
from vault.envelope import Pinned, VerifyingKey


class Conversation:
    """What one station says and hears."""

    def __init__(self, station: Station, probe: Probe) -> None:
        self.station = station
        self.probe = probe
        self._pinned = Pinned([VerifyingKey.from_pem(pem) for pem in station.answer.receipt_public])
        probe.subscribe(*station.topics.from_central, station.topics.central_state)

    def until_central_is(self, *, online: bool) -> None:
        while True:
            topic, payload = self.probe.heard()
            if topic == self.station.topics.central_state and read_plain(payload, CentralPresence).online == online:
                return

    def until_farewell(self) -> dict[tuple[str, str], bytes]:
        """What headquarters says last of everything, by what it is about, until it says that it is gone."""
        heard: dict[tuple[str, str], bytes] = {}
        while True:
            topic, payload = self.probe.heard()
            if topic == self.station.topics.central_state:
                if not read_plain(payload, CentralPresence).online:
                    return heard
            elif (about := self.station.topics.read(topic)) is not None:
                heard[about] = payload

    def announce(self, parcel: Parcel) -> None:
        self.probe.publish(self.station.topics.bill(parcel.id), parcel.bill())

    def send(self, parcel: Parcel, number: int) -> None:
        self.probe.publish(self.station.topics.chunk(parcel.id, number), chunk_of(parcel.content, number))

    def need(self, parcel: Parcel) -> tuple[int, ...]:
        """The next need for this parcel."""
        return read_plain(self._for("need", parcel.id), Need).missing

    def receipt(self, parcel: Parcel, stage: Stage) -> Receipt:
        """The next receipt of this stage for this parcel."""
        while True:
            receipt = read_signed(self._for("receipt", parcel.id), Receipt, pinned=self._pinned)
            if receipt.stage is stage:
                return receipt

    def answer(self, question: str) -> bytes:
        return self._for("answer", question)

    def echo(self, content: bytes) -> bytes:
        """What comes back."""
        self.probe.publish(self.station.topics.echo, content, qos=0)
        while True:
            topic, payload = self.probe.heard()
            if topic == self.station.topics.echoed:
                return payload

    def deliver(self, parcel: Parcel) -> Receipt:
        """The whole upload."""
        self.announce(parcel)
        for number in self.need(parcel):
            self.send(parcel, number)
        return self.receipt(parcel, Stage.STORED)

    def _for(self, what: str, about: str) -> bytes:
        while True:
            topic, payload = self.probe.heard()
            if self.station.topics.read(topic) == (what, about):
                return payload


@contextmanager
def talking(station: Station) -> Iterator[Conversation]:
    """Connected, and closed at the end."""
    with probing(station.tls(), identity=station.identity, port=station.answer.broker_port) as probe:
        yield Conversation(station, probe)
