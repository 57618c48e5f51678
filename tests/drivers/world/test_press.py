import numpy as np
import pytest
from pydantic import ValidationError

from drivers.world.press import Press


@pytest.mark.parametrize(
    "wrong",
    [{"pressure_ratio": 1.1}, {"moisture_ratio": -0.1}, {"seed": -1}, {"rotation_deg": 500}, {"presure_ratio": 0.5}],
)
def test_knobs_have_stops(wrong: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        Press.model_validate(wrong)


def test_moisture_is_either_dry_or_wet() -> None:
    assert (Press(moisture_ratio=0).dryness_ratio, Press(moisture_ratio=0).wetness_ratio) == (1, 0)
    assert (Press(moisture_ratio=1).dryness_ratio, Press(moisture_ratio=1).wetness_ratio) == (0, 1)
    assert (Press().dryness_ratio, Press().wetness_ratio) == (0, 0)


def test_the_next_press_wanders_and_keeps_within_the_stops() -> None:
    heavy = Press(pressure_ratio=1, moisture_ratio=0, dirt_ratio=0.3)
    nexts = [heavy.again(rng=np.random.default_rng(n)) for n in range(40)]
    assert len({press.rotation_deg for press in nexts}) == 40
    assert all(0.8 < press.pressure_ratio <= 1 and 0 <= press.moisture_ratio < 0.2 for press in nexts)
    assert {press.dirt_ratio for press in nexts} == {0.3}


def test_without_wandering_only_the_seed_changes() -> None:
    press = Press(rotation_deg=12)
    following = press.again(rng=np.random.default_rng(1), wander_ratio=0)
    assert following.seed != press.seed
    assert following.model_copy(update={"seed": press.seed}) == press
