"""What the finger room raises: the machine's failures. What the person can mend is a `Retake`.

CaptureError                    a stable code and one sentence for the operator
 └─ FingerError
     ├─ OfficialScorerUnfit     an nfiq2 command is configured or installed, and it cannot be used
     ├─ PrintFrameUnusable      the sensor gives pictures from which no print can be made
     │   └─ PrintInverted       its ridges are bright
     ├─ PrintResolutionUnfit    the sensor's resolution is unknown or too low, or the profile wants another
     └─ ScoreModelUnreadable    the fitted score is missing from the installation, or damaged
"""

from typing import ClassVar

from capture.errors import CaptureError


class FingerError(CaptureError):
    """Capture of a finger failed."""

    code: ClassVar[str] = "finger-error"


class OfficialScorerUnfit(FingerError):
    """A station that is set up to score with NFIQ 2 does not quietly score with something else."""

    code = "official-scorer-unfit"


class PrintFrameUnusable(FingerError):
    """The sensor or its driver is wrong for prints; the person had nothing to do with it."""

    code = "print-frame-unusable"


class PrintInverted(PrintFrameUnusable):
    """Bright where the skin touches: records want it dark, and turning it over silently would hide a fault."""

    code = "print-inverted"


class PrintResolutionUnfit(FingerError):
    """The resolution is not known, or a print would have to be enlarged, which is never done."""

    code = "print-resolution-unfit"


class ScoreModelUnreadable(FingerError):
    """The model is part of the package and never fetched later: reinstalling is the cure."""

    code = "score-model-unreadable"
