import struct

import pytest

from drivers.contract import ProtocolFault
from drivers.fingerprint import uareu_wire as wire

TABLE = bytes.fromhex("0248 0001 0231 0101 0001 0231 0001 0274 0000 1040 8001 5a00".replace(" ", "")).ljust(30, b"\0")
"""Of a real picture, with what stood after its end."""


def _picture(table: bytes = TABLE, *, lines: int = 289, magic: str = "1040", key: int = 0, cut: int = 0) -> bytes:
    head = bytes.fromhex(magic) + struct.pack("<HHB9x", 384, lines, key) + table
    whole = head.ljust(64, b"\x77") + bytes(384 * min(lines, 290))
    return whole[: len(whole) - cut]


def test_the_registers_and_modes_are_those_of_the_facts_page() -> None:
    registers = [wire.STATUS, wire.KEY_SEED, wire.KEY_OUT, wire.MODE, wire.INFORMATION, wire.ANSWER, wire.CHALLENGE]
    assert registers == [0x07, 0x33, 0x34, 0x4E, 0xF0, 0x2000, 0x2010]
    assert {mode.name: mode.value for mode in wire.Mode} == {
        "AWAIT_FINGER": 0x10,
        "AWAIT_NO_FINGER": 0x12,
        "CAPTURE": 0x20,
        "OFF": 0x70,
    }
    assert (wire.WRITE, wire.READ, wire.REGISTER) == (0x40, 0xC0, 0x04)
    assert (wire.EVENTS, wire.PICTURES, wire.READ_BYTES) == (0x81, 0x82, 111_424)


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        ("56aa03910efe0c54", wire.Event.POWERED),
        ("0101020008001000", wire.Event.FINGER_ON),
        ("0200080010002000", wire.Event.FINGER_OFF),
        ("0800", wire.Event.FAILING),
        ("2000800056aa", None),
        ("0001", None),
        ("01", None),
        ("", None),
    ],
)
def test_only_the_first_two_bytes_of_a_packet_are_an_event(payload: str, said: wire.Event | None) -> None:
    assert wire.event(bytes.fromhex(payload)) is said


def test_the_head_of_a_real_picture_is_read_up_to_its_first_block_of_no_rows() -> None:
    found = wire.head(_picture(key=7))
    assert (found.lines, found.key, found.keys) == (289, 7, (7,))
    assert [(block.flags, block.rows) for block in found.blocks] == [
        (2, 72), (0, 1), (2, 49), (1, 1), (0, 1), (2, 49), (0, 1), (2, 116),
    ]  # fmt: skip
    assert len(_picture()) == 111_040


def test_the_flags_say_what_becomes_of_bytes_and_key() -> None:
    said = [
        (wire.Block(flags, 1).sent, wire.Block(flags, 1).scrambled, wire.Block(flags, 1).runs) for flags in range(8)
    ]
    assert said == [
        (True, False, True), (False, False, True), (True, True, True), (False, False, True),
        (True, False, False), (False, False, False), (True, False, False), (False, False, False),
    ]  # fmt: skip


def test_each_change_of_key_asks_for_the_next_number() -> None:
    table = bytes([0x02, 100, 0x82, 100, 0x01, 1, 0x80, 89]).ljust(30, b"\0")
    found = wire.head(_picture(table, key=254))
    assert found.keys == (254, 255, 0)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no picture"),
        (_picture()[:63], "no picture"),
        (_picture(magic="1041"), "no picture"),
        (_picture()[64:], "no picture"),
        (_picture(lines=290), "larger"),
        (_picture(lines=0xFFFF), "larger"),
        (_picture(cut=1), "part of a picture"),
        (_picture(lines=288), "not cut as it says"),
        (_picture(bytes(30)), "not cut as it says"),
        (_picture(bytes(30), lines=0), "not cut as it says"),
        (_picture(bytes([2, 200, 2, 89]).ljust(30, b"\0")), "not cut as it says"),
        (_picture(bytes([2, 200, 2, 84, 1, 5, 2, 1]).ljust(30, b"\0"), lines=285), "not cut as it says"),
        (_picture(bytes([2, 200, 2, 89, 1, 1]).ljust(30, b"\0")), "not cut as it says"),
    ],
    ids=range(13),
)
def test_what_is_no_whole_picture_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(ProtocolFault, match=words):
        wire.head(data)


def test_bytes_after_the_last_line_do_no_harm() -> None:
    assert wire.head(_picture() + bytes(384)) == wire.head(_picture())


def test_a_key_is_what_was_read_changed_by_the_seed() -> None:
    # of a real capture
    assert wire.seeded(0, 0x51EA2124).hex() == "002421ea51"
    assert wire.key_of(bytes.fromhex("f228ae05"), seed=0x51EA2124) == 0x544409D6
    with pytest.raises(ProtocolFault):
        wire.key_of(b"\xf2\x28\xae", seed=0)
