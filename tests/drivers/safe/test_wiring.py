from itertools import product

import pytest
from pydantic import ValidationError

from drivers.contract.watch import Flaw, State
from drivers.safe.wiring import WiredContact


def _wired(**options: object) -> WiredContact:
    return WiredContact.model_validate({"role": "door", "line": "DOOR", **options})


PAIR = {"role": "tamper", "wiring": "pair", "line": "LOOP", "return_line": "BACK"}


@pytest.mark.parametrize(
    ("pull", "normally", "level", "state"),
    [
        # a contact to ground, pulled up: low is closed
        ("up", "closed", 0, State.CLOSED),
        ("up", "closed", 1, State.OPEN),
        ("up", "open", 0, State.OPEN),
        ("up", "open", 1, State.CLOSED),
        # a contact to the supply, pulled down: high is closed
        ("down", "closed", 1, State.CLOSED),
        ("down", "closed", 0, State.OPEN),
        ("down", "open", 1, State.OPEN),
        ("down", "open", 0, State.CLOSED),
    ],
)
def test_what_one_line_shows(pull: str, normally: str, level: int, state: State) -> None:
    assert _wired(pull=pull, normally=normally).state_of((level,)) is state


def test_what_a_pair_shows() -> None:
    loop = WiredContact.model_validate(PAIR)
    assert {levels: loop.state_of(levels) for levels in product((0, 1), repeat=2)} == {
        (1, 1): State.INTACT,
        (1, 0): State.CUT,
        (0, 0): State.SHORTED,
        (0, 1): State.CONTRADICTORY,
    }
    door = WiredContact.model_validate({**PAIR, "role": "door"})
    assert [door.state_of(levels) for levels in ((1, 1), (1, 0))] == [State.CLOSED, State.OPEN]


def test_which_pulls_the_chip_gives() -> None:
    assert _wired().lines == (("DOOR", "up"),)
    assert _wired(pull="down").lines == (("DOOR", "down"),)
    assert _wired(pull="down", resistor="external").lines == (("DOOR", "floating"),)
    assert WiredContact.model_validate(PAIR).lines == (("LOOP", "floating"), ("BACK", "down"))


HELD, FLOATING = Flaw.HELD, Flaw.FLOATING


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        # level under pull up and under pull down: held low, follows, held high, against both pulls
        ({"pull": "up"}, [None, None, HELD, FLOATING]),
        ({"pull": "down"}, [HELD, None, None, FLOATING]),
        ({"pull": "up", "resistor": "external"}, [None, FLOATING, None, FLOATING]),
        ({"pull": "down", "resistor": "external"}, [None, FLOATING, None, FLOATING]),
    ],
)
def test_what_the_self_test_finds_on_one_line(options: dict[str, str], expected: list[Flaw | None]) -> None:
    under = [((0,), (0,)), ((1,), (0,)), ((1,), (1,)), ((0,), (1,))]
    assert [_wired(**options).flaw_of(up, down) for up, down in under] == expected


@pytest.mark.parametrize(
    ("up", "down", "flaw"),
    [
        ((1, 1), (1, 1), None),
        ((1, 1), (1, 0), None),
        ((0, 0), (0, 0), None),
        ((1, 1), (0, 0), FLOATING),
        ((1, 0), (1, 1), FLOATING),
    ],
)
def test_what_the_self_test_finds_on_a_pair(up: tuple[int, int], down: tuple[int, int], flaw: Flaw | None) -> None:
    assert WiredContact.model_validate(PAIR).flaw_of(up, down) is flaw


@pytest.mark.parametrize(
    "wrong",
    [
        {"line": ""},
        {"return_line": "BACK"},
        {"wiring": "pair"},
        {"wiring": "pair", "return_line": "BACK", "normally": "open"},
        {"wiring": "end-of-line", "return_line": "BACK"},
        {"pull": "sideways"},
        {"debounce_ms": 0},
        {"colour": "red"},
    ],
)
def test_options_are_checked(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        _wired(**wrong)
