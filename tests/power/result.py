"""What came of a kill or a cut."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One line of the record."""

    name: str
    """Which kill or cut it was."""
    step: str | None
    """The step that it fell on; None when nobody came to it."""
    states: tuple[str, ...]
    """The states that were reached."""
    seconds: float
    """How long it took, with the new life and the whole way."""
    failure: str = ""
    """What was not as it must be."""

    def row(self) -> dict[str, Any]:
        """For the record."""
        return asdict(self)
