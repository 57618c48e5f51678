"""A Raspberry Pi camera on the ribbon connector (CSI): full frames and previews out of one request.

Hardware: Camera Module 2 (imx219), 3 (imx708) and HQ (imx477) by their papers. **Not tried on a Pi**: it reads as
picamera2's own text says, and is proven against our emulator of its metadata and requests only.

Source: picamera2 0.3.38; libcamera's control_ids_core.yaml; The Picamera2 Library (Raspberry Pi Ltd), sections 4, 5.

Quirks
* `main` is the full frame (libcamera's BGR888, which is RGB in memory), `lores` the preview: YUV420, which is all that
  a Pi 4 gives there, of full range (sYCC). Both come with every exposure.
* `flush` waits for an exposure that begins after the request, so that a frame is never older than it.
* The sensor can be read upside down for nothing; a quarter turn is made in memory.
* Automatics tell when they have settled in different words from release to release (`AeLocked`, `AeState`, `AwbState`,
  `AfState`); white balance tells nothing on most, so that its gains are watched.
* A ribbon cannot be plugged while the Pi runs, and an unplugged one is silent: a timed out frame says so.
"""

import contextlib
import logging
from collections import deque
from pathlib import Path
from typing import Any, Final

import numpy as np
from pydantic import Field

from drivers.camera.picamera2_metadata import AUTOMATIC, STEADY_FRAMES, TOLD, alike, settings_of, settled, to_hold
from drivers.camera.raster import from_i420, turned
from drivers.camera.stream import StreamCamera, StreamOptions
from drivers.contract import (
    PREVIEW_LONG_PX,
    Control,
    DeviceKind,
    Facts,
    Fault,
    Frame,
    GoneFault,
    OptionsFault,
    ProtocolFault,
    RgbPixels,
    TimedOutFault,
    in_thread,
)
from drivers.transport.picamera import PiCamera, PiCameras, PiFound, PiRequest, RibbonCameras, ours
from drivers.world.clock import MonotonicClock

_log = logging.getLogger(__name__)

HELD_FRAMES_MAX: Final = 12
"""Held values come into force some frames after they were given; more than so many are none."""


class Options(StreamOptions):
    """Which camera, and what it streams."""

    sensor: str | None = Field(default=None, pattern=r"^[a-z0-9_]+$")
    """Its sensor, such as `imx708`; needed only where two cameras are connected."""
    tuning_file: Path | None = None
    """A tuning file of libcamera's for this sensor, lens and light, instead of the sensor's own."""
    width_px: int | None = Field(default=None, ge=160, le=16384)
    """Columns of a frame before it is turned; all that the sensor has unless said."""
    height_px: int | None = Field(default=None, ge=120, le=16384)
    """Rows of a frame."""
    frame_limit_ms: int = Field(default=3_000, ge=500, le=9_000)
    """How long a frame may take before the camera is thought to have failed."""
    settle_limit_ms: int = Field(default=4_000, ge=0, le=30_000)
    """How long the automatics may take to settle before what they have reached is held."""


