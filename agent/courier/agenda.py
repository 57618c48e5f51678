"""When which parcel or event is due: new ones at once, the others with patience. Pure."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf

from agent.patience import Patience


@dataclass(slots=True)
class _Entry:
    patience: Patience
    at_s: float
    words: set[str] = field(default_factory=set)


class Agenda:
    """Keeps a next time for everything that central has not settled yet."""

    def __init__(self, longest_s: float, chance: random.Random) -> None:
        self._longest_s = longest_s
        self._chance = chance
        self._entries: dict[str, _Entry] = {}

    def due(self, unsettled: Sequence[str], *, now_s: float) -> list[str]:
        """What is due now, of all that is unsettled; each gets its next time, and what is settled is forgotten."""
        known = self._entries
        self._entries = {key: known.get(key) or _Entry(self._new_patience(), now_s) for key in unsettled}
        due = [key for key, entry in self._entries.items() if entry.at_s <= now_s]
        for key in due:
            entry = self._entries[key]
            entry.at_s = now_s + entry.patience.next_s()
        return due

    def heard(self, key: str, word: str, *, now_s: float) -> None:
        """Central said this about it: a new word is progress, and pauses are short again; one said before is not."""
        entry = self._entries.get(key)
        if entry is None or word in entry.words:
            return
        entry.words.add(word)
        entry.patience.progressed()
        entry.at_s = now_s + entry.patience.next_s()

    def all_due(self) -> None:
        """Nothing that was said is known to have arrived: everything is due at once; a connection is no progress."""
        for entry in self._entries.values():
            entry.at_s = -inf

    def hold(self, key: str) -> None:
        """It is on its way: there is nothing to ask, until `go_on`, a word from central or a new connection."""
        if key in self._entries:
            self._entries[key].at_s = inf

    def go_on(self, key: str, *, now_s: float) -> None:
        """It is on its way no more: it is due after a pause."""
        entry = self._entries.get(key)
        if entry is not None:
            entry.at_s = min(entry.at_s, now_s + entry.patience.next_s())

    def all_soon(self, *, now_s: float) -> None:
        """Central has come back: everything is due within a first pause, each at a moment of its own."""
        for entry in self._entries.values():
            entry.patience.progressed()
            entry.at_s = min(entry.at_s, now_s + entry.patience.next_s())

    def another(self) -> "Agenda":
        """One of the same patience, with nothing on it."""
        return Agenda(self._longest_s, self._chance)

    def next_s(self, *, now_s: float) -> float | None:
        """Seconds until something is due, or None when nothing waits."""
        times = [entry.at_s for entry in self._entries.values()]
        return max(0.0, min(times) - now_s) if times else None

    def _new_patience(self) -> Patience:
        return Patience(self._longest_s, self._chance)
