"""Every gate of a portrait: what is measured, on what, and in which order it is said."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from capture.face import eyes, limits, measures, skin
from capture.face.background import Background
from capture.face.geometry import Head
from capture.face.iris import Irises
from capture.face.limits import Limit
from capture.face.motion import motion_ratio
from capture.face.points import Points
from capture.face.policy import relaxed
from capture.face.portrait import Encoded
from capture.profile import FaceRule
from capture.sample import Gate, Verdict
from drivers.contract import GreyPixels, RgbPixels


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A face in its portrait, be that finished or only as it would be."""

    portrait: RgbPixels = field(repr=False)
    """Shape (height_px, width_px, 3), RGB; of a finished one, decoded from the JPEG."""
    points: Points = field(repr=False)
    """The face's points in the portrait."""
    head: Head = field(repr=False)
    """The head in the portrait."""
    held: Head = field(repr=False)
    """The head as it was held in the frame, before the portrait was levelled."""
    background: Background
    """What was measured around the head."""
    irises: Irises | None = field(default=None, repr=False)
    """In the portrait, None where they were not read."""

    @cached_property
    def grey(self) -> GreyPixels:
        """The portrait in grey, shape (height_px, width_px)."""
        return measures.grey_of(self.portrait)

    @cached_property
    def face(self) -> measures.Region:
        """The hull of all points, shape (height_px, width_px)."""
        return measures.face_region(self.points, self.grey.shape)

    @cached_property
    def cheeks(self) -> tuple[RgbPixels, RgbPixels]:
        """The pixels of both cheek squares, each of shape (n, 3)."""
        return measures.cheeks(self.portrait, self.points, head=self.head)


@dataclass(frozen=True, kw_only=True)
class Subject(Seen):
    """A finished portrait with all that the gates need to know of it."""

    encoded: Encoded
    """What the encoding took."""
    blocks: float | None
    """How much steeper the frame is across an 8 x 8 grid than between, in the face."""


def _opening(seen: Seen) -> float | None:
    return None if seen.irises is None else eyes.opening_ratio(seen.points, seen.irises)


def _open_irises(seen: Seen) -> Irises | None:
    """The irises, unless an eye is shut: they are guessed then."""
    return None if limits.EYES_OPEN.gate(_opening(seen)).verdict is Verdict.FAIL else seen.irises


def _gaze(seen: Seen) -> float | None:
    irises = _open_irises(seen)
    return None if irises is None else eyes.gaze_ratio(seen.points, irises)


def _redness(seen: Seen) -> float | None:
    irises = _open_irises(seen)
    return None if irises is None else eyes.redness_ratio(seen.portrait, irises)


MEASURES: Final[Mapping[Limit, Callable[[Seen], float | None]]] = {
    limits.YAW: lambda s: s.held.yaw_deg,
    limits.PITCH: lambda s: s.held.pitch_deg,
    limits.ROLL: lambda s: s.held.roll_deg,
    limits.EYES_OPEN: _opening,
    limits.GAZE: _gaze,
    limits.RED_EYE: _redness,
    limits.EYE_CONTRAST: lambda s: measures.eye_contrast_ratio(s.grey, s.points),
    limits.GLARE: lambda s: eyes.glare_ratio(s.portrait, s.points, head=s.head),
    limits.MOUTH_CLOSED: lambda s: measures.mouth_open_ratio(s.points, s.head),
    limits.INTER_EYE: lambda s: s.head.inter_eye_px,
    limits.HEAD_WIDTH: lambda s: s.head.width_px / s.portrait.shape[1],
    limits.HEAD_LENGTH: lambda s: s.head.length_px / s.portrait.shape[0],
    limits.CENTRING: lambda s: s.head.centring_ratio(s.portrait.shape[1]),
    limits.EYE_LINE: lambda s: s.head.eye_line_ratio(s.portrait.shape[0]),
    limits.SHARPNESS: lambda s: measures.sharpness_ratio(s.grey, s.face),
    limits.MOTION: lambda s: motion_ratio(s.grey, s.face),
    limits.OVER_EXPOSED: lambda s: measures.burnt_ratio(s.grey, s.face),
    limits.UNDER_EXPOSED: lambda s: measures.black_ratio(s.grey, s.face),
    limits.GREY_LEVELS: lambda s: measures.grey_level_count(s.grey, s.face),
    limits.HOT_SPOTS: lambda s: skin.hot_spot_ratio(s.portrait, s.points, head=s.head),
    limits.CHEEK_LIGHT: lambda s: measures.light_overlap_ratio(*s.cheeks),
    limits.EYE_SHADOW: lambda s: skin.socket_ratio(s.portrait, s.points, head=s.head),
    limits.SKIN_ZONES: lambda s: skin.zones_ratio(s.portrait, s.points, head=s.head),
    limits.NATURAL_COLOUR: lambda s: measures.skin_colour_distance(*s.cheeks),
    limits.BACKGROUND_SPREAD: lambda s: s.background.spread,
    limits.BACKGROUND_BALANCE: lambda s: s.background.balance,
    limits.BACKGROUND_SHADOW: lambda s: s.background.shadow,
}
"""What is measured on a face in its portrait, in the order in which a person can do something about it."""


def measured(subject: Subject, rule: FaceRule) -> tuple[Gate, ...]:
    """Every gate, measured."""
    values = {limit: measure(subject) for limit, measure in MEASURES.items()}
    return gated({**values, limits.JPEG_BLOCKS: subject.blocks}, subject.encoded, rule=rule)


def gated(values: Mapping[Limit, float | None], encoded: Encoded, *, rule: FaceRule) -> tuple[Gate, ...]:
    """Every gate in its order, as far as the rule demands it; what has no value is not assessed, never passed."""
    compression = limits.compression_limit(rule.compression_ratio_max)
    values = {**values, limits.JPEG_QUALITY: encoded.quality, compression: encoded.compression_ratio}
    order = (*MEASURES, limits.JPEG_BLOCKS, limits.JPEG_QUALITY, compression, *limits.LOOKED_AT_BY_A_PERSON)
    return relaxed(tuple(limit.gate(values.get(limit)) for limit in order), rule.relaxation)
