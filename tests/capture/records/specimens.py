"""What the tests of this room make records from: pictures from formulas, and files made by hand, byte by byte."""

import struct
from datetime import UTC, date, datetime

import cv2
import numpy as np

from capture.missing import MissingReason
from capture.profile import RecordRule
from capture.records import face_record, finger_record
from capture.records.manifest import (
    DeviceEntry,
    FaceEntry,
    FingerEntry,
    Kind,
    Manifest,
    MissingEntry,
    Notice,
    ProfileName,
    RatioRemark,
    Times,
)
from capture.records.package import pack
from capture.records.transaction import (
    DeviceName,
    FaceImage,
    FingerImage,
    MissingFinger,
    TransactionContent,
    write_transaction,
)
from capture.records.wsq_header import read_header as read_wsq_header
from capture.sample import Gate, PrintArea, Quality, Verdict
from drivers.contract import DeviceKind, Finger

PARCEL = "01jd0000000000000000000000"
WIDTH_PX, HEIGHT_PX = 320, 480
CREATED = datetime(2026, 11, 22, 8, 15, 30, tzinfo=UTC)
EYES_PX = ((173, 275), (307, 275))
OWN_QUALITY = Quality(score=61, algorithm="smilius-ridges", version="1.0")
RIGHT, LEFT = Finger.RIGHT_INDEX, Finger.LEFT_INDEX
AREA = PrintArea(x_px=40, y_px=48, width_px=240, height_px=360, area_mm2=206.5, sensor_ppi=512.0, scale_ratio=0.976)


def ridges(width_px: int = WIDTH_PX, height_px: int = HEIGHT_PX, *, slant: float = 0.3) -> bytes:
    """A ridge pattern of about nine pixels a period, bent a little."""
    y, x = np.mgrid[0:height_px, 0:width_px]
    waves = 127 + 100 * np.sin(x * 0.6 + y * slant + 3 * np.sin(y / 60))
    return bytes(waves.astype(np.uint8).tobytes())


def segment(marker: int, payload: bytes) -> bytes:
    return struct.pack(">HH", marker, 2 + len(payload)) + payload


def wsq_by_hand(
    width_px: int = WIDTH_PX, height_px: int = HEIGHT_PX, *, ppi: int = 500, data: bytes = b"ridges"
) -> bytes:
    """The markers of a WSQ file around data that no decoder would make anything of."""
    lines = ("NIST_COM 9", f"PIX_WIDTH {width_px}", f"PIX_HEIGHT {height_px}", "PIX_DEPTH 8", f"PPI {ppi}", "LOSSY 1")
    comment = "\n".join((*lines, "COLORSPACE GRAY", "COMPRESSION WSQ", "WSQ_BITRATE 0.750000")).encode()
    frame = struct.pack(">BBHHBHBHBH", 0, 255, height_px, width_px, 2, 27412, 4, 24158, 2, 0)
    block = segment(0xFFA3, b"\x00") + data
    return b"\xff\xa0" + segment(0xFFA8, comment) + segment(0xFFA2, frame) + block + b"\xff\xa1"


def jpeg_by_hand(width_px: int = 480, height_px: int = 640, *, components: int = 3, more: bytes = b"") -> bytes:
    """The markers of a baseline JPEG file around data that no decoder would make anything of."""
    jfif = segment(0xFFE0, b"JFIF\x00" + struct.pack(">HBHHBB", 0x0102, 0, 1, 1, 0, 0))
    frame = struct.pack(">BHHB", 8, height_px, width_px, components) + b"\x01\x11\x00" * components
    scan = segment(0xFFDA, bytes([components]) + b"\x01\x00" * components + b"\x00\x3f\x00")
    return b"\xff\xd8" + jfif + more + segment(0xFFC0, frame) + scan + b"a face \xff\x00 here" + b"\xff\xd9"


def portrait_jpeg() -> bytes:
    """A colour picture of about 80 kB, encoded as OpenCV encodes."""
    y, x = np.mgrid[0:640, 0:480]
    waves = [127 + 70 * np.sin(x * a + y * b) + 40 * np.sin(x * y * c) for a, b, c in _WAVES]
    picture = np.stack(waves, axis=-1).astype(np.uint8)
    done, encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 97])
    assert done
    return encoded.tobytes()


