"""The four actionable values."""

import numpy as np
import pytest

from capture.finger.actionable import Actionable, actionable_values
from capture.finger.measures import Measures, measure
from tests.capture.finger.pattern import NAMES, example, expected, finger, needs_examples

RIGHT = {
    "UniformImage": 70.0,
    "EmptyImageOrContrastTooLow": 180.0,
    "FingerprintImageWithMinutiae": 40.0,
    "SufficientFingerprintForeground": 90_000.0,
}


@pytest.mark.parametrize(
    ("kind", "acts", "acts_not"),
    [
        (Actionable.UNIFORM, 0.99, 1.0),
        (Actionable.EMPTY, 250.1, 250.0),
        (Actionable.MINUTIAE, 4.0, 5.0),
        (Actionable.FOREGROUND, 49_999.0, 50_000.0),
    ],
)
def test_each_acts_beyond_its_limit_only(kind: Actionable, acts: float, acts_not: float) -> None:
    for value, expected_ in ((acts, True), (acts_not, False)):
        found = {one.kind: one for one in actionable_values(Measures(RIGHT | {kind: value}))}
        assert found[kind].act is expected_
        assert found[kind].value == value
        assert [one.kind for one in found.values() if one.act] == ([kind] if expected_ else [])
    assert kind.sentence.endswith(".")


def test_they_come_in_the_reference_s_order() -> None:
    assert [one.kind for one in actionable_values(Measures(RIGHT))] == list(Actionable)


def test_a_uniform_picture_has_the_first_two_only() -> None:
    grey = actionable_values(measure(np.full((480, 320), 128, np.uint8)))
    assert [(one.kind, one.act) for one in grey] == [(Actionable.UNIFORM, True), (Actionable.EMPTY, False)]


def test_a_bare_plate_is_empty_and_uniform() -> None:
    bare = actionable_values(measure(np.full((480, 320), 255, np.uint8)))
    assert [(one.kind, one.act) for one in bare] == [(Actionable.UNIFORM, True), (Actionable.EMPTY, True)]
    assert [one.value for one in bare] == pytest.approx([0, 255])


def test_of_no_pixels_nothing_is_said() -> None:
    assert actionable_values(measure(np.zeros((0, 320), np.uint8))) == ()


def test_a_small_contact_asks_for_action() -> None:
    found = {one.kind: one.act for one in actionable_values(measure(finger(half_axes_px=(70, 90))))}
    assert found[Actionable.FOREGROUND]


@needs_examples
@pytest.mark.parametrize("name", NAMES)
def test_on_the_published_prints_they_are_the_published_ones(name: str) -> None:
    for one in actionable_values(measure(example(name))):
        if one.kind is not Actionable.MINUTIAE:
            assert one.value == pytest.approx(expected(name)[one.kind], rel=5e-6)
        assert not one.act
