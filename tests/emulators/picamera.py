"""A Raspberry Pi camera as picamera2 shows it: a model of its requests and metadata, and no driver's code.

What is modelled, after picamera2 0.3.38's own text and libcamera's control_ids_core.yaml: sizes are rounded to even
ones; `main` BGR888 is RGB in memory, `lores` YUV420 has padded rows and full range; controls come into force three
exposures after they are given; exposure comes in steps of a line, gain in the sensor's, and digital gain makes up what
is missing; requests are as many as buffers, and none comes until one is released; errors are RuntimeErrors with their
cause beneath. Whoever asks with `flush` gets an exposure that begins later.
"""

import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import cv2
import numpy as np

from drivers.contract import RgbPixels
from drivers.transport.picamera import PiFound, ours
from drivers.world.scene import Scene

FRAME_NS: Final = 50_000_000
LINE_US: Final = 18.9
DELAY_FRAMES: Final = 3
NEEDED_US: Final = 12_000
LAMP_GAINS: Final = (1.95, 1.55)
LENS_NEAR: Final = 1.25

_FIXED = ("ExposureTime", "AnalogueGain", "AeEnable", "AwbEnable", "ColourGains", "FrameDurationLimits")
_LENS = ("AfMode", "AfTrigger", "LensPosition")


@dataclass
class Board:
    """What is connected, and how it behaves."""

    cameras: tuple[PiFound, ...] = (PiFound(0, "imx708", "/base/soc/i2c0mux/i2c@1/imx708@1a"),)
    resolution: tuple[int, int] = (1153, 865)
    has_lens: bool = True
    tells_ae: str = "AeState"
    """Which of `AeState` and `AeLocked` this release of libcamera has."""
    held_by_other: bool = False
    connected: bool = True
    silent: bool = False
    deaf: bool = False
    """Takes controls, and does nothing about them."""
    wrong_size: bool = False
    now_ns: int = 5_000_000_000
    handles: int = 0
    tunings: list[str | None] = field(default_factory=list)
    opened: "EmulatedPiCamera | None" = None
    _scenes: dict[tuple[int, int], Scene] = field(default_factory=dict)

    def monotonic_ns(self) -> int:
        self.now_ns += 1000
        return self.now_ns

    def scene(self, size: tuple[int, int]) -> Scene:
        made = Scene(width_px=size[0], height_px=size[1], enlargement=size[1] / 640, noise_levels=1.0)
        return self._scenes.setdefault(size, made)


class EmulatedPiCameras:
    """What picamera2 offers beside a camera."""

    def __init__(self, board: Board) -> None:
        self._board = board

    def connected(self) -> list[PiFound]:
        return list(self._board.cameras) if self._board.connected else []

    def open(self, number: int, *, tuning: str | None) -> "EmulatedPiCamera":
        with ours():
            return EmulatedPiCamera(self._board, number, tuning)

    def transform(self, *, upside_down: bool) -> bool:
        return upside_down


