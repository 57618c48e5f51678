"""What can be said of a portrait of which only the eyes are known: an average head's proportions are not this one's."""

from collections.abc import Mapping

from capture.face import limits
from capture.face.geometry import Head
from capture.face.limits import Limit
from capture.profile import FaceRule


def outlined(head: Head, held: Head, *, rule: FaceRule) -> Mapping[Limit, float]:
    """The values of the gates that two eyes are enough for, in their order.

    :param head: in the portrait. :param held: as it was held in the frame, before the portrait was levelled.
    """
    return {
        limits.ROLL: held.roll_deg,
        limits.INTER_EYE: head.inter_eye_px,
        limits.CENTRING: head.centring_ratio(rule.width_px),
        limits.EYE_LINE: head.eye_line_ratio(rule.height_px),
    }
