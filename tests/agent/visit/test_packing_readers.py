"""A whole package of simulated prints, read by others than us: nistitl, the codec's own plug-in, and by offset."""

import hashlib
import struct
import subprocess
import sys
from datetime import UTC, datetime
from functools import cache
from typing import Any

import nistitl
import numpy as np
import pytest

from agent.visit.channel import KeptFinger, MissedFinger, Pack
from agent.visit.packing import Material, write_package
from capture.missing import MissingReason
from capture.profile import FingerRule, shipped_profile
from capture.records.package import Package, unpack
from capture.sample import FaceSample, FingerSample, Quality
from drivers.contract import DeviceKind, Facts, Finger, Frame
from tests.capture.finger.one_frame import looked_at
from tests.capture.finger.plates import on_large_plate, pressed
from tests.capture.records.specimens import EYES_PX, PARCEL, gate, jpeg_by_hand

RIGHT, LEFT = Finger.RIGHT_MIDDLE, Finger.LEFT_INDEX
NOW = datetime(2026, 11, 22, 8, 15, tzinfo=UTC)
MISSING = {Finger.RIGHT_INDEX: MissingReason.AMPUTATED, Finger.LEFT_THUMB: MissingReason.BANDAGED}
NFIQ = Quality(score=47, algorithm="NFIQ 2", version="2.3.0")
DECODE = (
    "import io, sys, wsq; from PIL import Image;"
    "picture = Image.open(io.BytesIO(sys.stdin.buffer.read()));"
    "assert (picture.mode, picture.size) == ('L', (320, 480));"
    "sys.stdout.buffer.write(picture.tobytes())"
)


@cache
def samples() -> dict[Finger, FingerSample]:
    """Two fingers off a sensor that is larger than a print: one scored by us, one as if the official scorer had."""
    taken = {}
    for finger, seed in ((RIGHT, 0), (LEFT, 4)):
        plate = on_large_plate(pressed(seed=seed), size_px=(600, 420), corner_px=(60, 80))
        sample = looked_at(Frame(plate, taken_ns=1, ppi=500.0), finger, rule=FingerRule())
        assert isinstance(sample, FingerSample)
        taken[finger] = sample
    return taken


@cache
def package() -> Package:
    facts = Facts(
        kind=DeviceKind.FINGERPRINT, make="t", model="t", serial="", firmware="", certified=False, simulated=True
    )
    face = FaceSample(jpeg=jpeg_by_hand(), width_px=480, height_px=640, eyes_px=EYES_PX, gates=(gate(),), taken_ns=1)
    ours, theirs = samples()[RIGHT], samples()[LEFT]
    official = FingerSample(
        finger=LEFT,
        pixels=theirs.pixels,
        wsq=theirs.wsq,
        ppi=500,
        quality=NFIQ,
        measures={},
        taken_ns=1,
        area=theirs.area,
    )
    material = Material(
        tenant="lt",
        station="vilnius-1",
        application="EA-2026-000123",
        profile=shipped_profile("de-residence-permit"),
        camera=facts,
        sensor=facts,
        portrait=(face, NOW),
        prints={RIGHT: (ours, NOW), LEFT: (official, NOW)},
    )
    order = Pack(
        parcel=PARCEL,
        operator="op-7",
        notice_language="lt",
        notice_shown=NOW,
        opened=NOW,
        face_reason=None,
        fingers=(KeptFinger(finger=RIGHT, attempts=1), KeptFinger(finger=LEFT, attempts=1)),
        fingers_reason=None,
        missing=tuple(MissedFinger(finger=finger, reason=reason) for finger, reason in MISSING.items()),
        exempt=False,
    )
    return unpack(write_package(material, order, now=NOW))


def decoded(wsq: bytes) -> np.ndarray:
    """By the codec's plug-in for Pillow, in a process of its own."""
    done = subprocess.run([sys.executable, "-c", DECODE], input=wsq, capture_output=True, check=True)
    return np.frombuffer(done.stdout, np.uint8).reshape(480, 320)


def type_14() -> dict[str, Any]:
    message = nistitl.Message()
    message.parse(package().members["transaction.an2"])
    return {record.FGP: record for record in message.iter(14)}


def test_the_prints_decode_to_what_was_taken_and_are_the_same_in_both_records() -> None:
    for finger, sample in samples().items():
        record = package().members[f"{finger}.fir"]
        assert record[46:] == type_14()[str(finger.code)].DATA
        difference = np.abs(decoded(record[46:]).astype(int) - sample.pixels)
        assert difference.mean() < 8
        # dark is ridge in what comes out too
        assert np.corrcoef(decoded(record[46:]).ravel(), sample.pixels.ravel())[0, 1] > 0.97


def test_the_finger_record_says_500_ppi_wsq_and_the_score() -> None:
    for finger, score in ((RIGHT, samples()[RIGHT].quality.score), (LEFT, 47)):
        record = package().members[f"{finger}.fir"]
        assert record[:8] == b"FIR\x00" + b"010\x00"
        assert int.from_bytes(record[8:14], "big") == len(record)
        assert struct.unpack_from(">HHBBHHHHBB", record, 14) == (0, 30, 1, 1, 500, 500, 500, 500, 8, 2)
        length, position, views, view, quality, impression, width, height = struct.unpack_from(">IBBBBBHH", record, 32)
        assert (length, position, views, view) == (len(record) - 32, finger.code, 1, 1)
        assert (quality, impression, width, height) == (score, 0, 320, 480)


def test_a_score_is_in_14_024_only_if_the_official_scorer_made_it() -> None:
    fields = {finger: type_14()[str(finger.code)] for finger in (RIGHT, LEFT)}
    score = samples()[RIGHT].quality.score
    with pytest.raises(nistitl.NistException):
        _ = fields[RIGHT].FQM
    assert fields[RIGHT].COM.startswith(f"QUALITY {score} OF 100 BY smilius-29794-4 ")
    assert fields[LEFT].FQM == [["7", "47", "0101", "57"]]
    with pytest.raises(nistitl.NistException):
        _ = fields[LEFT].COM


def test_missing_fingers_are_in_14_018_and_in_the_manifest() -> None:
    assert {code: record.AMP for code, record in type_14().items() if code in {"2", "6"}} == {
        "2": [["2", "XX"]],
        "6": [["6", "UP"]],
    }
    assert [(entry.finger, entry.reason, entry.permanent) for entry in package().manifest.missing] == [
        (Finger.RIGHT_INDEX, MissingReason.AMPUTATED, True),
        (Finger.LEFT_THUMB, MissingReason.BANDAGED, False),
    ]


def test_the_manifest_says_what_was_kept_and_how_it_was_compressed() -> None:
    for entry in package().manifest.fingers:
        sample = samples()[entry.finger]
        assert entry.wsq_bytes == len(sample.wsq)
        assert entry.compression_ratio == pytest.approx(480 * 320 / len(sample.wsq))
        outside = not 10 <= entry.compression_ratio <= 20
        assert (entry.compression_remark is not None) == outside
        assert entry.area == sample.area
        assert entry.area is not None
        assert (entry.area.sensor_ppi, entry.area.scale_ratio) == (500.0, 1.0)
    listed = {member.name: member.sha256 for member in package().manifest.members}
    assert listed["right-middle.fir"] == hashlib.sha256(package().members["right-middle.fir"]).hexdigest()
    profile = package().manifest.profile
    assert (profile.name, [entry.threshold for entry in package().manifest.fingers]) == (
        "de-residence-permit",
        [20, 30],
    )
