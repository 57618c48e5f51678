"""A safe whose contacts move as they were recorded: edges before debouncing, so that what follows them is real.

The recording is lines of JSON. The first says what it is and which contacts there are, with their options:
`{"format": "smilius-contacts-1", "contacts": {"safe-door": {"role": "door"}}}`. Each further line is one edge:
`{"at_us": 1250000, "contact": "safe-door", "state": "open"}`, microseconds from the beginning, 0 for what was found.
"""

from pathlib import Path
from typing import Final, Literal

from pydantic import Field, ValidationError

from drivers.contract import DeviceKind, Facts, UnreadableFault, in_thread, pretended
from drivers.contract import Options as DriverOptions
from drivers.contract.watch import State
from drivers.safe.contact import ContactOptions
from drivers.safe.timeline import TimelineWatch
from drivers.safe.watching import Edge
from drivers.world.clock import MonotonicClock

FILE_BYTES_MAX: Final = 16 * 1024 * 1024


class Options(DriverOptions):
    """Which recording."""

    file: Path
    """The recording."""


class _Head(DriverOptions):
    format: Literal["smilius-contacts-1"]
    contacts: dict[str, ContactOptions] = Field(min_length=1)


class _Line(DriverOptions):
    at_us: int = Field(ge=0)
    contact: str
    state: State


class ReplaySafe(TimelineWatch):
    """Plays the recording from its beginning whenever it is opened, at the pace at which it was made."""

    def __init__(self, options: Options, *, clock: MonotonicClock) -> None:
        """:param clock: the clock that the recording is played by."""
        super().__init__(lease="replay-safe", clock=clock)
        self._file = options.file

    @property
    def facts(self) -> Facts:
        """A replayed safe."""
        return pretended(DeviceKind.SAFE, "replayed safe")

    async def _open(self) -> None:
        contacts, edges = await in_thread(lambda: read_recording(self._file))
        self._run(contacts, edges)


def read_recording(path: Path) -> tuple[dict[str, ContactOptions], list[Edge]]:
    """The contacts and their edges, with times in nanoseconds from the beginning. :raises: UnreadableFault."""
    try:
        if not path.is_file():
            raise UnreadableFault("There is no file for the safe's recording.")
        if path.stat().st_size > FILE_BYTES_MAX:
            raise UnreadableFault("The safe's recording is too large.")
        first, *others = path.read_bytes().splitlines() or [b""]
        head = _Head.model_validate_json(first)
        lines = [_Line.model_validate_json(line) for line in others]
    except OSError:
        raise UnreadableFault("The safe's recording may not be read by the station.") from None
    except ValidationError:
        raise UnreadableFault("The safe's recording is damaged.") from None
    if any(line.contact not in head.contacts for line in lines):
        raise UnreadableFault("The safe's recording moves a contact that it does not name.")
    return head.contacts, [Edge(line.contact, line.state, line.at_us * 1000) for line in lines]
