"""The simulated person as the real judge sees her: she blinks, speaks, turns, nods; and her sidecar is fresh."""

import json
from importlib.util import module_from_spec, spec_from_file_location

import numpy as np
import pytest

from capture.face.judge import FaceJudge
from capture.face.points import Points
from capture.face.pose import pose_of
from capture.face.pyramid import Pyramid
from capture.face.search import FaceSearch
from capture.profile import FaceRule
from capture.sample import FaceSample
from drivers.contract import Frame
from drivers.world.person import AT_REST, FILE, Pose, posed
from drivers.world.photograph import astronaut
from drivers.world.scene import Scene
from tests.capture.face.pictures import enlarged
from tests.house.source import ROOT


def _points(search: FaceSearch, pose: Pose) -> Points:
    pyramid = Pyramid(enlarged(posed(pose), 3.2))
    return search.refined(pyramid, search.faces(pyramid)[0]).points


@pytest.mark.parametrize(("yaw_deg", "pitch_deg"), [(10, 0), (-10, 0), (20, 0), (0, 10), (0, -10), (8, 8)])
def test_a_turn_reads_as_what_it_was(search: FaceSearch, yaw_deg: float, pitch_deg: float) -> None:
    rest, turned = (pose_of(_points(search, pose)) for pose in (AT_REST, Pose(yaw_deg=yaw_deg, pitch_deg=pitch_deg)))
    assert turned.yaw_deg - rest.yaw_deg == pytest.approx(yaw_deg, abs=0.35 * abs(yaw_deg) + 2)
    assert turned.pitch_deg - rest.pitch_deg == pytest.approx(pitch_deg, abs=0.35 * abs(pitch_deg) + 2)


@pytest.mark.parametrize(
    ("pose", "failed"),
    [
        (AT_REST, {"mouth_closed"}),
        (Pose(mouth_open_ratio=0), set()),
        (Pose(mouth_open_ratio=2), {"mouth_closed"}),
        (Pose(mouth_open_ratio=0, eyes_open_ratio=0.1), {"eyes_open"}),
        (Pose(mouth_open_ratio=0, yaw_deg=12), {"yaw"}),
        (Pose(mouth_open_ratio=0, pitch_deg=10), {"pitch"}),
    ],
)
def test_the_gates_see_what_she_does(judge: FaceJudge, pose: Pose, failed: set[str]) -> None:
    scene = Scene(width_px=1200, height_px=1600, enlargement=2.95, noise_levels=1.5)
    scene.show(pose)
    seen = judge.judge(Frame(scene.frame(1), taken_ns=1, focal_px=2500), FaceRule())
    assert isinstance(seen, FaceSample)
    # a lid that falls moves the pose's reading, too
    watched = {"eyes_open", "mouth_closed", "yaw", *(["pitch"] if pose.eyes_open_ratio == 1 else [])}
    assert {gate.id for gate in seen.failed} & watched == failed


def test_the_sidecar_is_what_the_script_would_write() -> None:
    spec = spec_from_file_location("person_sidecar", ROOT / "image-build" / "person_sidecar.py")
    assert spec is not None
    assert spec.loader is not None
    script = module_from_spec(spec)
    spec.loader.exec_module(script)
    now, stored = script.sidecar(astronaut()), json.loads(FILE.read_text("utf-8"))
    assert now.keys() == stored.keys()
    # a tenth of a pixel is what the network's arithmetic may differ by from machine to machine
    assert np.allclose(now["face"], stored["face"], atol=0.21)
