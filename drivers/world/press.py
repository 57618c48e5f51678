"""One press of a finger on the plate, as knobs."""

from typing import Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field


class Press(BaseModel):
    """How the finger meets the plate. The defaults are a good press of healthy, slightly moist skin."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: int = Field(default=0, ge=0, lt=2**32)
    """Draws what differs between two presses with equal knobs: how the skin stretches, and all noise."""
    pressure_ratio: float = Field(default=0.5, ge=0, le=1)
    """0 hardly touches, 0.5 is right, 1 squeezes the furrows shut."""
    moisture_ratio: float = Field(default=0.5, ge=0, le=1)
    """0 is dry and broken, 0.5 is right, 1 is wet and runs together."""
    rotation_deg: float = Field(default=0.0, ge=-180, le=180)
    """Turn of the finger on the plate, clockwise in the picture."""
    shift_px: tuple[float, float] = (0.0, 0.0)
    """Where the pad's middle lies, to the right of and below the plate's."""
    missing_ratio: float = Field(default=0.0, ge=0, le=1)
    """How far across the pad nothing touches; the seed draws from which side."""
    dirt_ratio: float = Field(default=0.0, ge=0, le=1)
    """0 is a clean plate, 1 one that nobody ever wiped."""
    injury_ratio: float = Field(default=0.0, ge=0, le=1)
    """0 is whole skin, 1 a deep cut across the pad, always at this finger's own place."""

    @property
    def force_ratio(self) -> float:
        """Pressure beyond the right one, -0.5 to 0.5."""
        return self.pressure_ratio - 0.5

    @property
    def dryness_ratio(self) -> float:
        """0 for right or wet skin, 1 for the driest."""
        return max(0.0, 1 - 2 * self.moisture_ratio)

    @property
    def wetness_ratio(self) -> float:
        """0 for right or dry skin, 1 for the wettest."""
        return max(0.0, 2 * self.moisture_ratio - 1)

    def again(self, *, rng: np.random.Generator, wander_ratio: float = 1.0) -> Self:
        """The next press of a person who means to do the same.

        :param wander_ratio: 1 is how people differ from press to press, 0 keeps all knobs but the seed.
        """
        turn, right, down, harder, moister = (wander_ratio * rng.normal(0, (4, 6, 8, 0.05, 0.05))).tolist()
        return self.model_copy(
            update={
                "seed": int(rng.integers(2**32)),
                "pressure_ratio": min(max(self.pressure_ratio + harder, 0.0), 1.0),
                "moisture_ratio": min(max(self.moisture_ratio + moister, 0.0), 1.0),
                "rotation_deg": self.rotation_deg + turn,
                "shift_px": (self.shift_px[0] + right, self.shift_px[1] + down),
            }
        )
