"""What a Raspberry Pi camera tells with each picture, in libcamera's names, and what is told to it. Pure.

Source: libcamera's control_ids_core.yaml and control_ids_draft.yaml; The Picamera2 Library, appendix C.
"""

from collections.abc import Container, Sequence
from typing import Any, Final

import numpy as np

from drivers.contract import CameraSettings, Control

AF_MANUAL: Final = 0
AF_CONTINUOUS: Final = 2
_AF_DONE: Final = frozenset({2, 3})
"""Focused, or failed: the lens rests in both."""
_AE_CONVERGED: Final = 2
_AWB_CONVERGED: Final = 2
STEADY_FRAMES: Final = 4
STEADY_RATIO: Final = 0.02
"""Gains of white balance that differ by no more over so many frames have settled."""

AUTOMATIC: Final[dict[str, Any]] = {
    "ExposureTime": 0,
    "AnalogueGain": 0.0,
    "AeEnable": True,
    "AwbEnable": True,
    "AfMode": AF_CONTINUOUS,
}
"""What lets every automatic go on; a zero gives exposure and gain back."""

TOLD: Final = {
    "ExposureTime": Control.EXPOSURE,
    "AnalogueGain": Control.GAIN,
    "ColourGains": Control.WHITE_BALANCE,
    "LensPosition": Control.FOCUS,
}
"""The names of what is held."""


def settled(seen: Sequence[dict[str, Any]]) -> bool:
    """Whether the automatics have settled, as the latest pictures tell; `STEADY_FRAMES` of them at most."""
    told = seen[-1]
    exposed = told.get("AeLocked", told.get("AeState") == _AE_CONVERGED)
    focused = "AfState" not in told or told["AfState"] in _AF_DONE
    gains = [one["ColourGains"] for one in seen if "ColourGains" in one]
    white = told.get("AwbState") == _AWB_CONVERGED or (
        len(gains) == STEADY_FRAMES and bool((np.ptp(gains, axis=0) <= STEADY_RATIO).all())
    )
    return bool(exposed) and focused and white


def to_hold(told: dict[str, Any], controls: Container[str]) -> dict[str, Any]:
    """What stops every automatic where it is, of the controls that this camera has."""
    wanted = {name: told[name] for name in TOLD if name in told and name in controls}
    switches: dict[str, tuple[str, Any]] = {"ExposureTime": ("AeEnable", False), "ColourGains": ("AwbEnable", False)}
    switches |= {"LensPosition": ("AfMode", AF_MANUAL)}
    off = dict(switch for name, switch in switches.items() if name in wanted)
    return {name: value for name, value in off.items() if name in controls} | wanted


def alike(told: object, wanted: object) -> bool:
    """As near as a sensor's steps allow."""
    return told is not None and bool(np.allclose(np.asarray(told, float), np.asarray(wanted, float), rtol=0.02))


def settings_of(told: dict[str, Any]) -> CameraSettings:
    """What a picture was taken with."""
    gain, digital = told.get("AnalogueGain"), told.get("DigitalGain", 1.0)
    gains, lens = told.get("ColourGains"), told.get("LensPosition")
    return CameraSettings(
        exposure_us=None if (exposure := told.get("ExposureTime")) is None else int(exposure),
        gain_ratio=None if gain is None else float(gain) * float(digital),
        white_balance_ratios=None if gains is None else (float(gains[0]), float(gains[1])),
        focus_dioptres=None if lens is None else float(lens),
    )
