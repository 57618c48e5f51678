"""The automatics of a V4L2 camera: what they are set to, whether they have settled, and holding them there.

A camera keeps its controls over openings and crashes, so that automatics are put back to the camera's own default
whenever it is armed, as well as when it is disarmed. It tells nothing of settling: the values that are read back and
the picture's level are watched. Where a camera does not update those values while its automatics work, holding them
makes the picture jump; then nothing is held.

Source: docs.kernel.org/userspace-api/media/v4l/ext-ctrls-camera.html (exposure in units of 100 microseconds) and
control.html.
"""

import contextlib
from collections import deque
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from drivers.contract import CameraSettings, Control, ProtocolFault, RgbPixels
from drivers.transport import v4l2_wire as wire
from drivers.transport.v4l2 import VideoNode

EXPOSURE_UNIT_US: Final = 100
SETTLED_FRAMES: Final = 4
"""So many frames alike are settled."""
SETTLED_LEVELS: Final = 2.0
"""How much the mean levels of frames alike differ at most, of 255."""
JUMP_LEVELS: Final = 16.0
"""A mean level that changes by more when the automatics are held was not made by the values that were held."""


class _Axis(NamedTuple):
    control: Control
    automatic: int
    manual: int
    """What the automatic's control is set to when it is off."""
    value: int


_AXES: Final = (
    _Axis(Control.EXPOSURE, wire.EXPOSURE_AUTO, wire.EXPOSURE_MANUAL, wire.EXPOSURE_ABSOLUTE),
    _Axis(Control.GAIN, wire.AUTOGAIN, 0, wire.GAIN),
    _Axis(Control.WHITE_BALANCE, wire.AUTO_WHITE_BALANCE, 0, wire.WHITE_BALANCE_TEMPERATURE),
    _Axis(Control.FOCUS, wire.FOCUS_AUTO, 0, wire.FOCUS_ABSOLUTE),
)


class Automatics:
    """Those that one opened camera has."""

    def __init__(self, node: VideoNode) -> None:
        """:raises: Fault."""
        self._node = node
        self._values = [axis for axis in _AXES if node.default(axis.value) is not None]
        found = [(axis, node.default(axis.automatic)) for axis in self._values]
        self._defaults = {axis: default for axis, default in found if default is not None}
        self._held: dict[Control, int] = {}

    @property
    def settings(self) -> CameraSettings:
        """What the camera is set to now. :raises: Fault."""
        told = {axis.control: self._read(axis) for axis in self._values}
        exposure = told.get(Control.EXPOSURE)
        return CameraSettings(
            exposure_us=None if exposure is None else exposure * EXPOSURE_UNIT_US,
            gain_steps=told.get(Control.GAIN),
            white_balance_k=told.get(Control.WHITE_BALANCE),
            focus_steps=told.get(Control.FOCUS),
        )

    def follow(self) -> None:
        """All automatics as the camera has them by default. :raises: Fault, but not for a refusal."""
        self._held.clear()
        for axis, default in self._defaults.items():
            with contextlib.suppress(ProtocolFault):
                self._node.write(axis.automatic, default)

    def hold(self) -> frozenset[Control]:
        """Turn every automatic off at the value it has reached; which controls are held now. :raises: Fault."""
        for axis, default in self._defaults.items():
            try:
                value = self._node.read(axis.value)
                self._node.write(axis.automatic, axis.manual)
                self._node.write(axis.value, value)
                self._held[axis.control] = self._node.read(axis.value)
            except ProtocolFault:
                # refused: then it goes on as it did
                with contextlib.suppress(ProtocolFault):
                    self._node.write(axis.automatic, default)
        return frozenset(self._held)

    def _read(self, axis: _Axis) -> int | None:
        if axis.control in self._held:
            return self._held[axis.control]
        try:
            return self._node.read(axis.value)
        except ProtocolFault:
            return None


class Settling:
    """Looks at frames until they stay alike."""

    def __init__(self) -> None:
        self._seen: deque[tuple[NDArray[np.float64], CameraSettings | None]] = deque(maxlen=SETTLED_FRAMES)

    @property
    def settled(self) -> bool:
        """Whether the latest frames were alike."""
        if len(self._seen) < SETTLED_FRAMES:
            return False
        levels = np.stack([level for level, _ in self._seen])
        return len({told for _, told in self._seen}) == 1 and bool((np.ptp(levels, axis=0) <= SETTLED_LEVELS).all())

    def look(self, pixels: RgbPixels, settings: CameraSettings | None) -> None:
        """One more frame."""
        self._seen.append((level(pixels), settings))


def level(pixels: RgbPixels) -> NDArray[np.float64]:
    """Mean of each colour, 0 to 255."""
    return np.asarray(pixels.mean(axis=(0, 1)), np.float64)


def jumped(before: NDArray[np.float64], after: NDArray[np.float64]) -> bool:
    """Whether a picture is another one now, in its light or its colours."""
    return bool((np.abs(after - before) > JUMP_LEVELS).any())
