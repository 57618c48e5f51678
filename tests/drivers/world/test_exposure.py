import pytest

from drivers.world.exposure import LAMP_RATIOS, Automatics


def _followed(automatics: Automatics, frames: int) -> Automatics:
    for _ in range(frames):
        automatics.follow()
    return automatics


def test_every_frame_comes_nearer_until_nothing_changes_any_more() -> None:
    automatics = Automatics(light_ratio=1.0)
    greens = []
    while not automatics.settled:
        greens.append(automatics.channel_ratios[1])
        automatics.follow()
    assert greens == sorted(greens)
    assert 4 <= len(greens) <= 10
    assert automatics.channel_ratios == (1.0, 1.0, 1.0)
    settled = automatics.settings
    assert _followed(automatics, 3).settings == settled


def test_half_the_light_and_the_wrong_colour_at_the_beginning() -> None:
    red, green, blue = Automatics(light_ratio=1.0).channel_ratios
    assert green == pytest.approx(0.5)
    assert red < green < blue


def test_what_is_held_does_not_follow_and_what_is_released_does() -> None:
    automatics = Automatics(light_ratio=1.0)
    automatics.hold()
    held = automatics.settings
    assert _followed(automatics, 5).settings == held
    automatics.release()
    assert _followed(automatics, 1).settings != held


def test_a_dim_room_takes_gain_and_a_bright_one_less_time() -> None:
    dim, bright = (_followed(Automatics(light_ratio=ratio), 30).settings for ratio in (0.1, 10.0))
    assert (dim.exposure_us, bright.exposure_us) == (33_000, 1000)
    assert dim.gain_ratio == pytest.approx(100 / 33)
    assert bright.gain_ratio == 1.0
    assert dim.white_balance_ratios == LAMP_RATIOS


def test_beyond_the_sensors_reach_the_picture_stays_dark() -> None:
    automatics = _followed(Automatics(light_ratio=0.005), 30)
    assert automatics.settled
    assert automatics.channel_ratios[1] == pytest.approx(33_000 * 16 * 0.005 / 10_000)
