"""Likeness: near the rows the curve follows them, far away it says that it does not know."""

import numpy as np
import pytest

from capture.finger.likeness import GROUP_OF, GROUPS, Likeness, LikenessData, angle_of, coordinates_of, score_of

NAMES = [name for group in GROUPS for name in group]


def data(**changes: object) -> LikenessData:
    rng = np.random.default_rng(3)
    rows = rng.normal(size=(12, len(NAMES))).round(3)
    plain: dict[str, object] = {
        "centre": [50.0] * len(NAMES),
        "spread": [2.0] * len(NAMES),
        "weights": [1.0] * len(GROUPS),
        "strength": 1.0,
        "noise": 0.001,
        "scores": list(range(5, 65, 5)),
        "rows": rows.tolist(),
    }
    return LikenessData.model_validate(plain | changes)


def values_at(row: tuple[float, ...]) -> dict[str, float]:
    places = 50.0 + 2.0 * np.array(row)
    return {
        name: float(place) ** 2 if name[-1].isdigit() else float(place)
        for name, place in zip(NAMES, places, strict=True)
    }


def test_every_coordinate_is_in_one_group() -> None:
    assert len(NAMES) == len(set(NAMES)) == len(GROUP_OF)
    assert not any("FJFX" in name or "Minutiae" in name for name in NAMES)


def test_counts_are_rooted_and_the_rest_is_plain() -> None:
    values = dict.fromkeys(NAMES, 9.0)
    by_name = dict(zip(NAMES, coordinates_of(values), strict=True))
    assert by_name["FDA_Bin10_3"] == 3
    assert by_name["FDA_Bin10_Mean"] == 9


@pytest.mark.parametrize("score", [0, 1, 26, 50, 99, 100])
def test_an_angle_is_its_score(score: float) -> None:
    assert score_of(angle_of(score)) == pytest.approx(score)


def test_beyond_the_ends_there_is_nothing() -> None:
    assert (score_of(-0.2), score_of(3.0)) == (0, 100)


def test_on_a_row_it_says_the_row_s_score_and_knows_it() -> None:
    rows = data()
    curve = Likeness.of(rows)
    for row, score in zip(rows.rows, rows.scores, strict=True):
        read, familiarity = curve.read(values_at(row))
        assert read == pytest.approx(score, abs=1)
        assert familiarity > 0.99


def test_far_away_it_says_the_mean_and_that_it_does_not_know() -> None:
    rows = data()
    curve = Likeness.of(rows)
    read, familiarity = curve.read(dict.fromkeys(NAMES, 90_000.0))
    assert read == pytest.approx(score_of(float(np.mean([angle_of(score) for score in rows.scores]))))
    assert familiarity == pytest.approx(0)