class EmulatedPiCamera:
    """One opened camera, as `picamera2.Picamera2`."""

    def __init__(self, board: Board, number: int, tuning: str | None) -> None:
        if board.held_by_other or board.handles:
            try:
                raise RuntimeError("Failed to acquire camera: Device or resource busy")
            except RuntimeError as error:
                raise RuntimeError("Camera __init__ sequence did not complete.") from error
        assert number in {one.number for one in board.cameras}
        board.handles += 1
        board.tunings.append(tuning)
        board.opened = self
        self.board = board
        self.sensor_resolution = board.resolution
        self.config: dict[str, Any] = {}
        self.started = False
        self.free = 0
        self.set: dict[str, Any] = {}
        self._coming: deque[tuple[int, dict[str, Any]]] = deque()
        self._exposure_us, self._gains, self._lens, self._frame = 3_000.0, (1.5, 1.5), 0.0, 0

    @property
    def camera_controls(self) -> Mapping[str, Any]:
        names = _FIXED + (_LENS if self.board.has_lens else ())
        return dict.fromkeys(names, (0, 1, 0))

    def create_still_configuration(self, **wanted: Any) -> dict[str, Any]:
        for stream in (wanted["main"], wanted["lores"]):
            stream["size"] = tuple(side - side % 2 for side in stream["size"])
        return wanted

    def configure(self, camera_config: dict[str, Any]) -> None:
        main, lores = camera_config["main"], camera_config["lores"]
        assert (main["format"], lores["format"]) == ("BGR888", "YUV420"), "what a Pi 4 can do"
        assert all(small <= large for small, large in zip(lores["size"], main["size"], strict=True))
        self.config = camera_config

    def start(self) -> None:
        if not self.config:
            raise RuntimeError("Camera has not been configured")
        self.started, self.free = True, self.config["buffer_count"]
        while self._coming:
            self._take(self._coming.popleft()[1])

    def stop(self) -> None:
        self.started = False

    def close(self) -> None:
        assert self.board.opened is self
        self.board.opened = None
        self.board.handles -= 1

    def cancel_all_and_flush(self) -> None:
        self.free = self.config["buffer_count"]

    def set_controls(self, controls: dict[str, Any]) -> None:
        for name in controls:
            if name not in self.camera_controls:
                raise RuntimeError(f"Control {name} is not advertised by libcamera")
        if not self.board.deaf:
            self._coming.append((self._frame + DELAY_FRAMES, controls))

    def capture_request(self, *, wait: float, flush: bool) -> "EmulatedRequest":
        assert flush
        if not self.started or self.board.silent or self.free == 0:
            self.board.now_ns += round(wait * 1e9)
            raise TimeoutError
        # the exposure that runs is not waited for, the one after it is
        self.board.now_ns += FRAME_NS + FRAME_NS // 3
        self._expose()
        self.free -= 1
        return EmulatedRequest(self, self._told(), self._frame)

    def _take(self, controls: dict[str, Any]) -> None:
        self.set |= controls

    def _expose(self) -> None:
        # two exposures: the one that ran, and this
        for _ in range(2):
            self._frame += 1
            while self._coming and self._coming[0][0] <= self._frame:
                self._take(self._coming.popleft()[1])
            self._follow()

    def _follow(self) -> None:
        if not self.set.get("AeEnable", True) and self.set.get("ExposureTime"):
            self._exposure_us = self.set["ExposureTime"]
        else:
            self._exposure_us += 0.5 * (NEEDED_US - self._exposure_us)
        if not self.set.get("AwbEnable", True) and "ColourGains" in self.set:
            self._gains = self.set["ColourGains"]
        else:
            red, blue = (now + 0.5 * (lamp - now) for now, lamp in zip(self._gains, LAMP_GAINS, strict=True))
            self._gains = (red, blue)
        manual = self.set.get("AfMode") == 0
        self._lens = self.set.get("LensPosition", self._lens) if manual else min(LENS_NEAR, self._lens + 0.25)

    def _told(self) -> dict[str, Any]:
        lines = math.floor(self._exposure_us / LINE_US)
        told = {
            "SensorTimestamp": self.board.now_ns,
            "ExposureTime": int(lines * LINE_US),
            "AnalogueGain": 1.1228,
            "DigitalGain": 1.0 + 0.0001 * (self._frame % 7),
            "ColourGains": self._gains,
            "ColourTemperature": 4200,
            "Lux": 380.0,
            "FrameDuration": FRAME_NS // 1000,
        }
        done = abs(self._exposure_us / NEEDED_US - 1) < 0.01
        told[self.board.tells_ae] = done if self.board.tells_ae == "AeLocked" else 1 + done
        if self.board.has_lens:
            told |= {"LensPosition": self._lens, "AfState": 2 if self._lens == LENS_NEAR else 1}
        return told

    def picture(self, size: tuple[int, int], number: int, told: dict[str, Any]) -> RgbPixels:
        light = told["ExposureTime"] / NEEDED_US
        red, blue = (gain / lamp for gain, lamp in zip(told["ColourGains"], LAMP_GAINS, strict=True))
        seen = self.board.scene(size).frame(number, channel_ratios=(light * red, light, light * blue))
        return np.ascontiguousarray(seen[::-1, ::-1]) if self.config["transform"] else seen


class EmulatedRequest:
    """One exposure, as `picamera2.request.CompletedRequest`."""

    def __init__(self, camera: EmulatedPiCamera, told: dict[str, Any], number: int) -> None:
        self._camera, self._told, self._number = camera, told, number
        self._released = False

    def get_metadata(self) -> dict[str, Any]:
        assert not self._released
        return dict(self._told)

    def make_array(self, name: str) -> np.ndarray:
        assert not self._released
        size = self._camera.config[name]["size"]
        pixels = self._camera.picture(size, self._number, self._told)
        if self._camera.board.wrong_size:
            return pixels[:-2].copy()
        return pixels if name == "main" else _planes(pixels)

    def release(self) -> None:
        assert not self._released
        self._released = True
        self._camera.free = min(self._camera.free + 1, self._camera.config["buffer_count"])


def _planes(pixels: RgbPixels) -> np.ndarray:
    """YUV 4:2:0 of full range, rows padded to 64 bytes."""
    height_px, width_px = pixels.shape[:2]
    luma, red, blue = cv2.split(cv2.cvtColor(pixels, cv2.COLOR_RGB2YCrCb))
    row = -(-width_px // 64) * 64
    planes = np.zeros((height_px * 3 // 2, row), np.uint8)
    planes[:height_px, :width_px] = luma
    half = (width_px // 2, height_px // 2)
    chroma = planes[height_px:].reshape(2, half[1], row // 2)
    for number, one in enumerate((blue, red)):
        chroma[number, :, : half[0]] = cv2.resize(one, half, interpolation=cv2.INTER_AREA)
    return planes
