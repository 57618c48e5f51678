"""How a camera takes its pictures: what its automatics can set, and what they had set for one frame."""

from dataclasses import dataclass
from enum import StrEnum


class Control(StrEnum):
    """What a camera's automatics may set, and what `Device.lock` then holds."""

    EXPOSURE = "exposure"
    GAIN = "gain"
    WHITE_BALANCE = "white-balance"
    FOCUS = "focus"


@dataclass(frozen=True, slots=True)
class CameraSettings:
    """What one frame was taken with; None is what the camera does not tell."""

    exposure_us: int | None = None
    """How long the sensor gathered light, in microseconds."""
    gain_ratio: float | None = None
    """Analogue and digital gain together; 1 is the sensor's own."""
    white_balance_ratios: tuple[float, float] | None = None
    """Gain of red and gain of blue over green."""
    focus_dioptres: float | None = None
    """Where the lens is focused, one over the distance in metres; 0 is infinity."""
    gain_steps: int | None = None
    """Gain in the camera's own steps, of a camera that tells no ratio (USB: the class gives the number no unit)."""
    white_balance_k: int | None = None
    """The colour temperature that is rendered white, in kelvin, of a camera that tells no ratios."""
    focus_steps: int | None = None
    """Where the lens is, in the camera's own steps, of a camera that tells no distance."""

    def of(self, control: Control) -> object | None:
        """What this control was set to; None where the camera does not tell."""
        match control:
            case Control.EXPOSURE:
                return self.exposure_us
            case Control.GAIN:
                return _told(self.gain_ratio, self.gain_steps)
            case Control.WHITE_BALANCE:
                return _told(self.white_balance_ratios, self.white_balance_k)
            case Control.FOCUS:
                return _told(self.focus_dioptres, self.focus_steps)


def _told(proper: object | None, own: object | None) -> object | None:
    return own if proper is None else proper
