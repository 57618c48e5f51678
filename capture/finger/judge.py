"""One look at one frame: a print with its score, or what the person should do. A low score is not a retake."""

from capture.finger.framing import frame_print
from capture.finger.measures import measure
from capture.finger.score import assess
from capture.profile import FingerRule
from capture.records.wsq import encode
from capture.sample import FingerSample
from drivers.contract import Finger, Frame, Retake

AREA = "SmiliusFingerArea_mm2"
"""Our own measure beside NFIQ 2's: ridged area of the finger in the whole frame, in square millimetres."""


def judge_finger(frame: Frame, finger: Finger, *, rule: FingerRule) -> FingerSample | Retake:
    """Find, frame, measure, score and encode; whether the score is enough is for the rule to say.

    :param frame: a sensor's frame, tip up, 0 = ridge, with its resolution; it may be zeroed afterwards.
    :param finger: which finger was asked for; a picture cannot tell.
    :raises: PrintFrameUnusable, PrintResolutionUnfit, ScoreModelUnreadable, WsqUnencodableError.
    Duties: R-FINGER-1 to R-FINGER-3.
    """
    framed = frame_print(frame, rule=rule)
    if isinstance(framed, Retake):
        return framed
    measures = measure(framed.pixels)
    return FingerSample(
        finger=finger,
        pixels=framed.pixels,
        wsq=encode(framed.pixels.tobytes(), width_px=rule.width_px, height_px=rule.height_px),
        ppi=rule.ppi,
        quality=assess(measures),
        measures={**measures.values, AREA: framed.area_mm2},
        taken_ns=frame.taken_ns,
    )
