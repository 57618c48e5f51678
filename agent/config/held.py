"""What headquarters has signed and this station keeps as it was signed, so that whoever reads it need not believe the
process that laid it down.
"""

import errno
from pathlib import Path

from agent.errors import ConfigError
from agent.wire.document import SIGNED_BYTES_MAX
from vault.disk import read_file
from vault.errors import DiskFailed


def read_held(path: Path, *, name: str) -> bytes | None:
    """The signed bytes; None before the first.

    :param name: what it is, at the beginning of a sentence.
    :raises: ConfigError when it cannot be read.
    """
    try:
        return read_file(path, bytes_max=SIGNED_BYTES_MAX)
    except DiskFailed as error:
        if error.number == errno.ENOENT:
            return None
        raise ConfigError(f"{name} cannot be read.") from error
