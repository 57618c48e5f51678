"""Every gate of a portrait, measured on what the receiver will decode and on the points of the face in it."""

from dataclasses import dataclass, field
from functools import cached_property

from capture.face import eyes, limits, measures, skin
from capture.face.background import Background
from capture.face.geometry import Head, head_of
from capture.face.iris import Irises
from capture.face.motion import motion_ratio
from capture.face.points import Points
from capture.face.policy import relaxed
from capture.face.portrait import Encoded
from capture.profile import FaceRule
from capture.sample import Gate, Verdict
from drivers.contract import RgbPixels


@dataclass(frozen=True)
class Subject:
    """A finished portrait with all that the gates need to know of it."""

    portrait: RgbPixels = field(repr=False)
    """Decoded from the JPEG, shape (height_px, width_px, 3), RGB."""
    points: Points = field(repr=False)
    """The face's points in the portrait."""
    held: Head = field(repr=False)
    """The head as it was held in the frame, before the portrait was levelled."""
    background: Background
    """What was measured around the head."""
    encoded: Encoded
    """What the encoding took."""
    blocks: float | None
    """How much steeper the frame is across an 8 x 8 grid than between, in the face."""
    irises: Irises | None = field(default=None, repr=False)
    """The irises in the portrait, None where they were not read."""

    @cached_property
    def head(self) -> Head:
        """The head in the portrait."""
        return head_of(self.points)


def measured(subject: Subject, rule: FaceRule) -> tuple[Gate, ...]:
    """All gates, in the order in which a person can do something about them, as far as the rule demands them."""
    gates = (
        *_pose(subject),
        *_expression(subject),
        *_framing(subject),
        *_light(subject),
        *_background(subject),
        *_encoding(subject, rule),
        *(limit.gate(None) for limit in limits.LOOKED_AT_BY_A_PERSON),
    )
    return relaxed(gates, rule.relaxation)


def _pose(subject: Subject) -> tuple[Gate, ...]:
    held = subject.held
    return limits.YAW.gate(held.yaw_deg), limits.PITCH.gate(held.pitch_deg), limits.ROLL.gate(held.roll_deg)


def _expression(subject: Subject) -> tuple[Gate, ...]:
    portrait, points, head = subject.portrait, subject.points, subject.head
    return (
        *_irises(subject),
        limits.EYE_CONTRAST.gate(measures.eye_contrast_ratio(measures.grey_of(portrait), points)),
        limits.GLARE.gate(eyes.glare_ratio(portrait, points, head=head)),
        limits.MOUTH_CLOSED.gate(measures.mouth_open_ratio(points, head)),
    )


def _irises(subject: Subject) -> tuple[Gate, ...]:
    points, irises = subject.points, subject.irises
    if irises is None:
        return limits.EYES_OPEN.gate(None), limits.GAZE.gate(None), limits.RED_EYE.gate(None)
    lids = limits.EYES_OPEN.gate(eyes.opening_ratio(points, irises))
    if lids.verdict is Verdict.FAIL:
        # the irises of an eye that is shut are guessed
        return lids, limits.GAZE.gate(None), limits.RED_EYE.gate(None)
    return (
        lids,
        limits.GAZE.gate(eyes.gaze_ratio(points, irises)),
        limits.RED_EYE.gate(eyes.redness_ratio(subject.portrait, irises)),
    )


def _framing(subject: Subject) -> tuple[Gate, ...]:
    head, (height_px, width_px) = subject.head, subject.portrait.shape[:2]
    # Half a pixel: coordinates name pixel centres, shares are of the picture from edge to edge.
    return (
        limits.INTER_EYE.gate(head.inter_eye_px),
        limits.HEAD_WIDTH.gate(head.width_px / width_px),
        limits.HEAD_LENGTH.gate(head.length_px / height_px),
        limits.CENTRING.gate((head.centre_px[0] + 0.5) / width_px),
        limits.EYE_LINE.gate((head.centre_px[1] + 0.5) / height_px),
    )


def _light(subject: Subject) -> tuple[Gate, ...]:
    portrait, points, head = subject.portrait, subject.points, subject.head
    grey = measures.grey_of(portrait)
    face = measures.face_region(points, grey.shape)
    right, left = measures.cheeks(portrait, points, head=head)
    return (
        limits.SHARPNESS.gate(measures.sharpness_ratio(grey, face)),
        limits.MOTION.gate(motion_ratio(grey, face)),
        limits.OVER_EXPOSED.gate(measures.burnt_ratio(grey, face)),
        limits.UNDER_EXPOSED.gate(measures.black_ratio(grey, face)),
        limits.GREY_LEVELS.gate(measures.grey_level_count(grey, face)),
        limits.HOT_SPOTS.gate(skin.hot_spot_ratio(portrait, points, head=head)),
        limits.CHEEK_LIGHT.gate(measures.light_overlap_ratio(right, left)),
        limits.EYE_SHADOW.gate(skin.socket_ratio(portrait, points, head=head)),
        limits.SKIN_ZONES.gate(skin.zones_ratio(portrait, points, head=head)),
        limits.NATURAL_COLOUR.gate(measures.skin_colour_distance(right, left)),
    )


def _background(subject: Subject) -> tuple[Gate, ...]:
    background = subject.background
    return (
        limits.BACKGROUND_SPREAD.gate(background.spread),
        limits.BACKGROUND_BALANCE.gate(background.balance),
        limits.BACKGROUND_SHADOW.gate(background.shadow),
    )


def _encoding(subject: Subject, rule: FaceRule) -> tuple[Gate, ...]:
    encoded = subject.encoded
    return (
        limits.JPEG_BLOCKS.gate(subject.blocks),
        limits.JPEG_QUALITY.gate(encoded.quality),
        limits.compression_limit(rule.compression_ratio_max).gate(encoded.compression_ratio),
    )
