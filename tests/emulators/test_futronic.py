"""The emulator itself, against the facts page and without the driver."""

import struct

import pytest

from tests.emulators.futronic import NOTHING_WRONG, Fault, Futronic, Script, Wrong
from tests.emulators.plate import PICTURE_BYTES, Pictures, Plate
from tests.emulators.usb import Babble, Refused, Setup, Stall, Unplugged

BARE = tuple(bytes([200 + number]) * PICTURE_BYTES for number in range(2))
PRESSED = tuple(bytes([60 + number]) * 320 + bytes([100]) * (PICTURE_BYTES - 320) for number in range(2))
PICTURES = Pictures(BARE, PRESSED)


def _model(script: Script = NOTHING_WRONG) -> Futronic:
    return Futronic(Plate(PICTURES, touches=(True,) * 9), script)


def _asked(model: Futronic, command: bytes, *, size_bytes: int = 512, now_s: float = 0.0) -> bytes:
    """A command, and what the queue has ten seconds later."""
    assert model.out(0x01, command, now_s=now_s)
    return model.take(0x82, size_bytes, now_s=now_s + 10).data


def _greeted(script: Script = NOTHING_WRONG) -> Futronic:
    model = _model(script)
    for command in (b"\xe0", b"\x6c", b"\x50"):
        assert len(_asked(model, command)) == 512
    return model


def test_it_says_its_size() -> None:
    assert _asked(_model(), b"\xe0")[4:8] == bytes.fromhex("014001e0")
    assert _asked(_model(Script(sizes=((0, 7),))), b"\xe0")[4:8] == bytes.fromhex("00000007")


@pytest.mark.parametrize("left_out", [b"\xe0", b"\x6c", b"\x50"])
def test_without_the_whole_handshake_there_is_no_frame(left_out: bytes) -> None:
    model = _model()
    for command in {b"\xe0", b"\x6c", b"\x50"} - {left_out}:
        _asked(model, command)
    assert _asked(model, b"\x6e", size_bytes=PICTURE_BYTES) == b""


@pytest.mark.parametrize("capture", [b"\x6e", b"\xfe"])
def test_a_frame_has_its_bottom_row_first_and_takes_a_tenth_of_a_second(capture: bytes) -> None:
    model = _greeted()
    assert model.out(0x01, b"\xdd\x32\x00", now_s=20.0)
    assert model.out(0x01, capture, now_s=20.0)
    assert model.take(0x82, PICTURE_BYTES, now_s=20.09).data == b""
    assert model.next_s() == pytest.approx(20.1)
    data = model.take(0x82, PICTURE_BYTES, now_s=20.11).data
    assert len(data) == PICTURE_BYTES
    assert data[:-320] == bytes([100]) * (PICTURE_BYTES - 320)
    assert data[-1] == PRESSED[0][20]


def test_without_the_lamp_the_picture_is_dark() -> None:
    model = _greeted()
    assert max(_asked(model, b"\x6e", size_bytes=PICTURE_BYTES)) < 5
    dead = _greeted(Script(dead_lamp=True))
    dead.out(0x01, b"\xdd\x32\x00", now_s=0)
    assert max(_asked(dead, b"\x6e", size_bytes=PICTURE_BYTES)) < 5


def test_no_two_pictures_are_the_same() -> None:
    plate = Plate(PICTURES)
    assert len({plate.expose(lit=True) for _ in range(50)}) == 50


def test_the_person_lays_the_finger_down_in_the_light_and_lifts_it_in_the_dark() -> None:
    plate = Plate(PICTURES, landing=2)
    seen = [plate.expose(lit=True)[100] >= 200 for _ in range(3)]
    plate.light(0)
    assert [*seen, plate.expose(lit=True)[100] >= 200] == [True, True, False, True]


def test_an_unknown_command_and_the_lamp_are_not_answered() -> None:
    model = _model()
    assert _asked(model, b"\x99") == b""
    assert _asked(model, b"\xdd\x32\x00") == b""
    assert model.lamp == 0x32


