"""The unit's key as a systemd credential: encrypted at rest by a key of the host, its TPM, or both.

A service gets it decrypted in a folder of its own (`LoadCredentialEncrypted=NAME:PATH`); root, who has no such folder,
asks systemd-creds. What the file is encrypted with is systemd's choice at the time it is made (`--with-key=auto`).

Source: systemd-creds(1), systemd.exec(5).
"""

import os
import subprocess
from pathlib import Path

from vault.disk import write_durably
from vault.envelope import LOCK_KEY_BYTES
from vault.errors import KeyHomeFailed, KeyMissing
from vault.keys.home import KeyKind
from vault.keys.unit import UnitHome

_COMMAND = "systemd-creds"
_LIMIT_S = 30.0


class Credential:
    """One credential: its name, its encrypted file, and where a service finds it decrypted."""

    def __init__(self, name: str, *, file: Path, decrypted: Path | None) -> None:
        """:param decrypted: `$CREDENTIALS_DIRECTORY`, None outside a service."""
        self._name = name
        self._file = file
        self._decrypted = decrypted

    def make(self) -> None:
        """Thirty-two random bytes, encrypted in the file, unless it is there already.

        :raises: KeyHomeFailed when systemd-creds does not do it (it asks for root); DiskFailed.
        """
        if not self._file.exists():
            write_durably(self._file, self._ask("encrypt", "-", "-", given=os.urandom(LOCK_KEY_BYTES)))

    def home(self) -> UnitHome:
        """The home that it opens. :raises: KeyMissing when it is not there or not whole; KeyHomeFailed."""
        key = self._read()
        if len(key) != LOCK_KEY_BYTES:
            raise KeyMissing(f"The credential {self._name} is not whole.")
        return UnitHome(key, kind=KeyKind.CREDENTIAL)

    def _read(self) -> bytes:
        if self._decrypted is not None:
            try:
                return (self._decrypted / self._name).read_bytes()
            except OSError as error:
                raise KeyMissing(f"The service was not given the credential {self._name}.") from error
        if not self._file.exists():
            raise KeyMissing(f"The credential {self._name} is not there.")
        return self._ask("decrypt", str(self._file), "-")

    def _ask(self, verb: str, *places: str, given: bytes = b"") -> bytes:
        command = [_COMMAND, f"--name={self._name}", verb, *places]
        try:
            # the secret goes through pipes: a process list shows names only
            done = subprocess.run(command, input=given, capture_output=True, timeout=_LIMIT_S, check=False)
        except (OSError, subprocess.TimeoutExpired):
            # from None: an exception that carries the output would carry the secret
            raise KeyHomeFailed(f"The command {_COMMAND} cannot be run.") from None
        if done.returncode != 0:
            raise KeyHomeFailed(f"The command {_COMMAND} could not {verb} the credential {self._name}.")
        return done.stdout