_WAVES = ((0.05, 0.02, 1e-4), (0.03, 0.06, 2e-4), (0.02, 0.01, 3e-4))


def gate(verdict: Verdict = Verdict.PASS) -> Gate:
    return Gate(id="roll", value=1.5, unit="deg", limit="<= 8.0", verdict=verdict, sentence="The head is straight.")


def content(**changes: object) -> TransactionContent:
    values: dict[str, object] = {
        "rule": RecordRule(),
        "control_number": PARCEL,
        "application_number": "EA-2026-000123",
        "created": CREATED,
        "captured_on": date(2026, 11, 22),
        "face": FaceImage(jpeg_by_hand(), (gate(),), DeviceName("Sony", "IMX477", "")),
        "fingers": (
            FingerImage(RIGHT, wsq_by_hand(), OWN_QUALITY, DeviceName("Futronic", "FS80H", "A1")),
            FingerImage(LEFT, wsq_by_hand(data=b"other"), Quality(score=54, algorithm="NFIQ 2", version="2.3.0"), None),
        ),
        "missing": (MissingFinger(Finger.LEFT_RING, MissingReason.AMPUTATED),),
    }
    return TransactionContent(**{**values, **changes})  # type: ignore[arg-type]  # what a test changes is of the field's type


def manifest(**changes: object) -> Manifest:
    """What belongs to `content()`."""
    jpeg = jpeg_by_hand()
    face = FaceEntry(
        taken=CREATED,
        gates=(gate(),),
        accepted_with_reason=None,
        width_px=480,
        height_px=640,
        jpeg_bytes=len(jpeg),
        compression_ratio=480 * 640 * 3 / len(jpeg),
    )
    values: dict[str, object] = {
        "parcel": PARCEL,
        "kind": Kind.ENROLMENT,
        "tenant": "md",
        "station": "vilnius-1",
        "application_number": "EA-2026-000123",
        "operator": "op-7",
        "profile": ProfileName(name="lt-eresident", version=1),
        "notice": Notice(language="lt", shown=CREATED),
        "software": "0.1.0",
        "devices": (_scanner(),),
        "times": Times(opened=CREATED, sealed=CREATED),
        "face": face,
        "fingers": (
            finger_entry(RIGHT, wsq_by_hand(), OWN_QUALITY),
            finger_entry(LEFT, wsq_by_hand(data=b"other"), Quality(score=54, algorithm="NFIQ 2", version="2.3.0")),
        ),
        "missing": (MissingEntry(finger=Finger.LEFT_RING, reason=MissingReason.AMPUTATED, permanent=True),),
        "exempt": False,
    }
    return Manifest.model_validate({**values, **changes})


def finger_entry(finger: Finger, wsq: bytes, quality: Quality) -> FingerEntry:
    found = read_wsq_header(wsq)
    ratio = found.width_px * found.height_px / len(wsq)
    usual = (found.width_px, found.height_px) == (WIDTH_PX, HEIGHT_PX)
    return FingerEntry(
        finger=finger,
        taken=CREATED,
        quality=quality,
        threshold=26,
        attempts=1,
        measures={"UniformImage": 70.7},
        wsq_bytes=len(wsq),
        compression_ratio=ratio,
        compression_remark=RatioRemark.of(ratio),
        area=AREA if usual else None,
        accepted_with_reason=None,
    )


def _scanner() -> DeviceEntry:
    return DeviceEntry(
        kind=DeviceKind.FINGERPRINT,
        make="Futronic",
        model="FS80H",
        serial="A1",
        firmware="",
        certified=False,
        simulated=False,
    )


def members(**changes: bytes) -> dict[str, bytes]:
    """The members that belong to `content()`; a change names a member with `_` for `-` and `.`."""
    values = {
        "transaction.an2": write_transaction(content()),
        "portrait.fac": face_record.write(jpeg_by_hand(), eyes_px=EYES_PX, full_frontal=True),
        "right-index.fir": finger_record.write(wsq_by_hand(), finger=RIGHT, quality=61),
        "left-index.fir": finger_record.write(wsq_by_hand(data=b"other"), finger=LEFT, quality=54),
    }
    return {name: changes.get(name.replace("-", "_").replace(".", "_"), value) for name, value in values.items()}


def package() -> bytes:
    return pack(manifest(), members())
