"""When which parcel or event is due: new ones at once, the others with patience. Pure."""

import random
from collections.abc import Sequence

from agent.patience import Patience


class Agenda:
    """Keeps a next time for everything that central has not settled yet."""

    def __init__(self, longest_s: float, chance: random.Random) -> None:
        self._longest_s = longest_s
        self._chance = chance
        self._entries: dict[str, tuple[Patience, float]] = {}

    def due(self, unsettled: Sequence[str], *, now_s: float) -> list[str]:
        """What is due now, of all that is unsettled; each gets its next time, and what is settled is forgotten."""
        self._entries = {key: entry for key, entry in self._entries.items() if key in set(unsettled)}
        due = [key for key in unsettled if key not in self._entries or self._entries[key][1] <= now_s]
        for key in due:
            patience = self._entries[key][0] if key in self._entries else Patience(self._longest_s, self._chance)
            self._entries[key] = (patience, now_s + patience.next_s())
        return due

    def progressed(self, key: str, *, now_s: float) -> None:
        """Central said something about it: short pauses again."""
        if key in self._entries:
            patience, _ = self._entries[key]
            patience.progressed()
            self._entries[key] = (patience, now_s + patience.next_s())

    def all_due(self) -> None:
        """Central has come back: everything is due at once."""
        self._entries.clear()

    def next_s(self, *, now_s: float) -> float | None:
        """Seconds until something is due, or None when nothing waits."""
        times = [at for _, at in self._entries.values()]
        return max(0.0, min(times) - now_s) if times else None
