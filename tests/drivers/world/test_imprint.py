from pathlib import Path

import cv2
import numpy as np
import pytest

from drivers.contract import Finger, GreyPixels
from drivers.world.finger import WorldFinger
from drivers.world.press import Press
from tests.drivers.world.clarity import clarity
from tests.drivers.world.fingers import some_fingers, world_finger
from tests.drivers.world.likeness import touched

SFINGE = sorted((Path(__file__).resolve().parents[3].parent / "shared" / "data" / "nfiq2").glob("SFinGe_Test0*.pgm"))


def _index(**knobs: float) -> GreyPixels:
    return world_finger(1, Finger.RIGHT_INDEX).press(Press.model_validate(knobs))


def _inner(print_: GreyPixels) -> np.ndarray:
    """Where there is a print and no rim; boolean."""
    return cv2.erode(touched(print_).astype(np.uint8), np.ones((41, 41), np.uint8)) > 0


def _ridge_share(print_: GreyPixels) -> float:
    return float((print_[_inner(print_)] < 145).mean())


def _extent_px(mask: np.ndarray) -> tuple[int, int]:
    return int(np.ptp(np.nonzero(mask.any(axis=1))[0])), int(np.ptp(np.nonzero(mask.any(axis=0))[0]))


def test_a_frame_is_what_the_contract_says() -> None:
    print_ = _index()
    assert print_.shape == (480, 320)
    assert print_.dtype == np.uint8
    assert print_.flags.c_contiguous


@pytest.mark.parametrize("finger", some_fingers(), ids=lambda finger: finger.finger.value)
def test_ridges_are_dark_and_furrows_light_and_the_plate_white(finger: WorldFinger) -> None:
    print_ = finger.press(Press())
    inner = print_[_inner(print_)]
    assert 35 < np.quantile(inner, 0.1) < 90
    assert 205 < np.quantile(inner, 0.9) < 245
    assert 0.42 < _ridge_share(print_) < 0.6
    rim = np.concatenate([print_[:6].ravel(), print_[:, :6].ravel(), print_[:, -6:].ravel()])
    assert 243 < rim.mean() < 254
    assert 1 < rim.std() < 4


def test_an_index_fills_most_of_the_plate() -> None:
    height, width = _extent_px(touched(_index()))
    assert 0.68 < width / 320 < 0.86
    assert 0.72 < height / 480 < 0.9


def test_a_good_press_is_as_clear_as_other_synthetic_prints() -> None:
    ours = [clarity(finger.press(Press())) for finger in some_fingers()]
    assert min(ours) > 0.82
    assert max(ours) < 0.93
    if not SFINGE:
        pytest.skip("the SFinGe pictures are not there to compare with")
    theirs = [clarity(np.asarray(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE), np.uint8)) for path in SFINGE]
    assert np.mean(ours) == pytest.approx(np.mean(theirs), abs=0.06)


def test_dry_skin_breaks_the_ridges() -> None:
    dry, right = _index(moisture_ratio=0.05), _index()
    assert clarity(dry) < clarity(right) - 0.1
    assert np.quantile(dry[_inner(dry)], 0.1) > np.quantile(right[_inner(right)], 0.1)


def test_wet_skin_fills_the_furrows() -> None:
    assert _ridge_share(_index(moisture_ratio=0.95)) > _ridge_share(_index()) + 0.08


def test_pressure_widens_the_ridges() -> None:
    light, right, heavy = (_ridge_share(_index(pressure_ratio=ratio)) for ratio in (0.15, 0.5, 0.9))
    assert light < right - 0.08 < right + 0.08 < heavy


@pytest.mark.parametrize(
    "knobs",
    [
        {"pressure_ratio": 0, "moisture_ratio": 0, "missing_ratio": 1},
        {"pressure_ratio": 1, "moisture_ratio": 1, "rotation_deg": 180},
        {"dirt_ratio": 1, "injury_ratio": 1, "shift_px": (-900, 700)},
    ],
    ids=["hardly", "squeezed", "beside"],
)
def test_the_ends_of_the_knobs_give_a_frame_too(knobs: dict[str, float]) -> None:
    assert _index(**knobs).shape == (480, 320)


def test_dirt_lies_beside_the_finger_too() -> None:
    clean, dirty = _index(), _index(dirt_ratio=1)
    beside = ~touched(clean)
    assert dirty[beside].mean() < clean[beside].mean() - 4


def test_an_injury_leaves_ridges_out() -> None:
    whole, cut = _index(), _index(injury_ratio=1)
    lost = (cut[_inner(whole)] > 200).mean() - (whole[_inner(whole)] > 200).mean()
    assert lost > 0.008
