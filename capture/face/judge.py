"""The judge of faces: a frame in, a portrait with its gates out, or the hint that gets a better frame."""

from capture.face.background import BackgroundCheck
from capture.face.blocks import blockiness_ratio
from capture.face.gates import Subject, gated, measured
from capture.face.geometry import Framing, Head, framed, head_of
from capture.face.live import Preview
from capture.face.networks import NetworkReader
from capture.face.outline import outlined
from capture.face.outline_preview import OutlinePreview
from capture.face.portrait import Encoded, cut_out, decoded, encoded
from capture.face.preview import FacePreview
from capture.face.pyramid import Pyramid, moved
from capture.face.reader import Face, FaceReader
from capture.face.readers import load_reader
from capture.face.search import only
from capture.profile import FaceRule
from capture.sample import FaceSample, Gate
from drivers.contract import Frame, Hint, Retake


class FaceJudge:
    """Holds the reader of faces; constructed once, used by one thread at a time."""

    def __init__(self, reader: FaceReader | None = None) -> None:
        """:param reader: the networks by default. :raises: FaceModelsMissing when these are absent or damaged."""
        self._reader = reader or load_reader()
        self._preview = _preview(self._reader)

    def preview(self, frame: Frame, rule: FaceRule) -> Preview | Retake:
        """A quick look at a small frame, one of many that follow each other; see `capture.face.preview`.

        :raises: FrameUnusable when the frame is not 8-bit colour.
        """
        return self._preview.look(frame, rule)

    def judge(self, frame: Frame, rule: FaceRule) -> FaceSample | Retake:
        """The portrait that the rule asks for, cut from this frame, with every gate; or what prevents it.

        A failed gate does not prevent it, nor does one that was not assessed: a person decides on that.

        :raises: FrameUnusable when the frame is not 8-bit colour; PortraitTooLarge when the rule's size cannot be kept.
        """
        pyramid = Pyramid.of(frame)
        found = only(self._reader.faces(pyramid))
        if isinstance(found, Retake):
            return found
        face = self._reader.closer(pyramid, found)
        if face.head is None:
            return Retake(Hint.EYES_NOT_FOUND)
        framing = framed(face.head, rule, height_px=frame.height_px, width_px=frame.width_px, focal_px=frame.focal_px)
        if isinstance(framing, Retake):
            return framing
        result = encoded(cut_out(pyramid, framing, width_px=rule.width_px, height_px=rule.height_px), rule)
        if face.points is None or self._reader.background is None:
            head = face.head.moved(framing)
            gates = gated(outlined(head, face.head, rule=rule), result, rule=rule)
        else:
            subject = subject_of(pyramid, face, framing=framing, result=result, behind=self._reader.background)
            head, gates = subject.head, measured(subject, rule)
        return _sample(result, head, gates=gates, rule=rule, frame=frame)


def subject_of(pyramid: Pyramid, face: Face, *, framing: Framing, result: Encoded, behind: BackgroundCheck) -> Subject:
    """A finished portrait with all that the gates need to know of it. :param face: in the frame, with its points."""
    assert face.head is not None, "a portrait was framed on it"
    assert face.points is not None, "only a reader that knows points has gates for all of it"
    portrait, points = decoded(result.jpeg), moved(face.points, framing.affine)
    head = head_of(points, held=face.head)
    return Subject(
        portrait=portrait,
        points=points,
        head=head,
        held=face.head,
        background=behind.of(portrait, head),
        encoded=result,
        blocks=blockiness_ratio(pyramid.reaching(1.0)[0], face.points),
        irises=None if face.irises is None else face.irises.moved(framing.affine),
    )


def _sample(result: Encoded, head: Head, *, gates: tuple[Gate, ...], rule: FaceRule, frame: Frame) -> FaceSample:
    right, left = head.right_eye_px, head.left_eye_px
    return FaceSample(
        jpeg=result.jpeg,
        width_px=rule.width_px,
        height_px=rule.height_px,
        eyes_px=((round(right[0]), round(right[1])), (round(left[0]), round(left[1]))),
        gates=gates,
        taken_ns=frame.taken_ns,
        settings=frame.settings,
    )


def _preview(reader: FaceReader) -> FacePreview | OutlinePreview:
    """Quick looks with what the reader has."""
    if isinstance(reader, NetworkReader):
        return FacePreview(reader.search, reader.background, irises=reader.irises)
    return OutlinePreview(reader)
