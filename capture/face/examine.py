"""A picture looked at as it is: every face, where its points are, the portrait if one can be cut, every gate.

`judge` answers whether a frame gives a portrait, and stops where it does not; this goes on as far as it can, for
whoever wants to know why. The same steps in the same order, so that both come to the same gates.
"""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from capture.face import limits, measures
from capture.face.background import Background
from capture.face.component import Scene, components
from capture.face.gates import Subject, measured
from capture.face.geometry import Framing, Head, framed
from capture.face.judge import subject_of
from capture.face.models import FaceModels, load_models
from capture.face.networks import NetworkReader
from capture.face.points import Points
from capture.face.portrait import cut_out, encoded
from capture.face.pyramid import Pyramid, after, inverse, moved, resized
from capture.face.reader import Face
from capture.profile import FaceRule
from capture.sample import Component, Gate, Verdict
from drivers.contract import Hint, Retake, RgbPixels

ENLARGED_MAX = 8.0
"""A face that would have to be enlarged further for a portrait is too small for its gates to say anything."""


@dataclass(frozen=True, slots=True)
class Zones:
    """Where the gates look, each of shape (height_px, width_px) in the portrait."""

    face: NDArray[np.bool_] = field(repr=False)
    """The hull of all points."""
    cheeks: NDArray[np.bool_] = field(repr=False)
    """The squares on both cheeks."""
    eyes: NDArray[np.bool_] = field(repr=False)
    """Between the lids."""
    background: NDArray[np.bool_] = field(repr=False)
    """Where nobody is, as far down as it counts."""

    @classmethod
    def of(cls, subject: Subject) -> "Zones":
        """Where was measured in this portrait."""
        shape = subject.portrait.shape[:2]
        return cls(
            face=subject.face,
            cheeks=measures.cheek_region(subject.points, shape, head=subject.head),
            eyes=np.logical_or(*measures.eye_regions(subject.points, shape)),
            background=subject.background.zone(shape),
        )


@dataclass(frozen=True, slots=True)
class Examination:
    """All that was found in one picture."""

    faces: tuple[Points, ...] = field(repr=False)
    """The points of each face that counts, largest first; the first one's were read twice."""
    retake: Retake | None
    """Why no portrait can be cut, None where one can."""
    gates: tuple[Gate, ...]
    """Every gate that could be looked at: all of them on a portrait, the pose alone where only a face was found."""
    components: tuple[Component, ...] = ()
    """The components of ISO/IEC 29794-5 that can be computed here, of the largest face; none without a face."""
    subject: Subject | None = field(default=None, repr=False)
    """The portrait, or what stands in for it: smaller where the picture has too few pixels, the picture's edge repeated
    where the cut leaves it. Nothing is then said about the background."""
    framing: Framing | None = field(default=None, repr=False)
    """Where the portrait is in the picture."""

    @property
    def zones(self) -> Zones | None:
        """Where in the portrait was measured."""
        return None if self.subject is None else Zones.of(self.subject)

    @property
    def failed(self) -> tuple[Gate, ...]:
        """The gates that did not pass."""
        return tuple(gate for gate in self.gates if gate.verdict is Verdict.FAIL)

    @property
    def reasons(self) -> tuple[str, ...]:
        """What the operator can do: first what prevents a portrait, then each failed gate's sentence."""
        prevents = () if self.retake is None else (self.retake.sentence,)
        return (*prevents, *(gate.sentence for gate in self.failed))

    @property
    def hint(self) -> Hint | None:
        """Why no portrait can be cut, without how near to come."""
        return None if self.retake is None else self.retake.hint


