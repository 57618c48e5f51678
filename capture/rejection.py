"""Why the operator rejects a portrait: typed, because it travels in the manifest."""

from enum import StrEnum

REJECTIONS_MAX = 64
"""More are not counted: the latest stay."""


class RejectionReason(StrEnum):
    """Said by the operator. A portrait whose gates all passed is only rejected for one of these. Duty: R-FACE-2."""

    GATES_FAILED = "gates-failed"
    EXPRESSION = "expression"
    GAZE = "gaze"
    EYES = "eyes-not-visible"
    GLASSES = "glasses"
    FACE_COVERED = "face-covered"
    POSE = "pose"
    LIGHT = "light-or-shadow"
    BLURRED = "blurred"
    BACKGROUND = "background"
    CLIENTS_WISH = "clients-wish"
