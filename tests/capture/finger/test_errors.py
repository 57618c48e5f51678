"""The finger room's failures."""

import pytest

from capture.errors import CaptureError
from capture.finger.errors import FingerError, PrintFrameUnusable, PrintResolutionUnfit, ScoreModelUnreadable


@pytest.mark.parametrize("kind", [FingerError, PrintFrameUnusable, PrintResolutionUnfit, ScoreModelUnreadable])
def test_each_is_a_capture_error_with_a_code_of_its_own(kind: type[FingerError]) -> None:
    error = kind("One sentence.")
    assert isinstance(error, CaptureError)
    assert error.sentence == "One sentence."
    assert error.code not in {other.code for other in (CaptureError, FingerError) if other is not kind}
