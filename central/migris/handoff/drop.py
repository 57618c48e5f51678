"""A drop: where parcels are laid down and acknowledgements picked up. The local one is a folder of this machine."""

import asyncio
import os
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, Protocol, TypeVar

from agent.wire.ident import NAME_PATTERN, ULID_PATTERN
from central.errors import ConnectorSilent
from central.paths import destroy, sync_folder, write_whole

OUT, ACK, WRITING = "out", "ack", "tmp"
FOLDERS: Final = (OUT, ACK, WRITING)
"""`out` holds what waits for a decision, `ack` the decisions, `tmp` what is being written."""

ACK_BYTES_MAX = 4096
"""No acknowledgement is larger."""


_NAME = re.compile(rf"{NAME_PATTERN[:-1]}\.{ULID_PATTERN[1:]}")
_Result = TypeVar("_Result")


def is_name(text: str) -> bool:
    """Whether it is a parcel's name: `tenant.parcel`, and nothing that leads elsewhere."""
    return _NAME.fullmatch(text) is not None


class Drop(Protocol):
    """What a hand-off needs of a folder. Names are `tenant.parcel`. Every method :raises: ConnectorSilent."""

    async def has(self, name: str) -> bool:
        """Whether the parcel lies there."""
        ...

    async def names(self) -> list[str]:
        """What lies there, the oldest parcel first."""
        ...

    async def files(self, name: str) -> dict[str, bytes]:
        """The parcel's files; none when it does not lie there."""
        ...

    async def put(self, name: str, files: Mapping[str, bytes]) -> None:
        """Lay a parcel down: it is there whole and synced, or not at all."""
        ...

    async def acknowledgement(self, name: str) -> bytes | None:
        """What was said of the parcel, or None."""
        ...

    async def acknowledge(self, name: str, content: bytes) -> None:
        """Say something of the parcel: whole and synced, or not at all."""
        ...

    async def wipe(self, name: str) -> None:
        """Nothing of the parcel is there but its acknowledgement."""
        ...

    async def close(self) -> None:
        """Close what is open to it."""
        ...


def by_age(name: str) -> str:
    """What to sort names by: a ULID begins with its time."""
    return name.rpartition(".")[2]


class FolderDrop:
    """A folder of this machine; whoever works from it shares its group (docs/migris-contract.md)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def has(self, name: str) -> bool:
        """Whether the parcel lies there."""
        return await _thread(self._has, name)

    async def names(self) -> list[str]:
        """What lies there, the oldest parcel first."""
        return await _thread(self._names)

    async def files(self, name: str) -> dict[str, bytes]:
        """The parcel's files; none when it does not lie there."""
        return await _thread(self._files, name)

    async def put(self, name: str, files: Mapping[str, bytes]) -> None:
        """Lay a parcel down: it is there whole and synced, or not at all."""
        await _thread(self._put, name, files)

    async def acknowledgement(self, name: str) -> bytes | None:
        """What was said of the parcel, or None."""
        return await _thread(self._acknowledgement, name)

    async def acknowledge(self, name: str, content: bytes) -> None:
        """Say something of the parcel: whole and synced, or not at all."""
        await _thread(write_whole, self._ack(name), content)

    async def wipe(self, name: str) -> None:
        """Nothing of the parcel is there but its acknowledgement; its files are overwritten first."""
        await _thread(self._wipe, name)

    async def close(self) -> None:
        """Nothing is open."""

    def _ready(self) -> None:
        for name in FOLDERS:
            (self._folder / name).mkdir(mode=0o750, parents=True, exist_ok=True)

    def _ack(self, name: str) -> Path:
        self._ready()
        return self._folder / ACK / f"{name}.json"

    def _has(self, name: str) -> bool:
        self._ready()
        return (self._folder / OUT / name).is_dir()

    def _names(self) -> list[str]:
        self._ready()
        return sorted(filter(is_name, os.listdir(self._folder / OUT)), key=by_age)

    def _files(self, name: str) -> dict[str, bytes]:
        place = self._folder / OUT / name
        if not self._has(name):
            return {}
        return {one.name: one.read_bytes() for one in place.iterdir() if one.is_file() and not one.is_symlink()}

    def _put(self, name: str, files: Mapping[str, bytes]) -> None:
        self._ready()
        writing = self._folder / WRITING / name
        # what an earlier life began and did not finish
        _wipe_folder(writing)
        writing.mkdir(mode=0o750)
        for file, content in files.items():
            _write(writing / file, content)
        sync_folder(writing)
        writing.rename(self._folder / OUT / name)
        sync_folder(self._folder / WRITING)
        sync_folder(self._folder / OUT)

    def _acknowledgement(self, name: str) -> bytes | None:
        path = self._ack(name)
        try:
            with path.open("rb") as file:
                return file.read(ACK_BYTES_MAX)
        except FileNotFoundError:
            return None

    def _wipe(self, name: str) -> None:
        self._ready()
        for folder in (OUT, WRITING):
            _wipe_folder(self._folder / folder / name)


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o640)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _wipe_folder(place: Path) -> None:
    """Overwrite and unlink every file below, then the folder. :raises: OSError when anything is left."""
    if place.is_symlink() or not place.is_dir():
        return
    for root, folders, files in os.walk(place, topdown=False):
        for name in (*files, *folders):
            one = Path(root) / name
            if one.is_symlink():
                # where it leads is not ours
                one.unlink()
            elif one.is_file():
                destroy(one)
    shutil.rmtree(place)
    sync_folder(place.parent)
    if place.exists():
        raise OSError("the folder is still there")


async def _thread(work: Callable[..., _Result], *given: object) -> _Result:
    try:
        return await asyncio.to_thread(work, *given)
    except OSError as error:
        raise ConnectorSilent("The hand-off folder cannot be used.") from error
