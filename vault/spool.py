"""Sealed parcels on the disk: one file each, delivered by the visit worker, taken in by the courier.

`incoming/` is where a worker may write (setgid group, the courier's); from the take-in on the file is the courier's.
"""

import os
from pathlib import Path

from vault.disk import (
    NO_FILE,
    is_there,
    make_folder,
    names_in,
    read_file,
    rename_durably,
    sweep_unfinished,
    sync_folder,
    unfinished,
    unlink_durably,
    write_durably,
)
from vault.envelope import WRAPPING_BYTES
from vault.errors import DiskFailed, SpoolDamaged
from vault.labels import PARCEL_BYTES_MAX, ParcelId

_SUFFIX = ".parcel"
_FILE_BYTES_MAX = PARCEL_BYTES_MAX + WRAPPING_BYTES


def deliver(incoming: Path, parcel: ParcelId, *, wrapped: bytes) -> None:
    """Put a parcel into `incoming/`: synced when this returns, whole or not at all. The worker's only file.

    :raises: DiskFailed; SpoolDamaged when it is larger than any parcel may be.
    """
    if len(wrapped) > _FILE_BYTES_MAX:
        raise SpoolDamaged("The parcel is larger than any may be.")
    write_durably(incoming / (parcel + _SUFFIX), wrapped, mode=0o640)


class Spool:
    """The courier's side: takes in, reads, removes."""

    def __init__(self, folder: Path) -> None:
        self.incoming = folder / "incoming"
        self._kept = folder / "kept"
        # what a worker writes belongs to the folder's group, whoever the worker is
        make_folder(self.incoming, mode=0o2770)
        make_folder(self._kept, mode=0o700)

    def arrivals(self) -> list[ParcelId]:
        """Parcels that were delivered and not yet taken in. :raises: DiskFailed."""
        names = names_in(self.incoming)
        return [ParcelId(name.removesuffix(_SUFFIX)) for name in names if name.endswith(_SUFFIX)]

    def take_in(self, parcel: ParcelId) -> bool:
        """Move a delivered parcel to what is kept; what is kept already is not replaced. False when it is nowhere.

        :raises: DiskFailed; the parcel is where it was, or where it should be, and this may be called again.
        """
        arrived, kept = self.incoming / (parcel + _SUFFIX), self._path(parcel)
        if is_there(kept):
            # moved by a process that may have died before it synced
            sync_folder(self._kept)
        elif is_there(arrived):
            rename_durably(arrived, kept)
        return is_there(kept)

    def read(self, parcel: ParcelId) -> bytes:
        """The wrapped parcel.

        :raises: SpoolDamaged when its file is gone, is none, or is larger than any may be; DiskFailed when it cannot be
            read now: then nothing is known of it.
        """
        try:
            return read_file(self._path(parcel), bytes_max=_FILE_BYTES_MAX)
        except DiskFailed as error:
            if error.number not in NO_FILE:
                raise
            raise SpoolDamaged("The parcel's file is not readable.") from error

    def exists(self, parcel: ParcelId) -> bool:
        """Whether any file of this parcel is on the disk, delivered or kept. :raises: DiskFailed."""
        return is_there(self._path(parcel)) or is_there(self.incoming / (parcel + _SUFFIX))

    def remove(self, parcel: ParcelId) -> None:
        """Unlinked and synced, wherever it was, half-written too. Only a wipe and a cancelled reservation call this."""
        arrived = self.incoming / (parcel + _SUFFIX)
        unlink_durably(unfinished(arrived), arrived)
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
