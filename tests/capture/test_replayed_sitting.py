"""A recorded sitting is taken again: a folder's pictures through the live picture and the automatic shutter."""

import json
from pathlib import Path

import numpy as np

from capture.acquire import acquire_portrait
from capture.face.judge import FaceJudge
from capture.face.live import Guidance
from capture.profile import Relaxation, RelaxedRule
from capture.sample import FaceSample
from drivers.camera.folder import FolderCamera, Options
from drivers.contract import Hint, RgbPixels
from drivers.world.scene import Scene
from tests.drivers.pictures import write

STEP_MS = 100

RULE = RelaxedRule(time_limit_ms=60_000, chosen=Relaxation(waived=("mouth_closed",)))
"""The simulated person smiles."""


class Pace:
    """A clock by which each frame that is looked at took a tenth of a second."""

    def __init__(self) -> None:
        self.now_ns = 0

    def monotonic_ns(self) -> int:
        return self.now_ns


def _sitting(folder: Path) -> list[RgbPixels]:
    """Nobody; then somebody at the edge of the picture; then in its middle, for a second."""
    scene = Scene(width_px=1200, height_px=1600, enlargement=2.95, noise_levels=1.5)
    wall = np.full((1600, 1200, 3), 176, np.uint8)
    there = scene.frame(1)
    aside = np.concatenate([there[:, 300:], wall[:, :300]], axis=1)
    pictures = [wall, wall, aside, aside, *(scene.frame(number) for number in range(2, 10))]
    for number, pixels in enumerate(pictures):
        path = write(folder / f"{number:03}.bmp", pixels)
        told = {"taken_ms": STEP_MS * number, "focal_px": 2500, "exposure_us": 10_000 + number}
        (folder / f"{path.name}.json").write_text(json.dumps(told))
    return pictures


async def test_it_is_taken_by_itself_where_the_person_sat_right(tmp_path: Path) -> None:
    pictures, clock = _sitting(tmp_path), Pace()
    camera = FolderCamera(Options(folder=tmp_path), clock=clock)
    seen: list[Guidance] = []

    def watch(guidance: Guidance) -> None:
        seen.append(guidance)
        clock.now_ns += STEP_MS * 1_000_000

    async with camera.opened():
        taken = await acquire_portrait(camera, FaceJudge(), rule=RULE, watch=watch)
    assert isinstance(taken, FaceSample)
    assert [guidance.retake is not None and guidance.retake.hint for guidance in seen[:2]] == [Hint.NO_FACE] * 2
    assert seen[2].failed or seen[2].retake
    assert seen[-1].held_ms >= 500
    assert len(seen) <= len(pictures)
    # one of those in which she sat right, and not the last one that was ever there
    assert taken.settings is not None
    assert taken.settings.exposure_us == 10_000 + len(seen)
