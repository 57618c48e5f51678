"""What the simulated person does before the camera, and the light meanwhile: a script, by the world's clock."""

from collections.abc import Sequence
from itertools import pairwise

from pydantic import Field

from drivers.contract import Options
from drivers.world.person import TURN_MAX_DEG, Pose

LINES_MAX = 1_000


class Move(Options):
    """One line: how it is at that time; between two lines everything changes evenly."""

    at_ms: int = Field(ge=0, le=86_400_000)
    """When, counted from the camera's arming."""
    eyes_open_ratio: float = Field(default=1.0, ge=0, le=1)
    """Of what the photograph shows; 0 is shut."""
    mouth_open_ratio: float = Field(default=1.0, ge=0, le=2)
    """Of what the photograph shows, which is a smile with teeth; 0 is shut, 2 the widest."""
    yaw_deg: float = Field(default=0.0, ge=-TURN_MAX_DEG, le=TURN_MAX_DEG)
    """The head's turn to its own left."""
    pitch_deg: float = Field(default=0.0, ge=-TURN_MAX_DEG, le=TURN_MAX_DEG)
    """The head's nod, downwards."""
    nearness_ratio: float = Field(default=1.0, ge=0.25, le=2)
    """How many times nearer than by `enlargement` alone."""
    light_ratio: float = Field(default=1.0, ge=0.001, le=100)
    """The room's light, as a multiple of the option of that name."""

    @property
    def pose(self) -> Pose:
        """How the person holds still."""
        return Pose(
            eyes_open_ratio=self.eyes_open_ratio,
            mouth_open_ratio=self.mouth_open_ratio,
            yaw_deg=self.yaw_deg,
            pitch_deg=self.pitch_deg,
        )


AS_SHE_IS = Move(at_ms=0)


def in_order(script: Sequence[Move]) -> Sequence[Move]:
    """The script, if each line is later than the one before it. :raises: ValueError."""
    if any(after.at_ms <= before.at_ms for before, after in pairwise(script)):
        raise ValueError("each line of the script is later than the one before it")
    return script


def at(script: Sequence[Move], passed_ms: int) -> Move:
    """How it is then: before the first line and after the last one as they say."""
    before = max((one for one in script if one.at_ms <= passed_ms), key=_when, default=None)
    after = min((one for one in script if one.at_ms > passed_ms), key=_when, default=None)
    if before is None or after is None:
        return before or after or AS_SHE_IS
    share = (passed_ms - before.at_ms) / (after.at_ms - before.at_ms)
    first, last = before.model_dump(), after.model_dump()
    return Move.model_validate(
        {name: first[name] + share * (last[name] - first[name]) for name in first} | {"at_ms": passed_ms}
    )


def _when(move: Move) -> int:
    return move.at_ms
