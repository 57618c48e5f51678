"""What a clerk is shown of one parcel: the application's number, the kind, since when it waits, and the pictures.

No name, no station's operator, no score: what is needed to enter it at MIGRIS, and to see which finger is refused.
"""

import json
from base64 import b64encode
from dataclasses import dataclass, field

from capture.records.errors import RecordError
from capture.records.package import TRANSACTION
from capture.records.transaction_reading import read_transaction
from central.migris.handoff.connector import MANIFEST
from central.migris.picture import png_of

PORTRAIT_FILE = "portrait.jpg"


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture in the page itself, so that it has no address."""

    part: str
    """`face` or the finger."""
    data: str = field(repr=False)
    """A `data:` address; empty when it cannot be shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelView:
    """One parcel."""

    name: str
    """`tenant.parcel`."""
    application: str = field(repr=False)
    """The application's number; empty when it cannot be read."""
    kind: str
    """`enrolment` or `amendment`."""
    handed: str
    """Since when it lies there."""
    files: dict[str, bytes] = field(repr=False)
    """What the clerk may take to MIGRIS: the transaction, the portrait, the prints."""
    pictures: tuple[Picture, ...] = field(repr=False)
    """The portrait and the prints."""


def view_of(name: str, files: dict[str, bytes]) -> ParcelView:
    """Whatever of it can be read; a parcel that was tampered with is shown as one without content."""
    try:
        manifest = json.loads(files[MANIFEST])
        transaction = read_transaction(files[TRANSACTION])
        given = {TRANSACTION: files[TRANSACTION]}
        pictures = []
        if transaction.face is not None:
            given[PORTRAIT_FILE] = transaction.face.jpeg
            pictures.append(Picture("face", _data("image/jpeg", transaction.face.jpeg)))
        for finger, read in transaction.fingers.items():
            given[f"{finger.value}.wsq"] = read.wsq
            pictures.append(Picture(finger.value, _print(read.wsq)))
        kind, handed = str(manifest["kind"]), str(manifest["handed"])
    except (KeyError, TypeError, ValueError, RecordError):
        return ParcelView(name=name, application="", kind="", handed="", files={}, pictures=())
    number = transaction.application_number
    return ParcelView(name=name, application=number, kind=kind, handed=handed, files=given, pictures=tuple(pictures))


def _print(wsq: bytes) -> str:
    try:
        return _data("image/png", png_of(wsq))
    except RecordError:
        return ""


def _data(media_type: str, content: bytes) -> str:
    return f"data:{media_type};base64,{b64encode(content).decode()}"
