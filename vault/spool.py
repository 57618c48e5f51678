"""Sealed parcels on the disk: one file each, delivered by the visit worker, taken in by the courier.

`incoming/` is where a worker may write (setgid group, the courier's); from the take-in on the file is the courier's.
"""

import os
from pathlib import Path

from vault.disk import rename_durably, sweep_unfinished, unlink_durably, write_durably
from vault.errors import SpoolDamaged
from vault.labels import ParcelId

_SUFFIX = ".parcel"


def deliver(incoming: Path, parcel: ParcelId, *, wrapped: bytes) -> None:
    """Put a parcel into `incoming/`: synced when this returns, whole or not at all. The worker's only file."""
    write_durably(incoming / (parcel + _SUFFIX), wrapped, mode=0o640)


class Spool:
    """The courier's side: takes in, reads, removes."""

    def __init__(self, folder: Path) -> None:
        self.incoming = folder / "incoming"
        self._kept = folder / "kept"
        for part in (self.incoming, self._kept):
            part.mkdir(mode=0o770 if part is self.incoming else 0o700, parents=True, exist_ok=True)

    def arrivals(self) -> list[ParcelId]:
        """Parcels that were delivered and not yet taken in."""
        return sorted(ParcelId(path.name.removesuffix(_SUFFIX)) for path in self.incoming.glob("*" + _SUFFIX))

    def take_in(self, parcel: ParcelId) -> bool:
        """Move a delivered parcel to what is kept; done already is well. False when it is nowhere."""
        arrived = self.incoming / (parcel + _SUFFIX)
        if arrived.exists():
            rename_durably(arrived, self._path(parcel))
        return self._path(parcel).exists()

    def read(self, parcel: ParcelId) -> bytes:
        """The wrapped parcel. :raises: SpoolDamaged when its file is gone or unreadable."""
        try:
            return self._path(parcel).read_bytes()
        except OSError as error:
            raise SpoolDamaged("The parcel's file is not readable.") from error

    def exists(self, parcel: ParcelId) -> bool:
        """Whether any file of this parcel is on the disk, delivered or kept."""
        return self._path(parcel).exists() or (self.incoming / (parcel + _SUFFIX)).exists()

    def remove(self, parcel: ParcelId) -> None:
        """Unlinked and synced, wherever it was. Only the wipe and a cancelled reservation call this."""
        unlink_durably(self.incoming / (parcel + _SUFFIX))
        unlink_durably(self._path(parcel))

    def sweep(self) -> int:
        """Remove deliveries that were cut off half-way by a power cut; return how many there were."""
        return sweep_unfinished(self.incoming)

    def free_bytes(self) -> int:
        """Space that is left for more parcels."""
        status = os.statvfs(self._kept)
        return status.f_bavail * status.f_frsize

    def _path(self, parcel: ParcelId) -> Path:
        return self._kept / (parcel + _SUFFIX)
