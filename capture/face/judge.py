"""The judge of faces: a frame in, a portrait with its gates out, or the hint that gets a better frame."""

import numpy as np

from capture.errors import FrameUnusable
from capture.face.background import BackgroundCheck
from capture.face.gates import Subject, measured
from capture.face.geometry import Framing, Head, framed, head_of
from capture.face.models import FaceModels, load_models
from capture.face.points import Points
from capture.face.portrait import cut_out, decoded, encoded
from capture.face.pyramid import Pyramid, moved
from capture.face.search import FaceSearch
from capture.profile import FaceRule
from capture.sample import FaceSample
from drivers.contract import Frame, Hint, Retake


class FaceJudge:
    """Holds the networks; constructed once, used by one thread at a time."""

    def __init__(self, models: FaceModels | None = None) -> None:
        """:param models: the installed ones by default. :raises: FaceModelsMissing when they are absent or damaged."""
        models = models or load_models()
        self._search = FaceSearch(models)
        self._background = BackgroundCheck(models.person)

    def judge(self, frame: Frame, rule: FaceRule) -> FaceSample | Retake:
        """The portrait that the rule asks for, cut from this frame, with every gate; or what prevents it.

        A failed gate does not prevent it: a person decides on that.

        :raises: FrameUnusable when the frame is not 8-bit colour; PortraitTooLarge when the rule's size cannot be kept.
        """
        _check(frame)
        pyramid = Pyramid(frame.pixels)
        faces = self._search.faces(pyramid)
        if not faces:
            return Retake(Hint.NO_FACE)
        if len(faces) > 1:
            return Retake(Hint.SEVERAL_FACES)
        points = self._search.refined(pyramid, faces[0]).points
        held = head_of(points)
        framing = framed(held, rule, height_px=frame.height_px, width_px=frame.width_px)
        if isinstance(framing, Hint):
            return Retake(framing)
        subject = self._subject(pyramid, held, framing=framing, points=moved(points, framing.affine), rule=rule)
        return _sample(subject, rule, taken_ns=frame.taken_ns)

    def _subject(self, pyramid: Pyramid, held: Head, *, framing: Framing, points: Points, rule: FaceRule) -> Subject:
        cut = cut_out(pyramid, framing, width_px=rule.width_px, height_px=rule.height_px)
        result = encoded(cut, rule)
        portrait = decoded(result.jpeg)
        background = self._background.of(portrait, head_of(points))
        return Subject(portrait=portrait, points=points, held=held, background=background, encoded=result)


def _sample(subject: Subject, rule: FaceRule, *, taken_ns: int) -> FaceSample:
    right, left = subject.head.right_eye_px, subject.head.left_eye_px
    return FaceSample(
        jpeg=subject.encoded.jpeg,
        width_px=rule.width_px,
        height_px=rule.height_px,
        eyes_px=((round(right[0]), round(right[1])), (round(left[0]), round(left[1]))),
        gates=measured(subject, rule),
        taken_ns=taken_ns,
    )


def _check(frame: Frame) -> None:
    pixels = frame.pixels
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8 or 0 in pixels.shape:
        raise FrameUnusable("The camera does not deliver 8-bit colour pictures: a portrait needs colour.")
