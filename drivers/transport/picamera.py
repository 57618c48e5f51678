"""Cameras on a Raspberry Pi's ribbon connector, by picamera2, and the one place where its errors become ours.

`PiCameras` finds and opens them; what it opens is picamera2's own object, of which `PiCamera` and `PiRequest` name all
that is used. picamera2 and libcamera are imported when a camera is looked for, and not before: neither imports
without a Raspberry Pi's system packages.

Source: picamera2 0.3.38 (its own text); libcamera's control_ids_core.yaml; facts/face-cctv-console.md section 4.
"""

import contextlib
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from drivers.contract import BusyFault, DeniedFault, Fault, GoneFault, ProtocolFault, TimedOutFault

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class PiRequest(Protocol):
    """What is used of a `picamera2.request.CompletedRequest`: the streams of one exposure, until it is released."""

    def make_array(self, name: str) -> "NDArray[np.uint8]":
        """A copy of the stream's picture."""
        ...

    def get_metadata(self) -> dict[str, Any]:
        """What the picture was taken with."""
        ...

    def release(self) -> None:
        """Give the memory back to the camera."""
        ...


class PiCamera(Protocol):
    """What is used of a `picamera2.Picamera2`, which is one opened camera."""

    @property
    def camera_controls(self) -> Mapping[str, Any]:
        """The controls that it has, with their ranges."""
        ...

    @property
    def sensor_resolution(self) -> tuple[int, int]:
        """Columns and rows of the sensor."""
        ...

    def create_still_configuration(self, **wanted: Any) -> dict[str, Any]:
        """A configuration for pictures at full size; sizes in it may have been rounded."""
        ...

    def configure(self, camera_config: dict[str, Any]) -> None:
        """Take it."""
        ...

    def start(self) -> None:
        """Begin to stream."""
        ...

    def stop(self) -> None:
        """End the stream."""
        ...

    def set_controls(self, controls: dict[str, Any]) -> None:
        """Some frames later these are in force."""
        ...

    def capture_request(self, *, wait: float, flush: bool) -> PiRequest:
        """The next exposure; with `flush` the next one that begins after now. :raises: TimeoutError after `wait` s."""
        ...

    def cancel_all_and_flush(self) -> None:
        """Forget whoever waits, after one timed out."""
        ...

    def close(self) -> None:
        """Give the camera back."""
        ...


class PiFound(NamedTuple):
    """One connected camera."""

    number: int
    """As `rpicam-hello --list-cameras` counts."""
    sensor: str
    """Its sensor, such as `imx708`."""
    id: str
    """Its place in the device tree."""


class PiCameras(Protocol):
    """Where cameras are connected."""

    def connected(self) -> list[PiFound]:
        """All cameras. :raises: DeniedFault where picamera2 is missing."""
        ...

    def open(self, number: int, *, tuning: str | None) -> PiCamera:
        """Hold one alone. :raises: BusyFault, GoneFault, ProtocolFault.

        :param tuning: the path of a tuning file, instead of the sensor's own.
        """
        ...

    def transform(self, *, upside_down: bool) -> Any:
        """How the sensor is read out, for a configuration."""
        ...


class RibbonCameras:
    """picamera2's own."""

    def connected(self) -> list[PiFound]:
        """As libcamera lists them; a USB camera is not one of them."""
        with ours():
            listed = _import("picamera2").Picamera2.global_camera_info()
            found = [PiFound(int(one["Num"]), str(one.get("Model", "")), str(one["Id"])) for one in listed]
        return [one for one in found if "/usb" not in one.id]

    def open(self, number: int, *, tuning: str | None) -> PiCamera:
        """As `Picamera2(number, tuning=tuning)`."""
        with ours():
            camera: PiCamera = _import("picamera2").Picamera2(number, tuning=tuning)
            return camera

    def transform(self, *, upside_down: bool) -> Any:
        """As `libcamera.Transform`: both flips are a half turn, and cost nothing."""
        with ours():
            return _import("libcamera").Transform(hflip=upside_down, vflip=upside_down)


def _import(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        raise DeniedFault(
            f"The camera's software is missing ({error.name}): apt install python3-picamera2, "
            "and make the environment with --system-site-packages."
        ) from None


@contextlib.contextmanager
def ours() -> Iterator[None]:
    """Foreign errors become faults. picamera2 raises RuntimeError for nearly all, and libcamera's cause is beneath."""
    try:
        yield
    except TimeoutError:
        raise TimedOutFault("The camera gave no picture in time: its ribbon cable may be loose.") from None
    except (RuntimeError, OSError, IndexError, KeyError, ValueError, TypeError) as error:
        kind, sentence = _meant(error)
        raise kind(sentence) from None


_MEANINGS: tuple[tuple[str, type[Fault], str], ...] = (
    ("resource busy", BusyFault, "Another program holds the camera."),
    ("permission denied", DeniedFault, "The station's user may not open the camera: it must be in the group `video`."),
    ("no camera number", GoneFault, "The camera is not connected."),
    ("no such device", GoneFault, "The camera is not connected any more: check its ribbon cable."),
    ("remote i/o error", GoneFault, "The camera does not answer: check its ribbon cable."),
    ("tuning file", ProtocolFault, "The camera's tuning file cannot be read."),
)
"""What the words of libcamera's and the system's errors mean here."""


def _meant(error: BaseException) -> tuple[type[Fault], str]:
    cause: BaseException | None = error
    while cause is not None:
        words = str(cause).lower()
        for part, kind, sentence in _MEANINGS:
            if part in words:
                return kind, sentence
        cause = cause.__cause__
    return ProtocolFault, "The camera refused a request."
