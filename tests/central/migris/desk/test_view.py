"""What a clerk is shown: the number, the pictures, the files; and of what cannot be read, nothing."""

import base64
import io
import json

import pytest
from PIL import Image

from capture.records.package import unpack
from central.migris.desk.view import view_of
from tests.capture.records.specimens import portrait_jpeg, wsq_by_hand
from tests.central.parcels import OPEN_APPLICATION, Visit, new_id, print_wsq

PARCEL = new_id()


def files(visit: Visit) -> dict[str, bytes]:
    manifest = {"kind": "enrolment", "handed": "2026-11-22T08:00:00.000Z"}
    return {
        "transaction.an2": unpack(visit.package()).members["transaction.an2"],
        "manifest.json": json.dumps(manifest).encode(),
    }


def picture(data: str) -> tuple[str | None, tuple[int, int]]:
    shown = Image.open(io.BytesIO(base64.b64decode(data.partition(",")[2])))
    return shown.format, shown.size


def test_a_parcel_is_shown_with_its_pictures_and_files() -> None:
    view = view_of(f"lt.{PARCEL}", files(Visit(parcel=PARCEL, jpeg=portrait_jpeg())))
    assert (view.application, view.kind, view.handed) == (OPEN_APPLICATION, "enrolment", "2026-11-22T08:00:00.000Z")
    assert [one.part for one in view.pictures] == ["face", "right-index", "left-index"]
    assert picture(view.pictures[0].data) == ("JPEG", (480, 640))
    assert picture(view.pictures[1].data) == ("PNG", (320, 480))
    assert set(view.files) == {"transaction.an2", "portrait.jpg", "right-index.wsq", "left-index.wsq"}
    assert view.files["right-index.wsq"] == print_wsq()
    assert OPEN_APPLICATION not in repr(view)


def test_a_print_that_does_not_decode_is_said_to_be_so() -> None:
    view = view_of(f"lt.{PARCEL}", files(Visit(parcel=PARCEL, left=wsq_by_hand(data=b"no ridges"))))
    assert [bool(one.data) for one in view.pictures] == [True, True, False]


@pytest.mark.parametrize("change", [{"manifest.json": b"{"}, {"manifest.json": b"[]"}, {"transaction.an2": b"ridges"}])
def test_what_was_tampered_with_is_shown_as_nothing(change: dict[str, bytes]) -> None:
    view = view_of(f"lt.{PARCEL}", {**files(Visit(parcel=PARCEL)), **change})
    assert (view.application, view.files, view.pictures) == ("", {}, ())
    assert view_of(f"lt.{PARCEL}", {}).files == {}
