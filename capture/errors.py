"""What this floor raises. What the person can mend is a `Retake`, which is a value; a device's failure is a `Fault`.

CaptureError                a stable code and one sentence for the operator
 ├─ FaceModelsMissing       the installation has no face models, or they are damaged
 ├─ FrameUnusable           the camera gives pictures from which no portrait can be made
 └─ PortraitTooLarge        no JPEG is as small as the profile wants it
"""

from typing import ClassVar


class CaptureError(Exception):
    """Capture failed. `code` is stable and for machines, the sentence is for the operator; neither is personal."""

    code: ClassVar[str] = "capture-error"

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class FaceModelsMissing(CaptureError):
    """The model files are put there when the package is built and never fetched later: reinstalling is the cure."""

    code = "face-models-missing"


class FrameUnusable(CaptureError):
    """The camera or its driver is wrong for portraits; the person had nothing to do with it."""

    code = "frame-unusable"


class PortraitTooLarge(CaptureError):
    """The profile's size limit is below what any JPEG of these dimensions can reach."""

    code = "portrait-too-large"
