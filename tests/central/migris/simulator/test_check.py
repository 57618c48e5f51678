"""What MIGRIS looks at: one thing wrong at a time, and the part that it is about."""

import pytest

from capture.records.package import unpack
from central.migris.simulator.check import CheckFailed, checked
from tests.capture.records.specimens import jpeg_by_hand, wsq_by_hand
from tests.central.parcels import Visit, new_id, print_wsq


def visit(**changes: bytes) -> bytes:
    return Visit(parcel=new_id(), **changes).package()  # type: ignore[arg-type]  # every change is of a picture


def test_a_good_package_passes() -> None:
    content = visit()
    assert checked(content) == unpack(content)


@pytest.mark.parametrize(
    ("changes", "part", "code"),
    [
        ({"jpeg": jpeg_by_hand(600, 800)}, "face", "portrait-size"),
        ({"right": print_wsq(width_px=300, height_px=480)}, "right-index", "print-size"),
        ({"left": print_wsq(width_px=320, height_px=400)}, "left-index", "print-size"),
        ({"right": wsq_by_hand(data=b"no ridges")}, "right-index", "wsq-undecodable"),
        ({"left": wsq_by_hand(data=bytes(500))}, "left-index", "wsq-undecodable"),
    ],
)
def test_the_part_at_fault_is_named(changes: dict[str, bytes], part: str, code: str) -> None:
    with pytest.raises(CheckFailed) as failed:
        checked(visit(**changes))
    assert (failed.value.cause.part, failed.value.cause.code) == (part, code)
    assert failed.value.cause.sentence


def test_the_first_part_at_fault_is_named_in_a_fixed_order() -> None:
    both = visit(right=wsq_by_hand(), left=wsq_by_hand())
    causes = set()
    for _ in range(2):
        with pytest.raises(CheckFailed) as failed:
            checked(both)
        causes.add(failed.value.cause.part)
    assert len(causes) == 1


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "package-damaged"), (b"PK\x03\x04", "package-damaged"), (visit()[:-1], "package-damaged")],
    ids=["empty", "head-only", "cut-short"],
)
def test_a_damaged_package_is_nobodys_part(content: bytes, code: str) -> None:
    with pytest.raises(CheckFailed) as failed:
        checked(content)
    assert (failed.value.cause.part, failed.value.cause.code) == (None, code)