class FaceExaminer:
    """Holds the reader with networks, for the fallback has next to nothing to tell; used by one thread at a time."""

    def __init__(self, models: FaceModels | None = None) -> None:
        """:param models: the installed ones by default. :raises: FaceModelsMissing when they are absent or damaged."""
        self._reader = NetworkReader(models or load_models())

    def examine(self, picture: RgbPixels, rule: FaceRule) -> Examination:
        """What there is to say about the picture, however little that is.

        :param picture: shape (height_px, width_px, 3), RGB, uint8.
        :raises: PortraitTooLarge when the rule's size cannot be kept.
        """
        pyramid = Pyramid(picture)
        faces = self._reader.faces(pyramid)
        if not faces:
            return Examination((), Retake(Hint.NO_FACE), ())
        face = self._reader.closer(pyramid, faces[0])
        assert face.head is not None, "this reader has the points of every face"
        assert face.points is not None, "this reader has the points of every face"
        found = (face.points, *(other.points for other in faces[1:] if other.points is not None))
        framing = framed(face.head, rule, height_px=pyramid.height_px, width_px=pyramid.width_px)
        retake = framing if isinstance(framing, Retake) else None
        if isinstance(framing, Retake):
            framing, rule = _standing_in(face.head, rule, pyramid=pyramid)
        sides_px = tuple(each.side_px for each in faces)
        parts = components(Scene(picture, face.points, face.head, sides_px, self._reader.background))
        if isinstance(framing, Retake):
            return Examination(found, _first(faces, retake), _pose(face.head), parts)
        subject = self._subject(pyramid, face, framing=framing, rule=rule)
        return Examination(
            faces=found,
            retake=_first(faces, retake),
            gates=measured(subject, rule),
            components=parts,
            subject=subject,
            framing=framing,
        )

    def _subject(self, pyramid: Pyramid, face: Face, *, framing: Framing, rule: FaceRule) -> Subject:
        result = encoded(cut_out(pyramid, framing, width_px=rule.width_px, height_px=rule.height_px), rule)
        subject = subject_of(pyramid, face, framing=framing, result=result, behind=self._reader.background)
        # what repeats the picture's edge is no background
        return subject if _inside(pyramid, framing, rule=rule) else replace(subject, background=Background(None, None))


def _first(faces: list[Face], retake: Retake | None) -> Retake | None:
    """As the judge says it: that there are several faces comes before anything about the largest."""
    return Retake(Hint.SEVERAL_FACES) if len(faces) > 1 else retake


def _pose(held: Head) -> tuple[Gate, ...]:
    return limits.YAW.gate(held.yaw_deg), limits.PITCH.gate(held.pitch_deg), limits.ROLL.gate(held.roll_deg)


def _standing_in(held: Head, rule: FaceRule, *, pyramid: Pyramid) -> tuple[Framing | Retake, FaceRule]:
    """The cut that an enlarged picture with wide edges would give, at the picture's own size: nothing is enlarged.

    The gates on numbers of pixels then fail with what is really there, and all others can be looked at.
    """
    factor = max(1.0, rule.inter_eye_px / held.inter_eye_px)
    if factor > ENLARGED_MAX:
        return Retake(Hint.TOO_FEW_PIXELS), rule
    edge_px = factor * pyramid.long_px
    height_px, width_px = (round(side * factor + 2 * edge_px) for side in (pyramid.height_px, pyramid.width_px))
    framing = framed(_enlarged(held, factor, edge_px=edge_px), rule, height_px=height_px, width_px=width_px)
    if isinstance(framing, Retake):
        return framing, rule
    small = rule.model_copy(
        update={"width_px": round(rule.width_px / factor), "height_px": round(rule.height_px / factor)}
    )
    enlarging = resized(factor, factor)
    enlarging[:, 2] += edge_px
    return Framing(after(resized(1 / factor, 1 / factor), after(framing.affine, enlarging)), framing.scale), small


def _inside(pyramid: Pyramid, framing: Framing, *, rule: FaceRule) -> bool:
    """Whether the cut is inside the picture, give or take a pixel of rounding."""
    corners = np.array([[x, y] for x in (0.0, rule.width_px - 1.0) for y in (0.0, rule.height_px - 1.0)])
    places = moved(corners, inverse(framing.affine))
    return bool(places.min() >= -1 and (places.max(axis=0) <= (pyramid.width_px, pyramid.height_px)).all())


def _enlarged(head: Head, factor: float, *, edge_px: float) -> Head:
    lengths = {name: getattr(head, name) * factor for name in ("inter_eye_px", "eye_chin_px", "width_px", "length_px")}
    places = {name: getattr(head, name) * factor + edge_px for name in ("right_eye_px", "left_eye_px", "centre_px")}
    return replace(head, **lengths, **places)
