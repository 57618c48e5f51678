"""The photograph of the client with the card beside the face, after handover: framed, encoded once, with its own gates.

It is evidence that this person got this card, and no portrait: the head may be turned a little and the client may
smile. Duty: R-VISIT-5.
"""

from dataclasses import dataclass, field

import cv2
import numpy as np

from capture.face import measures
from capture.face.card import LONG_MM, Card, find_card
from capture.face.geometry import Framing, Head, head_of
from capture.face.limits import Limit
from capture.face.models import FaceModels, load_models
from capture.face.points import Points
from capture.face.portrait import cut_out, encoded
from capture.face.pyramid import Pyramid
from capture.face.search import FaceSearch, only
from capture.profile import CardRule
from capture.records import face_record
from capture.sample import Gate, Verdict
from drivers.contract import Frame, Hint, Retake, RgbPixels

CARD_FOUND = Limit("card_found", "ratio", "No card is seen beside the face: hold it flat, its print forward.", low=0.62)
"""Share of the card's outline that can be seen. Own calibration: see `capture.face.card`."""
CARD_BESIDE = Limit("card_beside_face", "ratio", "The card covers the face: hold it beside the cheek.", high=0.0)
"""Share of the card that lies over the hull of the face's points."""
CARD_SIZE = Limit("card_size", "px", "The card has too few pixels: the client must come closer.", low=200.0)
"""The card's long side in the photograph. Own calibration: 2.3 a millimetre, so that its portrait can be seen."""
CARD_SHARP = Limit("card_sharp", "ratio", "The card is not sharp: hold it still, at the face's own distance.", low=0.02)
"""Own measure, as `sharpness_smilius`, on the card at 2 pixels a millimetre. Own calibration on a drawn card."""
EYES_SEEN = Limit("eyes_seen", "ratio", "The eyes cannot be seen: open, and nothing before them.", low=0.45)
"""As the portrait's `eye_contrast`."""
SHARP_PX_MM = 2.0
"""The card's scale for its sharpness."""
MARGIN_RATIO = 0.35
"""Room around head and card, as a multiple of the distance between the eyes."""


@dataclass(frozen=True, slots=True)
class CardPhoto:
    """A photograph with a card. Its gates may still have failed: a person decides on that."""

    jpeg: bytes = field(repr=False)
    """JPEG baseline, RGB, encoded once from the sensor's pixels."""
    width_px: int
    """Columns."""
    height_px: int
    """Rows."""
    gates: tuple[Gate, ...]
    """Every gate that was looked at."""
    taken_ns: int
    """The frame's monotonic time."""

    @property
    def record(self) -> bytes:
        """The photograph as a face image record of type *basic*: it is evidence of a handover, and no portrait.

        Source: ISO/IEC 19794-5:2005, facts/standards.md section 2.4.
        """
        return face_record.write(self.jpeg, eyes_px=None, full_frontal=False)

    @property
    def failed(self) -> tuple[Gate, ...]:
        """The gates that did not pass."""
        return tuple(gate for gate in self.gates if gate.verdict is Verdict.FAIL)


class CardJudge:
    """Holds the networks; constructed once, used by one thread at a time."""

    def __init__(self, models: FaceModels | None = None) -> None:
        """:param models: the installed ones by default. :raises: FaceModelsMissing when they are absent or damaged."""
        self._search = FaceSearch(models or load_models())

    def judge(self, frame: Frame, rule: CardRule) -> CardPhoto | Retake:
        """The photograph with head and card in it, or what prevents it; without a card, of the head alone.

        :param rule: `width_px` and `height_px` say the photograph's shape, either way up, and its size.
        :raises: FrameUnusable when the frame is not 8-bit colour; PortraitTooLarge when the rule's size cannot be kept.
        """
        pyramid = Pyramid.of(frame)
        found = only(self._search.faces(pyramid))
        if isinstance(found, Retake):
            return found
        points = self._search.refined(pyramid, found).points
        head = head_of(points)
        card = find_card(pyramid, head)
        framing = _framed(head, card, rule=rule, pyramid=pyramid)
        if isinstance(framing, Hint):
            return Retake(framing)
        result = encoded(cut_out(pyramid, framing, width_px=rule.width_px, height_px=rule.height_px), rule)
        return CardPhoto(
            jpeg=result.jpeg,
            width_px=rule.width_px,
            height_px=rule.height_px,
            gates=_measured(frame.pixels, points, card=card, scale=framing.scale),
            taken_ns=frame.taken_ns,
        )


def _measured(picture: RgbPixels, points: Points, *, card: Card | None, scale: float) -> tuple[Gate, ...]:
    eyes = EYES_SEEN.gate(measures.eye_contrast_ratio(measures.grey_of(picture), points))
    if card is None:
        unknown = (limit.gate(None) for limit in (CARD_BESIDE, CARD_SIZE, CARD_SHARP))
        return (CARD_FOUND.gate(0.0), *unknown, eyes)
    return (
        CARD_FOUND.gate(card.support_ratio),
        CARD_BESIDE.gate(_covered_ratio(points, card, shape=picture.shape)),
        CARD_SIZE.gate(card.long_px * scale),
        CARD_SHARP.gate(_sharpness(picture, card)),
        eyes,
    )


def _covered_ratio(points: Points, card: Card, *, shape: tuple[int, ...]) -> float:
    area = np.zeros(shape[:2], np.uint8)
    cv2.fillConvexPoly(area, card.corners_px.round().astype(np.int32), (1,))
    inside = area > 0
    return float(measures.face_region(points, shape)[inside].mean()) if inside.any() else 0.0


def _sharpness(picture: RgbPixels, card: Card) -> float:
    """Of the card alone, laid flat."""
    width, height = round(LONG_MM * SHARP_PX_MM), round(54 * SHARP_PX_MM)
    flat = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    warp = cv2.getPerspectiveTransform(card.corners_px.astype(np.float32), flat)
    laid = np.asarray(cv2.warpPerspective(picture, warp, (width, height), flags=cv2.INTER_AREA), np.uint8)
    return measures.sharpness_ratio(measures.grey_of(laid), np.ones((height, width), np.bool_))


def _framed(head: Head, card: Card | None, *, rule: CardRule, pyramid: Pyramid) -> Framing | Hint:
    """The smallest part of the frame of the rule's shape around head and card; never enlarged, never padded."""
    crown, chin = head.between_eyes_px[1] - head.eye_chin_px, head.between_eyes_px[1] + head.eye_chin_px
    places = np.array([[head.centre_px[0] - head.width_px / 2, crown], [head.centre_px[0] + head.width_px / 2, chin]])
    if card is not None:
        places = np.vstack([places, card.corners_px])
    low, high = (
        edge + side * MARGIN_RATIO * head.inter_eye_px for edge, side in ((places.min(0), -1), (places.max(0), 1))
    )
    size = np.array([rule.width_px, rule.height_px], np.float64)
    part = size * max(1.0, float(((high - low) / size).max()))
    frame = np.array([pyramid.width_px, pyramid.height_px], np.float64)
    if low.min() < 0 or (high > frame).any():
        return Hint.OUT_OF_FRAME
    if (part > frame).any():
        return Hint.TOO_FEW_PIXELS if part[0] <= size[0] else Hint.OUT_OF_FRAME
    corner = np.clip((low + high - part) / 2, 0, frame - part)
    scale = float(size[0] / part[0])
    return Framing(np.hstack([scale * np.eye(2), (-scale * corner)[:, None]]), scale)
