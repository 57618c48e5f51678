"""The gates of a portrait of which only the eyes are known. What needs more is not assessed, never passed."""

from dataclasses import dataclass, field

from capture.face import limits
from capture.face.geometry import Head
from capture.face.policy import relaxed
from capture.face.portrait import Encoded
from capture.profile import FaceRule
from capture.sample import Gate

POSE = (limits.YAW, limits.PITCH)
FACE = (
    limits.EYES_OPEN,
    limits.GAZE,
    limits.RED_EYE,
    limits.EYE_CONTRAST,
    limits.GLARE,
    limits.MOUTH_CLOSED,
)
PROPORTIONS = (limits.HEAD_WIDTH, limits.HEAD_LENGTH)
"""An average head's were used for framing, this one's are not known."""
SKIN = (
    limits.SHARPNESS,
    limits.MOTION,
    limits.OVER_EXPOSED,
    limits.UNDER_EXPOSED,
    limits.GREY_LEVELS,
    limits.HOT_SPOTS,
    limits.CHEEK_LIGHT,
    limits.EYE_SHADOW,
    limits.SKIN_ZONES,
    limits.NATURAL_COLOUR,
)
BEHIND = (limits.BACKGROUND_SPREAD, limits.BACKGROUND_BALANCE, limits.BACKGROUND_SHADOW)


@dataclass(frozen=True, slots=True)
class Outline:
    """A finished portrait with the little that is known of its face."""

    head: Head
    """The head in the portrait: its eyes are where they are, its other sizes estimated."""
    held: Head
    """The head as it was held in the frame, before the portrait was levelled."""
    encoded: Encoded = field(repr=False)
    """The portrait and what its encoding took."""


def outlined(outline: Outline, rule: FaceRule) -> tuple[Gate, ...]:
    """The gates of `gates.measured`, in its order; those that need points or a person mask are not assessed."""
    head, result = outline.head, outline.encoded
    gates = (
        *_unknown(POSE),
        limits.ROLL.gate(outline.held.roll_deg),
        *_unknown(FACE),
        limits.INTER_EYE.gate(head.inter_eye_px),
        *_unknown(PROPORTIONS),
        limits.CENTRING.gate((head.centre_px[0] + 0.5) / rule.width_px),
        limits.EYE_LINE.gate((head.centre_px[1] + 0.5) / rule.height_px),
        *_unknown(SKIN),
        *_unknown(BEHIND),
        limits.JPEG_BLOCKS.gate(None),
        limits.JPEG_QUALITY.gate(result.quality),
        limits.compression_limit(rule.compression_ratio_max).gate(result.compression_ratio),
        *_unknown(limits.LOOKED_AT_BY_A_PERSON),
    )
    return relaxed(gates, rule.relaxation)


def _unknown(those: tuple[limits.Limit, ...]) -> tuple[Gate, ...]:
    return tuple(limit.gate(None) for limit in those)
