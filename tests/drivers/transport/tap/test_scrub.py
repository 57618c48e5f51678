"""Serial numbers are taken out, and nothing else."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.transport.tap.scrub import Scrub


def _scrub(*serials: str) -> Scrub:
    scrub = Scrub()
    for serial in serials:
        scrub.note(serial)
    return scrub


def test_each_number_becomes_another_one_of_its_length() -> None:
    scrub = _scrub("{AB-12}", "E0042", "E0042")
    assert scrub.text("usb-Make_E0042-video0 {AB-12}") == "usb-Make_00002-video0 0000001"
    assert scrub.tree({"a": ["E0042", 42, None, ("E0042",)]}) == {"a": ["00002", 42, None, ["00002"]]}


def test_one_that_is_part_of_another_does_not_spoil_it() -> None:
    assert _scrub("12345", "A12345").text("A12345 12345") == "000002 00001"


@pytest.mark.parametrize("serial", ["1", "001", ""])
def test_a_short_one_is_a_whole_text_or_none(serial: str) -> None:
    scrub = _scrub(serial)
    assert scrub.text(f"1-1.4 {serial}") == f"1-1.4 {serial}"
    assert scrub.text(serial) == ("1".zfill(len(serial)) if serial else "")


def test_payloads_keep_their_length() -> None:
    scrub = _scrub("FS8-0815")
    found = b"\x01FS8-0815\xff" + "FS8-0815".encode("utf-16-le")
    assert scrub.payload(found) == b"\x0100000001\xff" + "00000001".encode("utf-16-le")


@pytest.mark.parametrize("serial", ["0000", "00000000", "123", "0101010101"])
def test_a_plain_one_is_not_mistaken_for_pixels(serial: str) -> None:
    pixels = b"0" * 100 + serial.encode() + b"01" * 50
    assert _scrub(serial).payload(pixels) == pixels


@given(st.text(min_size=1, max_size=40), st.binary(max_size=200))
@settings(max_examples=50, deadline=None)
def test_whatever_it_is_nothing_changes_its_length(serial: str, data: bytes) -> None:
    scrub = _scrub(serial)
    assert len(scrub.text(serial)) == len(serial)
    assert scrub.text(serial) == "1".zfill(len(serial))
    framed = data + serial.encode("utf-8", "replace") + data
    assert len(scrub.payload(framed)) == len(framed)
