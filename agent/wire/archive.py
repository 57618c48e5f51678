"""Named files in one ZIP, in memory: what a backup is packed as before it is sealed. Pure.

Read strictly: whoever sealed it may have been somebody else's hands. Source: APPNOTE.TXT 6.3 (PKWARE).
"""

import io
import re
import zipfile
import zlib
from collections.abc import Mapping

from agent.errors import WireError

ARCHIVE_BYTES_MAX = 256 * 1024 * 1024
"""No archive holds more, unpacked: it is opened in memory."""

FILES_MAX = 256

_NAME = re.compile(r"([A-Za-z0-9_-][A-Za-z0-9._-]{0,99}/)?[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}")
_BROKEN = "The archive is not whole."
# a time in it would make two archives of the same files differ
_MOMENT = (1980, 1, 1, 0, 0, 0)


def is_file_name(name: str) -> bool:
    """Whether a file may be called so: at the most one folder, nothing hidden, nothing that leads elsewhere."""
    return _NAME.fullmatch(name) is not None


def pack(files: Mapping[str, bytes]) -> bytes:
    """The same files give the same bytes. :raises: WireError when they are too many, too large or named amiss."""
    if len(files) > FILES_MAX or sum(map(len, files.values())) > ARCHIVE_BYTES_MAX:
        raise WireError("There is more than an archive may hold.")
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            if not is_file_name(name):
                raise WireError("A file has a name that an archive cannot hold.")
            archive.writestr(zipfile.ZipInfo(name, _MOMENT), files[name], zipfile.ZIP_DEFLATED)
    return target.getvalue()


def unpack(content: bytes) -> dict[str, bytes]:
    """The files by name. :raises: WireError when it is not exactly such an archive."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            names = [entry.filename for entry in entries]
            sizes = sum(entry.file_size for entry in entries)
            if len(names) > FILES_MAX or len(set(names)) != len(names) or not all(map(is_file_name, names)):
                raise WireError(_BROKEN)
            if sizes > ARCHIVE_BYTES_MAX:
                raise WireError("There is more than an archive may hold.")
            # a read ends at the stated size, whatever the compressed bytes would become
            return {entry.filename: archive.read(entry) for entry in entries}
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, ValueError, EOFError, OSError) as error:
        raise WireError(_BROKEN) from error
