"""The emulator itself, against the facts page and without the driver."""

import struct
from dataclasses import replace

import pytest

from tests.emulators.plate import Pictures
from tests.emulators.uareu import (
    ANSWER,
    CHALLENGE,
    FRAME_S,
    HEIGHT_PX,
    MICROSOFT_V2,
    NOTHING_WRONG,
    SEEN,
    UAREU_4500,
    WIDTH_PX,
    Fault,
    Script,
    Uareu,
    Wrong,
    key_bytes,
)
from tests.emulators.usb import Refused, Setup, Shape, Stall, Unplugged

SIZE = WIDTH_PX * HEIGHT_PX
PICTURES = Pictures((bytes([220]) * SIZE,), (bytes([60]) * 384 + bytes([100]) * (SIZE - 384),))
WHOLE = 111_424


def _read(model: Uareu, register: int, size_bytes: int = 1, *, now_s: float = 0.0) -> bytes:
    return model.control(Setup(0xC0, 4, register, 0, size_bytes), b"", now_s=now_s)


def _write(model: Uareu, register: int, *values: int, now_s: float = 0.0) -> None:
    model.control(Setup(0x40, 4, register, 0, len(values)), bytes(values), now_s=now_s)


def _model(script: Script = NOTHING_WRONG, shape: Shape = UAREU_4500) -> Uareu:
    return Uareu(PICTURES, script, shape)


def _pressed(script: Script = NOTHING_WRONG, shape: Shape = UAREU_4500) -> Uareu:
    model = _model(script, shape)
    model.finger = True
    return model


def _captured(model: Uareu, *, now_s: float = 10.0) -> bytes:
    _write(model, 0x4E, 0x20, now_s=now_s)
    return model.take(0x82, WHOLE, now_s=now_s + FRAME_S + 0.001).data


def test_switched_off_and_on_it_says_three_times_that_it_is_powered() -> None:
    # as in the trace of a real one
    model = _model()
    assert _read(model, 7) == b"\x01"
    _write(model, 7, 0x81)
    assert _read(model, 7) == b"\x81"
    _write(model, 7, 0x01, now_s=1.0)
    assert _read(model, 7) == b"\x01"
    assert model.take(0x81, 64, now_s=1.0).data == b""
    said = [model.take(0x81, 64, now_s=now_s).data for now_s in (1.001, 1.009, 1.017, 2.0)]
    assert [packet[:4].hex() for packet in said] == ["56aa0391"] * 3 + [""]
    assert {len(packet) for packet in said[:3]} == {64}
    assert _read(model, 0xF0, 16).hex() == "1a0a1a0a01150000002000108b211130"


def test_a_microsoft_reader_wakes_when_it_was_answered_and_told_again() -> None:
    model = _model(Script(status=0x03, challenges=1), MICROSOFT_V2)
    for value in (0x83, 0x03):
        _write(model, 7, value)
    assert _read(model, 7) == b"\x83"
    assert _read(model, 0x2010, 16) == CHALLENGE
    _write(model, 0x2000, *bytes(16))
    _write(model, 7, 0x03)
    assert _read(model, 7) == b"\x83"
    _write(model, 0x2000, *ANSWER)
    _write(model, 7, 0x03)
    assert _read(model, 7) == b"\x03"


def test_a_confused_one_comes_to_its_senses_after_a_few_looks() -> None:
    model = _model(Script(status=0x85))
    _write(model, 7, 0x05)
    assert [_read(model, 7) for _ in range(4)] == [b"\x00", b"\x00", b"\x01", b"\x01"]


def test_the_person_lays_the_finger_down_and_lifts_it_when_it_is_waited_for() -> None:
    model = _model()
    _write(model, 0x4E, 0x10, now_s=1.0)
    assert model.next_s() == pytest.approx(1.05)
    assert model.take(0x81, 64, now_s=1.04).data == b""
    assert model.take(0x81, 64, now_s=1.06).data[:2].hex() == "0101"
    assert model.take(0x81, 64, now_s=9.0).data == b""
    _write(model, 0x4E, 0x12, now_s=10.0)
    assert model.take(0x81, 64, now_s=10.06).data[:2].hex() == "0200"


def test_a_finger_that_stays_or_a_deaf_sensor_gives_no_lift() -> None:
    stays, deaf = _pressed(), _pressed(Script(deaf_lifts=1))
    stays.stays = True
    for model in (stays, deaf):
        _write(model, 0x4E, 0x12, now_s=1.0)
        assert model.take(0x81, 64, now_s=9.0).data == b""
    _write(deaf, 0x4E, 0x12, now_s=10.0)
    assert deaf.take(0x81, 64, now_s=10.1).data[:2].hex() == "0200"


def test_it_may_announce_a_failure_and_chatter() -> None:
    model = _pressed(Script(failing=frozenset({0}), chatter=True))
    for first in ("0800", "0101"):
        _write(model, 0x4E, 0x10)
        said = [model.take(0x81, 64, now_s=0.0).data[:2].hex() for _ in range(3)]
        assert said == ["2000", "56aa", first]


def test_a_picture_has_the_head_of_a_real_one_and_takes_as_long() -> None:
    model = _pressed()
    _write(model, 0x4E, 0x20, now_s=1.0)
    assert model.take(0x82, WHOLE, now_s=1.127).data == b""
    taken = model.take(0x82, WHOLE, now_s=1.129)
    assert (len(taken.data), taken.ended) == (111_040, True)
    assert taken.data[:7] == b"\x10\x40" + struct.pack("<HHB", 384, 289, 0)
    assert taken.data[16:34] == bytes(value for pair in SEEN for value in pair) + b"\0\0"


