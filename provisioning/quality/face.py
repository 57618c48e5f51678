"""`smilius quality face`: what the judge of faces says of pictures in files, and pictures that show what it saw."""

from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from capture.errors import CaptureError
from capture.face.examine import Examination, FaceExaminer
from capture.face.points import Points
from capture.profile import FaceRule
from capture.sample import Component, Gate, Verdict
from drivers.transport.recording import read_rgb
from provisioning.errors import InputRefused
from provisioning.quality.face_sheet import sheet
from provisioning.quality.files import Finding, Telling, printable, tell_each


def examine_files(files: Iterable[Path], telling: Telling) -> bool:
    """Examine each picture as it is, upright, and say what there is to say. Return whether all could be read.

    :raises: InputRefused when the face models are missing or a picture that explains cannot be written.
    """
    examiner, rule = _examiner(), FaceRule()

    def find(file: Path) -> Finding:
        picture = read_rgb(file, name=printable(file.name))
        examination = examiner.examine(picture, rule)
        return Finding(_told(examination), _text(examination), partial(sheet, picture, examination))

    return tell_each(files, find, refused=Finding({}, "not examined."), telling=telling)


def _examiner() -> FaceExaminer:
    try:
        return FaceExaminer()
    except CaptureError as error:
        raise InputRefused(error.code, error.sentence) from None


def _told(examination: Examination) -> dict[str, Any]:
    hint = examination.hint
    return {
        "code": None,
        "failure": None,
        "faces": [_box(points) for points in examination.faces],
        "portrait": _portrait(examination),
        "components": {part.name: part.model_dump(mode="json", exclude={"name"}) for part in examination.components},
        "gates": {gate.id: gate.model_dump(mode="json", exclude={"id"}) for gate in examination.gates},
        "hints": [*([] if hint is None else [hint.value]), *(gate.id for gate in examination.failed)],
        "reasons": list(examination.reasons),
    }


def _box(points: Points) -> dict[str, int]:
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    (x, y), (width, height) = np.rint(low), np.rint(high - low)
    return {"x_px": int(x), "y_px": int(y), "width_px": int(width), "height_px": int(height)}


def _portrait(examination: Examination) -> dict[str, Any] | None:
    subject = examination.subject
    if subject is None or examination.hint is not None:
        return None
    height_px, width_px = subject.portrait.shape[:2]
    return {
        "width_px": width_px,
        "height_px": height_px,
        "jpeg_bytes": len(subject.encoded.jpeg),
        "jpeg_quality": subject.encoded.quality,
        "inter_eye_px": round(subject.head.inter_eye_px, 1),
    }


def _text(examination: Examination) -> str:
    """A picture as lines: what it comes to, what to do, then each gate that was looked at and each component."""
    verdicts = [gate.verdict for gate in examination.gates]
    head = (
        f"{_counted(examination.faces)}, {'no' if _portrait(examination) is None else 'a'} portrait, "
        f"{verdicts.count(Verdict.PASS)} gates passed, {verdicts.count(Verdict.FAIL)} failed, "
        f"{verdicts.count(Verdict.NOT_ASSESSED)} for a person to decide."
    )
    reasons = (f"  {sentence}" for sentence in examination.reasons)
    return "\n".join([head, *reasons, *map(_row, examination.gates), *map(_component_row, examination.components)])


def _counted(faces: Sequence[Points]) -> str:
    return {0: "no face", 1: "one face"}.get(len(faces), f"{len(faces)} faces")


def _row(gate: Gate) -> str:
    value = "-" if gate.value is None else f"{gate.value:g}"
    return f"  {gate.verdict.value:12} {gate.id:20} {value:>9} {gate.unit:7} {gate.limit}"


def _component_row(component: Component) -> str:
    if component.raw is None:
        return f"  not_assessed {component.name:29} {component.failure}"
    return f"  component    {component.name:29} {component.raw:>9.4g} raw     {component.value} of 100"
