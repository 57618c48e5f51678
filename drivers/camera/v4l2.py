"""Any camera that the kernel knows as a video node: USB cameras (UVC) above all, and `vivid` in tests.

Hardware: none was tried. **Nothing here was tried on metal**: it reads as the kernel's documents say and is proven
against our own emulator, and (YUYV, gain) against the `vivid` of a Linux 6.1 in a virtual machine.

Source: docs.kernel.org/userspace-api/media/v4l; uvcvideo of Linux 6.1; facts/face-cctv-console.md sections 1 and 4.

Quirks
* One size is streamed, the full one. A preview is the same frame reduced: of MJPEG by the decoder, at a half, a
  quarter or an eighth; of YUYV by averaging.
* Frames wait in the driver's buffers, so all that are there at a request are dropped, and so is the one that was begun
  before it: a frame is never older than its request, and costs up to two frames' time.
* `taken_ns` is the kernel's own time of the frame (of UVC: when its exposure began) where the driver gives one.
* A damaged frame is passed over, once in a log line; a camera that gives nothing else within its time is a fault.
* Gain and focus have no unit, white balance is a colour temperature; see `CameraSettings`.
* A grab that is cancelled is answered at the next frame, or when the frame's time is up.
"""

import logging
from typing import Final, Literal

from pydantic import Field

from drivers.camera.raster import from_jpeg, from_yuyv, preview_factor, reduced, turned
from drivers.camera.stream import StreamCamera, StreamOptions
from drivers.camera.v4l2_automatics import SETTLED_FRAMES, Automatics, Settling, jumped, level
from drivers.contract import (
    Control,
    DeviceKind,
    Facts,
    Frame,
    OptionsFault,
    ProtocolFault,
    RgbPixels,
    TimedOutFault,
    in_thread,
)
from drivers.transport import v4l2_wire as wire
from drivers.transport.v4l2 import LinuxSyscalls, Syscalls, VideoFound, VideoFrame, VideoNode
from drivers.transport.v4l2_wire import Shape
from drivers.world.clock import MonotonicClock

_log = logging.getLogger(__name__)

_CODES: Final = {"mjpeg": "MJPG", "yuyv": "YUYV"}
_POWER_LINE: Final = {0: 0, 50: 1, 60: 2}
"""The menu of POWER_LINE_FREQUENCY."""


class Options(StreamOptions):
    """Which camera, and what it streams."""

    device: str = Field(pattern=r"^/dev/(v4l/by-(id|path)/[\w.:+-]+|video\d+)$")
    """The node, by `/dev/v4l/by-id/` (this camera) or `/dev/v4l/by-path/` (this socket): `/dev/video0` may change."""
    width_px: int = Field(default=1920, ge=160, le=8192)
    """Columns as the camera streams them, before it is turned."""
    height_px: int = Field(default=1080, ge=120, le=8192)
    """Rows as the camera streams them."""
    pixel_format: Literal["mjpeg", "yuyv"] = "mjpeg"
    """How frames travel: `mjpeg`, or `yuyv` without losses at the few sizes for which USB has room."""
    power_line_hz: Literal[0, 50, 60] | None = 50
    """The mains, whose flicker the camera's exposure avoids; 0 is daylight, left out is as the camera is."""


