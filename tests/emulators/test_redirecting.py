"""The host's side of the virtual machine, without the machine: orders, and what is plugged in on them."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulators.redirecting import SENSORS, Desk
from tests.emulators.usbredir_wire import Kind, Packet, Wire


class Machine:
    """As much of QEMU as a hello."""

    def __init__(self, folder: Path) -> None:
        self.paths = {sensor: str(folder / sensor) for sensor in SENSORS}
        self._listening = {sensor: socket.socket(socket.AF_UNIX) for sensor in SENSORS}
        for sensor, listening in self._listening.items():
            listening.bind(self.paths[sensor])
            listening.listen()

    def close(self) -> None:
        for listening in self._listening.values():
            listening.close()

    def connected(self, sensor: str) -> tuple[socket.socket, Packet]:
        """The next connection, and the device that it tells."""
        connection, _ = self._listening[sensor].accept()
        wire = Wire()
        connection.sendall(wire.hello())
        while True:
            for packet in wire.split(connection.recv(4096)):
                if packet.kind == Kind.DEVICE_CONNECT:
                    return connection, packet


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    machine = Machine(tmp_path)
    yield machine
    machine.close()


def _ordered(desk: Desk, **order: object) -> dict[str, object]:
    answer: dict[str, object] = json.loads(desk.answer(json.dumps(order)))
    return answer


@pytest.mark.parametrize(("sensor", "ids"), [("futronic", "91142000"), ("uareu", "ba050a00")])
def test_sensors_are_plugged_in_and_out(machine: Machine, sensor: str, ids: str) -> None:
    desk = Desk(machine.paths)
    for _ in range(2):
        faults = {"0": ["late", 3]}
        assert _ordered(desk, do="plug", sensor=sensor, faults=faults, landing=2) == {}
        connection, told = machine.connected(sensor)
        with connection:
            assert told.body[4:8] == bytes.fromhex(ids)
            assert _ordered(desk, do="unplug", sensor=sensor) == {}
            assert connection.recv(1) == b""
    assert _ordered(desk, do="digests", sensor=sensor) == {"digests": []}
    assert _ordered(desk, do="unplug", sensor=sensor) == {}


def test_plugged_in_again_the_old_one_is_out(machine: Machine) -> None:
    desk = Desk(machine.paths)
    _ordered(desk, do="plug", sensor="uareu")
    first, _ = machine.connected("uareu")
    _ordered(desk, do="plug", sensor="uareu")
    second, _ = machine.connected("uareu")
    with first, second:
        assert first.recv(1) == b""
        desk.close()
        assert second.recv(1) == b""


@pytest.mark.parametrize(
    "line",
    [
        "",
        "[]",
        '{"do": "plug"}',
        '{"do": "lick", "sensor": "uareu"}',
        '{"do": "plug", "sensor": "nose"}',
        '{"do": "plug", "sensor": "uareu", "faults": {"0": ["tired", 1]}}',
    ],
)
def test_what_an_order_cannot_mean_is_refused(machine: Machine, line: str) -> None:
    assert list(json.loads(Desk(machine.paths).answer(line))) == ["refused"]
