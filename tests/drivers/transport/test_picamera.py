"""What picamera2's errors mean here."""

import pytest

from drivers.contract import BusyFault, DeniedFault, Fault, GoneFault, ProtocolFault, TimedOutFault
from drivers.transport.picamera import RibbonCameras, ours


def _beneath(text: str) -> RuntimeError:
    error = RuntimeError("Camera __init__ sequence did not complete.")
    error.__cause__ = RuntimeError(text)
    return error


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (_beneath("Failed to acquire camera: Device or resource busy"), BusyFault),
        (_beneath("Failed to start camera: Remote I/O error"), GoneFault),
        (OSError(13, "Permission denied", "/dev/dma_heap/linux,cma"), DeniedFault),
        (RuntimeError("No camera number 1 found - use rpicam-hello"), GoneFault),
        (RuntimeError("Tuning file not found"), ProtocolFault),
        (RuntimeError("Control LensPosition is not advertised by libcamera"), ProtocolFault),
        (TimeoutError(), TimedOutFault),
    ],
)
def test_an_error_becomes_a_fault(error: Exception, expected: type[Fault]) -> None:
    with pytest.raises(expected) as caught, ours():
        raise error
    assert type(caught.value) is expected
    assert "/dev" not in caught.value.sentence


def test_our_own_mistakes_stay_what_they_are() -> None:
    with pytest.raises(AssertionError), ours():
        raise AssertionError


def test_without_picamera2_every_way_in_names_the_package() -> None:
    cameras = RibbonCameras()
    for way in (cameras.connected, lambda: cameras.open(0, tuning=None), lambda: cameras.transform(upside_down=True)):
        with pytest.raises(DeniedFault, match="python3-picamera2"):
            way()