class V4l2Camera(StreamCamera):
    """Streams at full size, and gives fresh, whole, upright frames."""

    def __init__(self, options: Options, *, clock: MonotonicClock, syscalls: Syscalls | None = None) -> None:
        """:param clock: the kernel's monotonic clock, which frames are told apart by.
        :param syscalls: instead of the kernel's own.
        """
        super().__init__(lease=f"v4l2-{options.device}")
        self._options, self._clock = options, clock
        self._syscalls: Syscalls = LinuxSyscalls() if syscalls is None else syscalls
        self._node: VideoNode | None = None
        self._found: VideoFound | None = None
        self._automatics: Automatics | None = None
        self._shape = Shape(options.width_px, options.height_px, _CODES[options.pixel_format])
        self._damaged = False

    @property
    def facts(self) -> Facts:
        """The model's own name and release number once it was opened."""
        found = self._found
        return Facts(
            kind=DeviceKind.CAMERA,
            make=found.make if found else "",
            model=(found.card if found else "") or "V4L2 camera",
            serial=found.serial if found else "",
            firmware=found.release if found else "",
            certified=False,
            simulated=found is not None and found.driver == "vivid",
        )

    def _connect(self) -> None:
        # kept before anything is said, so that closing finds it when the opening is cancelled or fails
        self._node = node = VideoNode(self._options.device, self._syscalls)
        self._found = node.describe()
        wanted = Shape(self._options.width_px, self._options.height_px, _CODES[self._options.pixel_format])
        self._shape = node.choose(wanted)
        if self._shape[:3] != wanted[:3]:
            width_px, height_px, code, *_ = self._shape
            raise OptionsFault(f"The camera does not have this size; it would give {width_px}x{height_px} in {code}.")
        node.prepare()
        self._automatics = Automatics(node)
        self._suit_mains(node)

    def _suit_mains(self, node: VideoNode) -> None:
        mains = self._options.power_line_hz
        if mains is None or node.default(wire.POWER_LINE_FREQUENCY) is None:
            return
        try:
            node.write(wire.POWER_LINE_FREQUENCY, _POWER_LINE[mains])
        except ProtocolFault:
            _log.info("The camera does not know mains of %s Hz.", mains)

    async def _close(self) -> None:
        node, self._node, self._automatics = self._node, None, None
        if node is not None:
            await in_thread(node.close)

    def _begin(self) -> None:
        node, automatics = self._parts()
        self._damaged = False
        automatics.follow()
        node.start()

    def _end(self) -> None:
        if self._automatics is None:
            return
        node, automatics = self._parts()
        node.stop()
        automatics.follow()

    def _hold(self) -> frozenset[Control]:
        _, automatics = self._parts()
        limit_ns = self._clock.monotonic_ns() + self._options.settle_limit_ms * 1_000_000
        settling, seen = Settling(), self._small()
        while not settling.settled and self._clock.monotonic_ns() < limit_ns:
            seen = self._small()
            settling.look(seen.pixels, seen.settings)
        before = level(seen.pixels)
        held = automatics.hold()
        # what is held may come into force some frames later
        after = [level(self._small().pixels) for _ in range(SETTLED_FRAMES)]
        if jumped(before, after[-1]):
            _log.warning("The camera does not tell what its automatics set, and cannot be held.")
            automatics.follow()
            return frozenset()
        return held

    def _full(self) -> Frame:
        return self._take(factor=1)

    def _small(self) -> Frame:
        return self._take(factor=preview_factor(self._shape.width_px, self._shape.height_px))

    def _take(self, *, factor: int) -> Frame:
        node, _ = self._parts()
        node.drain()
        asked_ns = self._clock.monotonic_ns()
        limit_ns = asked_ns + self._options.frame_limit_ms * 1_000_000
        damaged = False
        while (left_ms := (limit_ns - self._clock.monotonic_ns()) // 1_000_000) > 0:
            try:
                came = node.next(limit_ms=left_ms)
            except TimedOutFault:
                break
            now_ns = self._clock.monotonic_ns()
            taken_ns = now_ns if came.stamp_ns is None else min(came.stamp_ns, now_ns)
            if taken_ns >= asked_ns:
                frame = self._developed(came, taken_ns=taken_ns, factor=factor)
                if frame is not None:
                    return frame
                damaged = True
                self._note_damage()
            came.data[:] = bytes(len(came.data))
        if damaged:
            raise ProtocolFault("The camera gives damaged pictures only: another cable or socket may help.")
        raise TimedOutFault("The camera gave no fresh picture in time.")

    def _developed(self, came: VideoFrame, *, taken_ns: int, factor: int) -> Frame | None:
        """The frame, or None when it is not whole; its data are overwritten."""
        _, automatics = self._parts()
        pixels = self._pixels(came.data, factor=factor) if came.intact else None
        came.data[:] = bytes(len(came.data))
        if pixels is None:
            return None
        ratio = pixels.shape[0] / self._shape.height_px
        upright = turned(pixels, self._options.rotate_deg)
        if upright is not pixels:
            pixels.fill(0)
        return Frame(upright, taken_ns=taken_ns, settings=automatics.settings, reduced_ratio=ratio)

    def _pixels(self, data: bytearray, *, factor: int) -> "RgbPixels | None":
        width_px, height_px, code, row_bytes, _ = self._shape
        if code == _CODES["mjpeg"]:
            return from_jpeg(data, width_px=width_px, height_px=height_px, factor=factor)
        full = from_yuyv(data, width_px=width_px, height_px=height_px, row_bytes=row_bytes)
        if full is None or factor == 1:
            return full
        small = reduced(full, factor=factor)
        full.fill(0)
        return small

    def _note_damage(self) -> None:
        if not self._damaged:
            self._damaged = True
            _log.warning("The camera gave a damaged picture, which was passed over.")

    def _parts(self) -> tuple[VideoNode, Automatics]:
        assert self._node is not None, "frames are only taken while opened"
        assert self._automatics is not None, "they are found when it is opened"
        return self._node, self._automatics
