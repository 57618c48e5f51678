"""The simulator's comparison at a handover: the prints that were accepted for an application, and those given now.

As MIGRIS would have a matcher of its own, the simulator borrows the one that notices a finger given twice. It is
measured on simulated fingers only, which are what the simulator sees: docs/matching.md.
"""

import numpy as np

from agent.wire import Likeness
from capture.finger.matching import same_finger
from capture.finger.minutiae import Minutiae, find_minutiae
from capture.records.errors import RecordError, WsqDecoderFailed
from capture.records.package import unpack
from capture.records.wsq import decode_in_child
from central.migris.simulator.check import DECODE_LIMIT_S


def compared(given: dict[str, bytes], *, package: bytes) -> Likeness | None:
    """What the fingers that both have say together; None when the package has no prints.

    :raises: WsqDecoderFailed when that is our own trouble.
    """
    known = {finger.value: wsq for finger, wsq in unpack(package).prints.items()}
    if not known:
        return None
    both = sorted(known.keys() & given.keys())
    same = [_same(known[finger], given[finger]) for finger in both]
    if not same or None in same or len(set(same)) > 1:
        return Likeness.UNSURE
    return Likeness.SAME if same[0] else Likeness.OTHER


def _same(known: bytes, given: bytes) -> bool | None:
    """None when one of them is no print."""
    try:
        return same_finger(_minutiae(known), _minutiae(given))
    except WsqDecoderFailed:
        raise
    except RecordError:
        return None


def _minutiae(wsq: bytes) -> Minutiae:
    picture = decode_in_child(wsq, time_limit_s=DECODE_LIMIT_S)
    pixels = np.frombuffer(picture.pixels, dtype=np.uint8).reshape(picture.height_px, picture.width_px)
    return find_minutiae(pixels)