def test_what_was_left_comes_before_the_answer_and_may_hold_it_up() -> None:
    model = _model(Script(stale_packets=3))
    assert _asked(model, b"\xe0", size_bytes=2048)[3 * 512 + 4 :][:4] == bytes.fromhex("014001e0")
    waits = _model(Script(stale_packets=3, out_waits=True))
    assert not waits.out(0x01, b"\xe0", now_s=0)
    waits.take(0x82, 2048, now_s=0)
    assert waits.out(0x01, b"\xe0", now_s=0)


@pytest.mark.parametrize(
    ("fault", "sizes"),
    [
        (Fault(Wrong.CUT, 3), [1536, 0]),
        (Fault(Wrong.SPLIT, 3), [1636, PICTURE_BYTES - 1636]),
        (Fault(Wrong.LONG, 3), [PICTURE_BYTES, 1536]),
        (Fault(Wrong.STALE, 3), [PICTURE_BYTES, 1536]),
        (Fault(Wrong.HANG), [0, 0]),
    ],
)
def test_a_spoilt_frame_has_the_bytes_that_its_fault_says(fault: Fault, sizes: list[int]) -> None:
    model = _greeted(Script(frames={0: fault}))
    first = len(_asked(model, b"\x6e", size_bytes=PICTURE_BYTES))
    assert [first, len(model.take(0x82, PICTURE_BYTES, now_s=99).data)] == sizes


@pytest.mark.parametrize(("wrong", "sizes"), [(Wrong.PAUSED, [298, 2]), (Wrong.TRAILED, [300, 2])])
def test_packets_may_come_later(wrong: Wrong, sizes: list[int]) -> None:
    model = _greeted(Script(frames={0: Fault(wrong, 2)}))
    model.out(0x01, b"\x6e", now_s=20)
    taken = [len(model.take(0x82, 2 * PICTURE_BYTES, now_s=now_s).data) for now_s in (20.11, 20.13)]
    assert taken == [packets * 512 for packets in sizes]


def test_a_late_frame_holds_up_what_follows_it() -> None:
    model = _greeted(Script(frames={0: Fault(Wrong.LATE, 30)}))
    model.out(0x01, b"\x6e", now_s=20)
    model.out(0x01, b"\xe0", now_s=21)
    assert model.take(0x82, 512, now_s=23.0).data == b""
    assert len(model.take(0x82, 2 * PICTURE_BYTES, now_s=23.2).data) == PICTURE_BYTES + 512


def test_a_stall_lasts_until_it_is_cleared_and_an_unplugging_for_ever() -> None:
    stalled = _greeted(Script(frames={0: Fault(Wrong.STALL, 1)}))
    assert len(_asked(stalled, b"\x6e")) == 512
    for _ in range(2):
        with pytest.raises(Stall):
            stalled.take(0x82, 512, now_s=20)
    stalled.clear_halt(0x82)
    assert len(_asked(stalled, b"\xe0")) == 512
    gone = _greeted(Script(frames={0: Fault(Wrong.UNPLUGGED, 1)}))
    assert len(_asked(gone, b"\x6e")) == 512
    for _ in range(2):
        with pytest.raises(Unplugged):
            gone.take(0x82, 512, now_s=20)
        gone.clear_halt(0x82)


def test_a_reset_ends_a_hang_and_the_handshake_unless_it_is_refused() -> None:
    model = _greeted(Script(frames={0: Fault(Wrong.HANG)}))
    _asked(model, b"\x6e")
    assert _asked(model, b"\xe0") == b""
    model.reset()
    assert _asked(model, b"\x6e") == b""
    assert len(_asked(model, b"\xe0")) == 512
    with pytest.raises(Refused):
        _model(Script(reset_refused=True)).reset()


def test_less_than_a_packet_is_too_little_to_ask_for() -> None:
    model = _model()
    model.out(0x01, b"\xe0", now_s=0)
    with pytest.raises(Babble):
        model.take(0x82, 100, now_s=1)


def test_it_has_descriptors_and_strings() -> None:
    model = _model()

    def said(value: int) -> bytes:
        return model.control(Setup(0x80, 6, value, 0x0409, 255), b"", now_s=0)

    assert struct.unpack_from("<HH", said(0x0100), 8) == (0x1491, 0x0020)
    assert (len(said(0x0200)), said(0x0300)) == (32, bytes.fromhex("04030904"))
    assert said(0x0302)[2:].decode("utf-16-le") == "FS81"
    with pytest.raises(Stall):
        said(0x0600)
