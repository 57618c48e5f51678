import asyncio
from pathlib import Path

import pytest

from drivers.contract import UnreadableFault
from drivers.contract.watch import Role, Sighting, State, StateSeen
from drivers.safe.replay import FILE_BYTES_MAX, Options, ReplaySafe, read_recording
from tests.drivers.real_clock import RealClock
from tests.drivers.safe.recordings import EDGES, HEAD, recorded


async def _seen(safe: ReplaySafe, count: int) -> list[Sighting]:
    async with asyncio.timeout(5):
        return [await safe.notice() for _ in range(count)]


async def test_what_was_found_comes_first_and_what_moved_then_is_debounced(tmp_path: Path) -> None:
    safe = ReplaySafe(Options(file=Path(recorded(tmp_path))), clock=RealClock())
    for _ in range(2):
        async with safe.opened():
            door, loop, opened = await _seen(safe, 3)
        assert isinstance(door, StateSeen)
        assert loop == StateSeen("loop", Role.TAMPER, State.CUT, at_ns=door.at_ns, first=True)
        assert opened == StateSeen("safe-door", Role.DOOR, State.OPEN, at_ns=door.at_ns + 5_000_000, first=False)


@pytest.mark.parametrize(
    "lines",
    [
        ({},),
        ({**HEAD, "format": "another"}, *EDGES),
        ({**HEAD, "contacts": {}}, *EDGES),
        (HEAD, {"at_us": -1, "contact": "loop", "state": "cut"}),
        (HEAD, {"at_us": 1, "contact": "loop", "state": "gone"}),
        (HEAD, {"at_us": 1, "contact": "nobody", "state": "cut"}),
        (HEAD, "loop cut"),
    ],
)
def test_a_damaged_recording_is_unreadable(tmp_path: Path, lines: tuple[object, ...]) -> None:
    path = recorded(tmp_path, *lines)
    with pytest.raises(UnreadableFault) as caught:
        read_recording(Path(path))
    assert str(tmp_path) not in caught.value.sentence


def test_an_empty_file_a_folder_and_a_huge_file_are_unreadable(tmp_path: Path) -> None:
    empty, huge = tmp_path / "empty", tmp_path / "huge"
    empty.touch()
    with huge.open("wb") as file:
        file.truncate(FILE_BYTES_MAX + 1)
    for path, why in ((empty, "damaged"), (tmp_path, "no file"), (huge, "too large")):
        with pytest.raises(UnreadableFault, match=why):
            read_recording(path)
