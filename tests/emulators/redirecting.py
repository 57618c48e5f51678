"""The host's side of the virtual machine: plugs emulated sensors in and out as the guest's tests ask.

Orders and answers are lines of JSON on one connection, in turn:

    {"do": "plug", "sensor": "futronic", "faults": {"2": ["cut", 150]}, "landing": 1}    -> {}
    {"do": "unplug", "sensor": "futronic"}                                               -> {}
    {"do": "digests", "sensor": "futronic"}    -> {"digests": [SHA-256 of each picture, upright, since last asked]}

What an order cannot mean is answered with {"refused": why}.
"""

import hashlib
import json
from collections import deque
from collections.abc import Mapping
from typing import Any

from tests.emulators import futronic, uareu
from tests.emulators.futronic import Futronic
from tests.emulators.plate import WIDTH_PX, Plate
from tests.emulators.prints import anisotropic, pictures
from tests.emulators.uareu import Uareu
from tests.emulators.usbredir import Plug

SENSORS = ("futronic", "uareu")
PORT = "smilius.desk"
"""What the guest calls the connection."""

_APART = 1_000
"""Between the picture numbers of one plugging-in and the next: no two pictures are the same."""


class Desk:
    """As many sockets as there are sensors."""

    def __init__(self, paths: Mapping[str, str]) -> None:
        """:param paths: of each sensor's Unix socket, on which QEMU listens."""
        self._paths = paths
        self._plugs: dict[str, Plug] = {}
        self._exposures: dict[str, deque[tuple[int, bytes]]] = {sensor: deque() for sensor in paths}
        self._plugged = 0

    def answer(self, line: str) -> str:
        """Do what a line says."""
        try:
            return json.dumps(self._do(json.loads(line)))
        except (KeyError, TypeError, ValueError) as error:
            return json.dumps({"refused": f"{type(error).__name__}: {error}"})

    def _do(self, order: dict[str, Any]) -> dict[str, Any]:
        sensor = order["sensor"]
        match order["do"]:
            case "plug":
                self.unplug(sensor)
                self._plugs[sensor] = Plug(self._paths[sensor], self._model(order))
            case "unplug":
                self.unplug(sensor)
            case "digests":
                return {"digests": self._digests(sensor)}
            case what:
                raise ValueError(f"nothing is known of {what!r}")
        return {}

    def unplug(self, sensor: str) -> None:
        """Pull its plug, if it is in."""
        if plug := self._plugs.pop(sensor, None):
            plug.pull()

    def close(self) -> None:
        """Pull every plug."""
        for sensor in list(self._plugs):
            self.unplug(sensor)

    def _model(self, order: dict[str, Any]) -> Futronic | Uareu:
        self._plugged += 1
        exposures = self._exposures[order["sensor"]]
        faults = {int(frame): fault for frame, fault in order.get("faults", {}).items()}
        if order["sensor"] == "uareu":
            pictured = {frame: uareu.Fault(uareu.Wrong(wrong), count) for frame, (wrong, count) in faults.items()}
            script = uareu.Script(frames=pictured)
            return Uareu(anisotropic(), script, first=self._plugged * _APART, exposures=exposures)
        framed = {frame: futronic.Fault(futronic.Wrong(wrong), count) for frame, (wrong, count) in faults.items()}
        plate = Plate(pictures(), landing=int(order.get("landing", 1)))
        plate.exposures = self._plugged * _APART
        return Futronic(plate, futronic.Script(frames=framed), exposures=exposures)

    def _digests(self, sensor: str) -> list[str]:
        found = []
        while self._exposures[sensor]:
            _, data = self._exposures[sensor].popleft()
            upright = _turned(data) if sensor == "futronic" else data
            found.append(hashlib.sha256(upright).hexdigest())
        return found


def _turned(data: bytes) -> bytes:
    """A Futronic's picture as it went over the wire, the other way up."""
    rows = [data[at : at + WIDTH_PX] for at in range(0, len(data), WIDTH_PX)]
    return b"".join(reversed(rows))
