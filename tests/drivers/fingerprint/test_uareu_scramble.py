"""The scrambling against the facts' vectors, and against the emulator's, which steps bit by bit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.contract import GreyPixels, ProtocolFault
from drivers.fingerprint import uareu_wire as wire
from drivers.fingerprint.uareu_scramble import KeyRow, assembled
from tests.emulators.prints import anisotropic
from tests.emulators.uareu import SEEN, Fault, Script, Table, Uareu, Wrong

KEY = 0x544409D6
"""Of a real capture."""

MIXED: Table = ((4, 40), (2, 60), (0x82, 70), (1, 1), (6, 9), (0x80, 10), (2, 100))


def _stepped(key: int) -> int:
    return (bin(key & 0x9248144D).count("1") & 1) << 31 | key >> 1


def test_the_key_and_its_bytes_are_those_of_a_real_capture() -> None:
    row = KeyRow(KEY, steps=384 * 72)
    assert row.stream(8, start=0).tobytes().hex() == "17a04103d9a04025"
    assert (row.after(0), row.after(8), row.after(384 * 72)) == (KEY, 0x26544409, 0xE42835F8)


@given(key=st.integers(0, 2**32 - 1), steps=st.integers(0, 1_500))
def test_a_row_made_in_runs_is_the_row_made_step_by_step(key: int, steps: int) -> None:
    row, now = KeyRow(key, steps=steps), key
    for _ in range(steps):
        now = _stepped(now)
    assert row.after(steps) == now


def _sent(table: Table = SEEN, *, fault: Fault | None = None) -> tuple[bytes, GreyPixels]:
    """A picture as the emulator sends it, and as the wire had it."""
    model = Uareu(anisotropic(), Script(tables=(table,)), finger=True)
    data, had = model._built(anisotropic().pressed[0], number=0, fault=fault)
    upright = np.frombuffer(had, np.uint8).reshape(290, 384)
    return data, 255 - upright[::-1, ::-1]


KEYS = (KEY, 0x1B2C3D4E, 0x9F00A711)
"""The emulator's first three, by their numbers."""


@pytest.mark.parametrize(("table", "keys"), [(SEEN, KEYS[:1]), (MIXED, KEYS)])
def test_a_scrambled_picture_is_as_before(table: Table, keys: tuple[int, ...]) -> None:
    data, plain = _sent(table)
    assert np.array_equal(assembled(data, wire.head(data), keys=keys), plain)


def test_a_plain_picture_is_noticed_although_its_table_says_that_it_is_scrambled() -> None:
    data, plain = _sent(fault=Fault(Wrong.BARE))
    assert np.array_equal(assembled(data, wire.head(data), keys=KEYS[:1]), plain)


def test_strong_ridges_in_the_first_lines_are_not_taken_for_noise() -> None:
    # two lines in step, whose sums vary by far more than 5000
    data, _ = _sent(fault=Fault(Wrong.BARE))
    ridges = (127 + 120 * np.sin(np.arange(384) / 2)).astype(np.uint8)
    sums = 2.0 * ridges
    assert sums.var() > 5_000
    data = data[:64] + ridges.tobytes() * 289
    assert (assembled(data, wire.head(data), keys=KEYS[:1]) == ridges).all()


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_wrong_key_is_noticed_wherever_it_is_used(place: int) -> None:
    data, _ = _sent(MIXED)
    keys = [key ^ (number == place) for number, key in enumerate(KEYS)]
    with pytest.raises(ProtocolFault, match="unscrambled"):
        assembled(data, wire.head(data), keys=keys)


@pytest.mark.parametrize("weak", [0x00000000, 0xFFFFFFFF])
@pytest.mark.parametrize("fault", [None, Fault(Wrong.BARE)])
def test_a_key_that_does_not_show_is_no_key_to_judge_by(weak: int, fault: Fault | None) -> None:
    data, _ = _sent(fault=fault)
    if fault is None:
        # with such a key what is scrambled is as smooth as what is not
        data = data[:64] + bytes(384 * 289)
    with pytest.raises(ProtocolFault, match="does not show"):
        assembled(data, wire.head(data), keys=[weak])


def test_the_last_pixel_of_a_scrambled_block_is_lost_and_an_absent_row_repeats_the_next() -> None:
    data, _ = _sent()
    pixels = assembled(data, wire.head(data), keys=KEYS[:1])
    assert [int(pixels[row, -1]) for row in (71, 121, 172, 289)] == [0, 0, 0, 0]
    assert np.array_equal(pixels[122], pixels[123])
