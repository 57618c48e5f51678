"""From raw values of ISO/IEC 29794-5's components to 0..100, as OFIQ 1.0.3 publishes it. Pure.

Every component of the standard has its mapping here, also those whose raw value nothing here can compute.
Source: facts/face-quality.md, section Mapping; checked against OFIQ's own expected results.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import cos, exp, floor, pi, radians, sin

BEST = 100
"""The highest value."""


class ComponentName(StrEnum):
    """The components by the names under which OFIQ reports them, in the order of their codes."""

    UNIFIED_QUALITY_SCORE = "UnifiedQualityScore"
    BACKGROUND_UNIFORMITY = "BackgroundUniformity"
    ILLUMINATION_UNIFORMITY = "IlluminationUniformity"
    LUMINANCE_MEAN = "LuminanceMean"
    LUMINANCE_VARIANCE = "LuminanceVariance"
    UNDER_EXPOSURE_PREVENTION = "UnderExposurePrevention"
    OVER_EXPOSURE_PREVENTION = "OverExposurePrevention"
    DYNAMIC_RANGE = "DynamicRange"
    SHARPNESS = "Sharpness"
    COMPRESSION_ARTIFACTS = "CompressionArtifacts"
    NATURAL_COLOUR = "NaturalColour"
    SINGLE_FACE_PRESENT = "SingleFacePresent"
    EYES_OPEN = "EyesOpen"
    MOUTH_CLOSED = "MouthClosed"
    EYES_VISIBLE = "EyesVisible"
    MOUTH_OCCLUSION_PREVENTION = "MouthOcclusionPrevention"
    FACE_OCCLUSION_PREVENTION = "FaceOcclusionPrevention"
    INTER_EYE_DISTANCE = "InterEyeDistance"
    HEAD_SIZE = "HeadSize"
    LEFTWARD_CROP = "LeftwardCropOfTheFaceImage"
    RIGHTWARD_CROP = "RightwardCropOfTheFaceImage"
    MARGIN_ABOVE = "MarginAboveOfTheFaceImage"
    MARGIN_BELOW = "MarginBelowOfTheFaceImage"
    HEAD_POSE_YAW = "HeadPoseYaw"
    HEAD_POSE_PITCH = "HeadPosePitch"
    HEAD_POSE_ROLL = "HeadPoseRoll"
    EXPRESSION_NEUTRALITY = "ExpressionNeutrality"
    NO_HEAD_COVERINGS = "NoHeadCoverings"

    @property
    def code(self) -> int:
        """The standard's code: 0x41 for the unified score, and on in order."""
        return 0x41 + list(ComponentName).index(self)


def mapped(name: ComponentName, raw: float) -> int:
    """The value of 0 (worst) to 100 (best) that belongs to a raw value.

    :param raw: in the component's own unit, finite.
    """
    return min(BEST, max(0, floor(_CURVES[name](raw) + 0.5)))


@dataclass(frozen=True, slots=True)
class _Rising:
    """A logistic curve: larger is better."""

    middle: float
    width: float
    height: float = BEST

    def __call__(self, raw: float) -> float:
        return self.height * _logistic(raw, self.middle, width=self.width)


@dataclass(frozen=True, slots=True)
class _Falling:
    """A logistic curve turned round: smaller is better."""

    middle: float
    width: float
    height: float = BEST
    top: float = 1.0

    def __call__(self, raw: float) -> float:
        return self.height * (self.top - _logistic(raw, self.middle, width=self.width))


def _logistic(raw: float, middle: float, *, width: float) -> float:
    power = (middle - raw) / width
    # Beyond, the result is 0 to the last digit, and exp would overflow.
    return 0.0 if power > 700 else 1 / (1 + exp(power))


def _luminance_mean(raw: float) -> float:
    return BEST * _logistic(raw, 0.2, width=0.05) * (1 - _logistic(raw, 0.8, width=0.05))


def _luminance_variance(raw: float) -> float:
    return BEST * sin(pi * 60 * raw / (60 * raw + 1))


def _head_size(raw: float) -> float:
    return _Falling(0.0, 0.05, height=200)(abs(raw - 0.45))


def _pose(raw: float) -> float:
    return BEST * max(0.0, cos(radians(raw))) ** 2


def _head_coverings(raw: float) -> float:
    if raw <= 0:
        return BEST
    if raw >= 0.95:
        return 0.0
    none, here, all_covered = (_logistic(share, 0.02, width=0.1) for share in (0.0, raw, 0.95))
    return BEST * (all_covered - here) / (all_covered - none)


def _share_free(raw: float) -> float:
    return BEST * (1 - raw)


_CURVES: Mapping[ComponentName, Callable[[float], float]] = {
    ComponentName.UNIFIED_QUALITY_SCORE: _Rising(23.0, 2.6),
    ComponentName.BACKGROUND_UNIFORMITY: _Falling(10.0, 100.0, height=190),
    ComponentName.ILLUMINATION_UNIFORMITY: lambda raw: BEST * raw**0.3,
    ComponentName.LUMINANCE_MEAN: _luminance_mean,
    ComponentName.LUMINANCE_VARIANCE: _luminance_variance,
    ComponentName.UNDER_EXPOSURE_PREVENTION: _Falling(0.92, 0.05, height=120, top=0.832),
    ComponentName.OVER_EXPOSURE_PREVENTION: lambda raw: 1 / (raw + 0.01),
    ComponentName.DYNAMIC_RANGE: lambda raw: 12.5 * raw,
    ComponentName.SHARPNESS: lambda raw: _Rising(-20.0, 15.0, height=115)(raw) - 14,
    ComponentName.COMPRESSION_ARTIFACTS: lambda raw: _Rising(0.3308, 0.092, height=103)(raw) - 0.0278,
    ComponentName.NATURAL_COLOUR: _Falling(0.0, 10.0, height=200),
    ComponentName.SINGLE_FACE_PRESENT: _share_free,
    ComponentName.EYES_OPEN: _Rising(0.02, 0.01),
    ComponentName.MOUTH_CLOSED: _Falling(0.2, 0.06),
    ComponentName.EYES_VISIBLE: _share_free,
    ComponentName.MOUTH_OCCLUSION_PREVENTION: _share_free,
    ComponentName.FACE_OCCLUSION_PREVENTION: _share_free,
    ComponentName.INTER_EYE_DISTANCE: _Rising(70.0, 20.0),
    ComponentName.HEAD_SIZE: _head_size,
    ComponentName.LEFTWARD_CROP: _Rising(0.9, 0.1),
    ComponentName.RIGHTWARD_CROP: _Rising(0.9, 0.1),
    ComponentName.MARGIN_ABOVE: _Rising(1.4, 0.1),
    ComponentName.MARGIN_BELOW: _Rising(1.8, 0.1),
    ComponentName.HEAD_POSE_YAW: _pose,
    ComponentName.HEAD_POSE_PITCH: _pose,
    ComponentName.HEAD_POSE_ROLL: _pose,
    ComponentName.EXPRESSION_NEUTRALITY: _Rising(-5000.0, 5000.0),
    ComponentName.NO_HEAD_COVERINGS: _head_coverings,
}
