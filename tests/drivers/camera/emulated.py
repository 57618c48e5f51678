"""Cameras as their drivers meet them: over the emulated kernel, and over the emulated board."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from drivers.camera.picamera2_csi import Options as PiOptions
from drivers.camera.picamera2_csi import Picamera2Csi
from drivers.camera.v4l2 import Options, V4l2Camera
from drivers.transport.v4l2 import VideoNode
from tests.emulators.picamera import Board, EmulatedPiCameras
from tests.emulators.video import EmulatedVideo, VideoCamera


class Desk:
    """A socket with a camera in it."""

    def __init__(self, folder: Path, camera: VideoCamera | None = None) -> None:
        self.camera = camera or VideoCamera()
        self.video = EmulatedVideo(self.camera, folder)

    def driver(self, **options: object) -> V4l2Camera:
        options = {"device": "/dev/video0", "width_px": 320, "height_px": 240, **options}
        return V4l2Camera(Options.model_validate(options), clock=self.video, syscalls=self.video)

    @contextmanager
    def seized(self) -> Iterator[None]:
        other = VideoNode(self.video.path, self.video)
        other.prepare()
        yield
        other.close()


def pi_camera(board: Board, **options: object) -> Picamera2Csi:
    return Picamera2Csi(PiOptions.model_validate(options), clock=board, cameras=EmulatedPiCameras(board))
