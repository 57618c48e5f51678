"""The tree of errors: codes that headquarters answers with, and the part that a client is called back for."""

from collections.abc import Iterator

from capture.errors import CaptureError
from capture.records.errors import FACE, PackageDamaged, RecordError
from drivers.contract import Finger


def _tree(root: type[RecordError]) -> Iterator[type[RecordError]]:
    yield root
    for leaf in root.__subclasses__():
        yield from _tree(leaf)


def test_every_error_has_a_code_of_its_own() -> None:
    codes = [error.code for error in _tree(RecordError)]
    assert len(set(codes)) == len(codes)
    assert set(codes) == {
        "record-invalid",
        "wsq-invalid",
        "wsq-unencodable",
        "wsq-header-invalid",
        "wsq-undecodable",
        "wsq-decoder-failed",
        "jpeg-invalid",
        "finger-record-invalid",
        "face-record-invalid",
        "transaction-invalid",
        "transaction-text-refused",
        "amends-nothing-whole",
        "amends-other-application",
        "amends-part-missing",
        "package-invalid",
        "package-damaged",
        "package-too-large",
        "package-member-missing",
        "package-member-unexpected",
        "package-member-damaged",
        "package-manifest-invalid",
        "package-record-invalid",
        "package-inconsistent",
    }


def test_an_error_names_its_part() -> None:
    assert PackageDamaged("It is cut short.").part is None
    assert PackageDamaged("It is cut short.", part=FACE).part == "face"
    error = PackageDamaged("It is cut short.", part=Finger.LEFT_INDEX)
    assert isinstance(error, CaptureError)
    assert (error.part, error.sentence, str(error)) == ("left-index", "It is cut short.", "It is cut short.")
