"""A recording of a safe, written by hand: no person is in it."""

import json
from pathlib import Path

HEAD = {
    "format": "smilius-contacts-1",
    "contacts": {"safe-door": {"role": "door", "debounce_ms": 2}, "loop": {"role": "tamper"}},
}
EDGES = [
    {"at_us": 0, "contact": "loop", "state": "cut"},
    {"at_us": 5_000, "contact": "safe-door", "state": "open"},
    {"at_us": 5_500, "contact": "safe-door", "state": "closed"},
    {"at_us": 5_900, "contact": "safe-door", "state": "open"},
]


def recorded(folder: Path, *lines: object) -> str:
    """The path of a recording with these lines, or the usual ones."""
    path = folder / "safe.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines or (HEAD, *EDGES)))
    return str(path)
