"""`smilius quality face`: what the judge of faces says of pictures in files, and pictures that show what it saw."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from capture.errors import CaptureError
from capture.face.examine import Examination, FaceExaminer
from capture.face.points import Points
from capture.profile import FaceRule
from capture.sample import Gate, Verdict
from drivers.contract import RgbPixels, UnreadableFault
from drivers.transport.recording import read_rgb
from provisioning.errors import InputRefused
from provisioning.quality.face_sheet import sheet


def examine_files(
    files: Iterable[Path], *, as_json: bool, explain_to: Path | None, say: Callable[[str], object]
) -> bool:
    """Examine each picture as it is, upright; say a line about each. Return whether all could be read.

    :raises: InputRefused when the face models are missing or the pictures that explain cannot be written.
    """
    examiner, rule, read = _examiner(), FaceRule(), True
    for file in files:
        try:
            picture = read_rgb(file, name=file.name)
            examination = examiner.examine(picture, rule)
        except (UnreadableFault, CaptureError) as refusal:
            read = False
            told: dict[str, Any] = {"file": str(file), "code": refusal.code, "failure": refusal.sentence}
        else:
            told = _told(file, examination)
            if explain_to is not None:
                _draw(picture, examination, file=file, folder=explain_to)
        say(json.dumps(told) if as_json else _text(told))
    return read


def _examiner() -> FaceExaminer:
    try:
        return FaceExaminer()
    except CaptureError as error:
        raise InputRefused(error.code, error.sentence) from None


def _told(file: Path, examination: Examination) -> dict[str, Any]:
    hint = examination.hint
    return {
        "file": str(file),
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


def _text(told: dict[str, Any]) -> str:
    """A picture as lines: what it comes to, then each gate that was looked at."""
    if told["failure"] is not None:
        return f"{told['file']}: not examined. {told['failure']}"
    gates = {name: Gate.model_validate({"id": name, **gate}) for name, gate in told["gates"].items()}
    verdicts = [gate.verdict for gate in gates.values()]
    head = (
        f"{told['file']}: {_counted(told['faces'])}, {'a' if told['portrait'] else 'no'} portrait, "
        f"{verdicts.count(Verdict.PASS)} gates passed, {verdicts.count(Verdict.FAIL)} failed, "
        f"{verdicts.count(Verdict.NOT_ASSESSED)} for a person to decide."
    )
    components = [_component_row(name, values) for name, values in told["components"].items()]
    return "\n".join(
        [head, *(f"  {sentence}" for sentence in told["reasons"]), *map(_row, gates.values()), *components]
    )


def _counted(faces: list[Any]) -> str:
    return {0: "no face", 1: "one face"}.get(len(faces), f"{len(faces)} faces")


def _row(gate: Gate) -> str:
    value = "-" if gate.value is None else f"{gate.value:g}"
    return f"  {gate.verdict.value:12} {gate.id:20} {value:>9} {gate.unit:7} {gate.limit}"


def _component_row(name: str, values: dict[str, Any]) -> str:
    if "failure" in values:
        return f"  not_assessed {name:29} {values['failure']}"
    return f"  component    {name:29} {values['raw']:>9.4g} raw     {values['value']} of 100"


def _draw(picture: RgbPixels, examination: Examination, *, file: Path, folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(sheet(picture, examination)).save(folder / (file.stem + ".png"))
    except OSError:
        raise InputRefused("explain-unusable", "The pictures that explain cannot be written there.") from None
