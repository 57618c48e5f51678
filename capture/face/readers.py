"""Which reader a station has: the networks, or, only where its configuration says so, the cascades."""

from pathlib import Path

from capture.errors import FaceModelsMissing
from capture.face.fallback import FaceFallback
from capture.face.haar import HaarReader
from capture.face.models import FOLDER, load_models
from capture.face.networks import NetworkReader
from capture.face.reader import FaceReader


def load_reader(fallback: FaceFallback = FaceFallback.NONE, *, folder: Path = FOLDER) -> FaceReader:
    """The reader with networks, or the fallback where their files are missing or damaged.

    :raises: FaceModelsMissing when they are and no fallback is allowed, or there is none.
    """
    try:
        return NetworkReader(load_models(folder))
    except FaceModelsMissing:
        if fallback is FaceFallback.HAAR:
            return HaarReader()
        raise
