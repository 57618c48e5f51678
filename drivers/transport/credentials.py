"""Name and password for a device in the network. The configuration holds a file's path, and never the password.

A file can be a systemd credential (`LoadCredential=`), has one line, and belongs to the station's user alone: what is
printed of the configuration, logged, or seen in a list of processes then has nothing to hide.
"""

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from drivers.contract import OptionsFault

PASSWORD_BYTES_MAX: Final = 1024


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who the station says it is; neither part is ever shown."""

    user: str = field(default="", repr=False)
    """The user's name, empty where the device asks for nothing."""
    password: str = field(default="", repr=False)
    """The password."""


def read_credentials(user: str, password_file: Path | None) -> Credentials:
    """The user with the password of the file. :raises: OptionsFault; the file's content and path are not repeated."""
    if not user:
        return Credentials()
    return Credentials(user, "" if password_file is None else _line_of(password_file))


def _line_of(path: Path) -> str:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        raise OptionsFault("The file with the device's password cannot be read by the station.") from None
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OptionsFault("What is named for the device's password is not a file.")
        if status.st_mode & stat.S_IRWXO:
            raise OptionsFault("The file with the device's password can be used by everybody: chmod o= it.")
        content = file.read(PASSWORD_BYTES_MAX + 1)
    try:
        line = content.decode().removesuffix("\n")
    except UnicodeDecodeError:
        raise OptionsFault("The file with the device's password is not text.") from None
    if len(content) > PASSWORD_BYTES_MAX or not line or not line.isprintable():
        raise OptionsFault("The file with the device's password is not one line of text.")
    return line
