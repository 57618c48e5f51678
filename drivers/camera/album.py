"""A folder of pictures that were taken one after another, and what is told of them: in the order of their names.

Each file in it is a picture, or the sidecar of one: `003.jpg.json` beside `003.jpg`, a JSON object whose keys are those
of `Told`, all of them optional. Hidden files are passed over. All pictures are of one size, as a camera's are; each
head is looked at when the folder is read, and a picture is decoded when it is shown.
"""

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

from pydantic import Field, ValidationError

from drivers.contract import CameraSettings, Options, RgbPixels, UnreadableFault
from drivers.transport.recording import read_rgb, upright_size_px

PICTURES_MAX: Final = 5_000
SIDECAR_BYTES_MAX: Final = 4_096
_SIDECAR: Final = ".json"


class Told(Options):
    """What a sidecar may say of its picture."""

    taken_ms: int | None = Field(default=None, ge=0, le=86_400_000)
    """When it was taken, counted from the first one's arming; all of a folder say so, or none."""
    exposure_us: int | None = Field(default=None, gt=0, le=60_000_000)
    """How long the sensor gathered light."""
    gain_ratio: float | None = Field(default=None, gt=0, le=10_000, allow_inf_nan=False)
    """Analogue and digital gain together."""
    focal_px: float | None = Field(default=None, ge=64, le=100_000)
    """Focal length in the picture's pixels."""

    @property
    def settings(self) -> CameraSettings | None:
        """What it was taken with, where anything is told."""
        if self.exposure_us is None and self.gain_ratio is None:
            return None
        return CameraSettings(exposure_us=self.exposure_us, gain_ratio=self.gain_ratio)


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture of the folder."""

    path: Path
    """Where it is."""
    told: Told
    """What its sidecar says."""
    size_px: tuple[int, int]
    """Rows and columns, upright."""

    def pixels(self) -> RgbPixels:
        """The picture upright. :raises: UnreadableFault, also when it is another one than when the folder was read."""
        pixels = read_rgb(self.path, name=_called(self.path))
        if pixels.shape[:2] != self.size_px:
            raise UnreadableFault(f"The picture for {_called(self.path)} has another size than before.")
        return pixels


def read_album(folder: Path) -> tuple[Shot, ...]:
    """The folder's pictures, in the order of their names; at least one. :raises: UnreadableFault, naming the file."""
    pictures, sidecars = _listed(folder)
    for path in sidecars - {_sidecar_of(picture) for picture in pictures}:
        raise UnreadableFault(f"The sidecar {_called(path)} stands beside no picture.")
    shots = [
        Shot(
            path,
            told=_read_sidecar(path) if _sidecar_of(path) in sidecars else Told(),
            size_px=upright_size_px(path, name=_called(path)),
        )
        for path in sorted(pictures)
    ]
    for before, after in pairwise(shots):
        _check_pair(before, after)
    return tuple(shots)


def _listed(folder: Path) -> tuple[set[Path], set[Path]]:
    pictures: set[Path] = set()
    sidecars: set[Path] = set()
    try:
        for path in folder.iterdir():
            if not path.name.startswith("."):
                (sidecars if path.name.endswith(_SIDECAR) else pictures).add(path)
            if max(len(pictures), len(sidecars)) > PICTURES_MAX:
                raise UnreadableFault(f"The folder of the pictures holds more than {PICTURES_MAX} of them.")
    except (FileNotFoundError, NotADirectoryError):
        raise UnreadableFault("There is no folder for the pictures.") from None
    except OSError:
        raise UnreadableFault("The folder of the pictures may not be read by the station.") from None
    if not pictures:
        raise UnreadableFault("The folder of the pictures is empty.")
    return pictures, sidecars


def _read_sidecar(picture: Path) -> Told:
    path, called = _sidecar_of(picture), _called(picture)
    try:
        if not path.is_file() or path.stat().st_size > SIDECAR_BYTES_MAX:
            raise UnreadableFault(f"The sidecar of {called} is not a file, or is too large.")
        return Told.model_validate_json(path.read_bytes())
    except OSError:
        raise UnreadableFault(f"The sidecar of {called} may not be read by the station.") from None
    except ValidationError as error:
        places = {str(item["loc"][0]) if item["loc"] else "no JSON object" for item in error.errors()}
        known = sorted(place if place in {*Told.model_fields, "no JSON object"} else "unknown key" for place in places)
        raise UnreadableFault(f"The sidecar of {called} cannot be used: {', '.join(dict.fromkeys(known))}.") from None


def _check_pair(before: Shot, after: Shot) -> None:
    called = _called(after.path)
    if after.size_px != before.size_px:
        raise UnreadableFault(f"The picture for {called} has another size than the one before it.")
    earlier_ms, later_ms = before.told.taken_ms, after.told.taken_ms
    if (earlier_ms is None) is not (later_ms is None):
        raise UnreadableFault(f"Of {called} and the picture before it only one says when it was taken.")
    if earlier_ms is not None and later_ms is not None and later_ms <= earlier_ms:
        raise UnreadableFault(f"The picture for {called} was taken no later than the one before it.")


def _sidecar_of(picture: Path) -> Path:
    return picture.with_name(picture.name + _SIDECAR)


def _called(path: Path) -> str:
    """A file's name alone; what cannot be printed is escaped."""
    return ascii(path.name)