def test_what_is_scrambled_is_one_place_late_under_the_key_that_is_read_with_a_seed() -> None:
    model = _pressed()
    data = _captured(model)
    _write(model, 0x33, data[6], *struct.pack("<I", 0x51EA2124))
    assert _read(model, 0x34, 4).hex() == "f228ae05"
    stream = key_bytes(0x544409D6)
    assert stream[:8].hex() == "17a04103d9a04025"
    # upside down and inverted: the wire begins with the picture's end
    plain = bytes([255 - 100])
    assert data[65:73] == bytes(plain[0] ^ byte for byte in stream[:8])


def test_only_a_4500_is_upside_down() -> None:
    data = _captured(_pressed(Script(frames={0: Fault(Wrong.BARE)}), MICROSOFT_V2))
    assert data[64 + 20 : 64 + 23] == bytes([255 - 60]) * 3
    assert data[64 + 384 * 288 :][:3] == bytes([255 - 100]) * 3


def test_the_observer_sees_the_lost_pixels_and_the_repeated_row() -> None:
    model = _pressed(shape=MICROSOFT_V2)
    _captured(model)
    _, seen = model.exposures[-1]
    assert [seen[384 * row + 383] for row in (71, 121, 172, 289)] == [255] * 4
    assert seen[384 * 122 : 384 * 123] == seen[384 * 123 : 384 * 124]


@pytest.mark.parametrize(
    ("fault", "sizes"),
    [
        (Fault(Wrong.CUT, 3), [192, 0]),
        (Fault(Wrong.SPLIT, 3), [202, 111_040 - 202]),
        (Fault(Wrong.EMPTY, 0), [0, 111_040]),
        (Fault(Wrong.ENDLESS), [111_040, 0]),
        (Fault(Wrong.LONG, 3), [111_232, 0]),
        (Fault(Wrong.STALE), [111_040, 111_040]),
        (Fault(Wrong.TWICE), [111_040, 111_040]),
        (Fault(Wrong.HEADLESS, 1), [111_040 - 64, 0]),
        (Fault(Wrong.HANG), [0, 0]),
        (Fault(Wrong.LATE, 1), [0, 111_040]),
    ],
)
def test_a_spoilt_picture_has_the_bytes_that_its_fault_says(fault: Fault, sizes: list[int]) -> None:
    model = _pressed(Script(frames={0: fault}))
    assert [len(_captured(model)), len(model.take(0x82, WHOLE, now_s=11.0).data)] == sizes


def test_it_may_say_again_that_a_finger_was_there() -> None:
    model = _model(Script(echo=True))
    _write(model, 0x4E, 0x12)
    assert [model.take(0x81, 64, now_s=0.0).data[:2].hex() for _ in range(2)] == ["0200", "0101"]


def test_a_head_may_lie() -> None:
    said = [Fault(Wrong.LINES, 5), Fault(Wrong.TABLE, 0), Fault(Wrong.WRONG_KEY)]
    heads = [_captured(_pressed(Script(frames={0: fault})))[:64] for fault in said]
    assert struct.unpack_from("<H", heads[0], 4) == (295,)
    assert heads[1][31] == 117
    assert heads[2][6] == 1


def test_a_stall_lasts_until_it_is_cleared_and_an_unplugging_for_ever() -> None:
    stalled = _pressed(Script(frames={0: Fault(Wrong.STALL, 1)}))
    with pytest.raises(Stall):
        _captured(stalled)
    gone = _pressed(Script(frames={0: Fault(Wrong.UNPLUGGED, 0)}))
    with pytest.raises(Unplugged):
        _captured(gone)
    with pytest.raises(Stall):
        stalled.take(0x82, WHOLE, now_s=20)
    stalled.clear_halt(0x82)
    assert len(_captured(stalled, now_s=30.0)) == 111_040


def test_a_reset_ends_a_hang_unless_it_is_refused() -> None:
    model = _pressed(Script(frames={0: Fault(Wrong.HANG)}))
    assert _captured(model) == b""
    _write(model, 7, 0x81)
    _write(model, 7, 0x01)
    assert model.take(0x81, 64, now_s=20.0).data == b""
    model.reset()
    assert len(_captured(model, now_s=30.0)) == 111_040
    with pytest.raises(Refused):
        _model(Script(reset_refused=True)).reset()


def test_no_two_pictures_are_the_same_and_what_was_left_comes_first() -> None:
    model = _pressed()
    assert len({_captured(model, now_s=float(at)) for at in range(20)}) == 20
    assert len(_model(Script(stale_packets=3)).take(0x82, WHOLE, now_s=0.0).data) == 192


def test_it_has_the_descriptors_of_a_real_one() -> None:
    model = _model()

    def said(value: int) -> bytes:
        return model.control(Setup(0x80, 6, value, 0x0409, 255), b"", now_s=0)

    assert said(0x0100).hex() == "1201000200000040ba050a000301010203 01".replace(" ", "")
    assert said(0x0200).hex() == "0902200001010080640904000002ffffff0007058103400008070582024000" + "00"
    assert said(0x0302)[2:].decode("utf-16-le") == "U.are.U(R) 4500 Fingerprint Reader"
    assert struct.unpack_from("<HHH", replace(model, shape=MICROSOFT_V2).shape.device, 8) == (0x045E, 0x00CA, 0x0100)
    with pytest.raises(Stall):
        said(0x0600)
    with pytest.raises(Stall):
        model.out(0x02, b"", now_s=0)
