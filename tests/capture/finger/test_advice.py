"""Which measure leads to which hint: the table, and what it says to the simulated finger."""

import pytest

from capture.finger.advice import AREA, LEVEL, RESIDUE, TABLE, hints_of
from capture.profile import FingerRule
from capture.sample import FingerSample
from drivers.contract import Finger, Hint
from tests.capture.finger.one_frame import looked_at
from tests.capture.finger.pattern import frame
from tests.capture.finger.plates import PEOPLE, pressed

RIGHT = {AREA: 200.0, RESIDUE: 0.0, LEVEL: 147.0}


@pytest.mark.parametrize(
    ("changed", "hints"),
    [
        ({}, ()),
        ({AREA: 128.9}, (Hint.CENTRE_FINGER,)),
        ({AREA: 129.0}, ()),
        ({RESIDUE: 12.1}, (Hint.CLEAN_PLATE,)),
        ({RESIDUE: 12.0}, ()),
        ({LEVEL: 127.9, AREA: 265.0}, (Hint.PRESS_LIGHTER,)),
        ({LEVEL: 127.9, AREA: 264.9}, (Hint.DRY_FINGER,)),
        ({LEVEL: 128.0}, ()),
        ({LEVEL: 168.0}, ()),
        ({LEVEL: 168.1}, (Hint.PRESS_HARDER,)),
        ({LEVEL: 180.0, AREA: 100.0, RESIDUE: 50.0}, (Hint.CENTRE_FINGER, Hint.CLEAN_PLATE, Hint.PRESS_HARDER)),
    ],
)
def test_each_limit_is_where_the_table_says(changed: dict[str, float], hints: tuple[Hint, ...]) -> None:
    assert hints_of(RIGHT | changed) == hints


def test_what_was_not_measured_says_nothing() -> None:
    assert hints_of({}) == ()
    assert hints_of({LEVEL: 100.0}) == ()


def test_a_line_of_the_table_reads_as_it_is_tested() -> None:
    assert [str(test) for test in TABLE[0].tests] == ["SmiliusFingerArea_mm2 < 129"]
    assert all(advice.reason and advice.tests for advice in TABLE)


@pytest.mark.parametrize("who", PEOPLE[:2], ids=lambda who: who[1].value)
@pytest.mark.parametrize(
    ("knobs", "hint"),
    [
        ({}, None),
        ({"moisture_ratio": 0.0}, Hint.PRESS_HARDER),
        ({"moisture_ratio": 1.0}, Hint.DRY_FINGER),
        ({"pressure_ratio": 0.1}, Hint.PRESS_HARDER),
        ({"pressure_ratio": 1.0}, Hint.PRESS_LIGHTER),
        ({"dirt_ratio": 1.0}, Hint.CLEAN_PLATE),
        ({"missing_ratio": 0.48}, Hint.CENTRE_FINGER),
    ],
    ids=str,
)
def test_the_simulated_finger_is_told_what_is_wrong_with_it(
    who: tuple[int, Finger], knobs: dict[str, object], hint: Hint | None
) -> None:
    judged = looked_at(frame(pressed(who, **knobs)), who[1], rule=FingerRule())
    hints = judged.hints[:1] if isinstance(judged, FingerSample) else (judged.hint,)
    assert hints == (() if hint is None else (hint,))
