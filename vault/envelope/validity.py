"""From when until when a key counts: what is signed outside its time is refused, and nothing is sealed for it."""

from dataclasses import dataclass
from datetime import datetime

from vault.errors import KeyOutOfTime


@dataclass(frozen=True, slots=True)
class Validity:
    """A key's time; both ends belong to it."""

    not_before: datetime | None = None
    """None: from ever, as keys were pinned before keys had a time."""
    not_after: datetime | None = None
    """None: without an end."""

    def check(self, at: datetime, *, kid: str) -> None:
        """Return when the moment is in it. :raises: KeyOutOfTime."""
        if self.not_after is not None and at > self.not_after:
            raise KeyOutOfTime(f"The time of the key {kid} is over.")
        if self.not_before is not None and at < self.not_before:
            raise KeyOutOfTime(f"The time of the key {kid} has not begun.")


ALWAYS = Validity()
"""Without beginning and end."""