class Picamera2Csi(StreamCamera):
    """Streams full frames and previews together."""

    def __init__(self, options: Options, *, clock: MonotonicClock, cameras: PiCameras | None = None) -> None:
        """:param clock: gives each frame its time.
        :param cameras: what is connected, instead of picamera2's.
        """
        super().__init__(lease=f"csi-{options.sensor or 'only'}")
        self._options, self._clock = options, clock
        self._cameras: PiCameras = RibbonCameras() if cameras is None else cameras
        self._camera: PiCamera | None = None
        self._found: PiFound | None = None
        self._sizes = ((0, 0), (0, 0))
        self._holding: dict[str, Any] = {}

    @property
    def facts(self) -> Facts:
        """The sensor's name once it was opened; it has no serial number."""
        return Facts(
            kind=DeviceKind.CAMERA,
            make="",
            model=(self._found.sensor if self._found else "") or self._options.sensor or "CSI camera",
            serial="",
            firmware="",
            certified=False,
            simulated=False,
        )

    def _connect(self) -> None:
        options = self._options
        tuning = options.tuning_file
        if tuning is not None and not tuning.is_file():
            raise OptionsFault("There is no tuning file of that name for the camera.")
        self._found = self._chosen()
        # kept before it is configured, so that closing finds it when the opening is cancelled or fails
        self._camera = camera = self._cameras.open(self._found.number, tuning=None if tuning is None else str(tuning))
        with ours():
            full = (options.width_px or camera.sensor_resolution[0], options.height_px or camera.sensor_resolution[1])
            wanted = camera.create_still_configuration(
                main={"format": "BGR888", "size": full},
                lores={"format": "YUV420", "size": _preview_size(full)},
                transform=self._cameras.transform(upside_down=options.rotate_deg == 180),
                buffer_count=3,
                # a still's own limits let the exposure grow to minutes
                controls={"FrameDurationLimits": (100, 100_000)},
            )
            self._sizes = (_size(wanted["main"]), _size(wanted["lores"]))
            camera.configure(wanted)

    def _chosen(self) -> PiFound:
        fitting = [one for one in self._cameras.connected() if self._options.sensor in {None, one.sensor}]
        if not fitting:
            raise GoneFault("The camera is not connected.")
        if len(fitting) > 1:
            raise OptionsFault("Several cameras are connected: name one by its sensor.")
        return fitting[0]

    async def _close(self) -> None:
        camera, self._camera = self._camera, None
        if camera is not None:
            await in_thread(lambda: _closed(camera))

    def _begin(self) -> None:
        camera, self._holding = self._opened_camera(), {}
        self._follow(camera)
        with ours():
            camera.start()

    @staticmethod
    def _follow(camera: PiCamera) -> None:
        with ours():
            camera.set_controls({name: value for name, value in AUTOMATIC.items() if name in camera.camera_controls})

    def _end(self) -> None:
        if self._camera is not None:
            with ours():
                self._camera.stop()

    def _full(self) -> Frame:
        return self._take("main")

    def _small(self) -> Frame:
        return self._take("lores")

    def _hold(self) -> frozenset[Control]:
        camera = self._opened_camera()
        limit_ns = self._clock.monotonic_ns() + self._options.settle_limit_ms * 1_000_000
        seen: deque[dict[str, Any]] = deque([self._metadata()], maxlen=STEADY_FRAMES)
        while not settled(seen) and self._clock.monotonic_ns() < limit_ns:
            seen.append(self._metadata())
        wanted = to_hold(seen[-1], camera.camera_controls)
        with ours():
            camera.set_controls(wanted)
        for _ in range(HELD_FRAMES_MAX):
            told = self._metadata()
            if all(alike(told.get(name), value) for name, value in wanted.items() if name in TOLD):
                self._holding = {name: told[name] for name in (*wanted, "DigitalGain") if name in told}
                return frozenset(TOLD[name] for name in wanted if name in TOLD)
        _log.warning("The camera does not keep the values that it was given, and cannot be held.")
        self._follow(camera)
        return frozenset()

    def _metadata(self) -> dict[str, Any]:
        request = self._requested()
        try:
            with ours():
                return request.get_metadata()
        finally:
            request.release()

    def _take(self, stream: str) -> Frame:
        request = self._requested()
        taken_ns = self._clock.monotonic_ns()
        try:
            with ours():
                # what is held is told as it was given: the sensor's steps make last digits wander
                told = request.get_metadata() | self._holding
                pixels = self._upright(request, stream)
        finally:
            request.release()
        ratio = 1.0 if stream == "main" else self._sizes[1][1] / self._sizes[0][1]
        return Frame(pixels, taken_ns=taken_ns, settings=settings_of(told), reduced_ratio=ratio)

    def _upright(self, request: PiRequest, stream: str) -> RgbPixels:
        (width_px, height_px), small = self._sizes
        pixels: RgbPixels | None = request.make_array(stream)
        if stream == "lores" and pixels is not None:
            planes, (width_px, height_px) = pixels, small
            pixels = from_i420(planes, width_px=width_px, height_px=height_px)
            planes.fill(0)
        if pixels is None or pixels.shape != (height_px, width_px, 3) or pixels.dtype != np.uint8:
            raise ProtocolFault("The camera gave a picture of another size than it was configured for.")
        # a half turn is the sensor's own
        upright = turned(pixels, self._options.rotate_deg if self._options.rotate_deg != 180 else 0)
        if upright is not pixels:
            pixels.fill(0)
        return upright

    def _requested(self) -> PiRequest:
        camera = self._opened_camera()
        try:
            with ours():
                return camera.capture_request(wait=self._options.frame_limit_ms / 1000, flush=True)
        except TimedOutFault:
            # whoever waits in it would get the next frame
            camera.cancel_all_and_flush()
            raise

    def _opened_camera(self) -> PiCamera:
        assert self._camera is not None, "it is only used while opened"
        return self._camera


def _preview_size(full: tuple[int, int]) -> tuple[int, int]:
    ratio = min(1.0, PREVIEW_LONG_PX / max(full))
    # planes of half the size need even sides
    width_px, height_px = (max(2, 2 * round(side * ratio / 2)) for side in full)
    return width_px, height_px


def _size(stream: dict[str, Any]) -> tuple[int, int]:
    width_px, height_px = stream["size"]
    return int(width_px), int(height_px)


def _closed(camera: PiCamera) -> None:
    # what is silent still gives its place back
    with contextlib.suppress(Fault), ours():
        camera.close()
