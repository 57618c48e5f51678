"""Cards beside the face: found where they are, however they are held, and not where there is none."""

import numpy as np
import pytest

from capture.face.card import Card, find_card
from capture.face.geometry import head_of
from capture.face.pyramid import Pyramid
from drivers.contract import RgbPixels
from tests.capture.face.holding import Held, corners_of, holding, room
from tests.capture.face.sitting import Sitting, exposed


def _found(sitting: Sitting, picture: RgbPixels) -> Card | None:
    return find_card(Pyramid(picture), head_of(sitting.points))


@pytest.mark.parametrize(
    "held",
    [
        Held(),
        Held(across=-1.8, down=0.3),
        Held(fingers=False),
        Held(turn_deg=15),
        Held(turn_deg=-22, across=-1.9),
        Held(upright=True, across=-1.7),
        Held(nearer=1.12),
        Held(nearer=0.9),
        Held(tilt=0.12),
        Held(across=0.2, down=0.9),
        Held(across=0.0, down=2.4),
    ],
    ids=["right", "left", "free", "15", "-22", "upright", "near", "far", "tilted", "over", "below"],
)
def test_a_card_is_found_where_it_is_held(sitting: Sitting, held: Held) -> None:
    """Each corner within a seventh of the eyes' distance, nine millimetres."""
    card = _found(sitting, holding(sitting, held))
    assert card is not None
    gaps = np.linalg.norm(corners_of(sitting, held)[:, None] - card.corners_px[None], axis=2).min(axis=1)
    assert gaps.max() < head_of(sitting.points).inter_eye_px / 7


def test_without_a_card_there_is_none(sitting: Sitting) -> None:
    assert _found(sitting, exposed(sitting.picture)) is None


@pytest.mark.parametrize("kind", ["frames", "phones", "books", "switches"])
def test_few_other_things_on_the_wall_are_taken_for_a_card(sitting: Sitting, kind: str) -> None:
    """Eight in each room, on top of each other: in 2 of these 12 rooms something is taken for one."""
    assert sum(_found(sitting, room(sitting, kind, seed=seed)) is not None for seed in range(3)) <= 1
