"""Every home of keys, as a service would have it: what one promises, all must keep."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.emulators.pi_otp import vcmailbox
from tests.emulators.tpm import tpm
from vault.keys import FileHome, KeyHome
from vault.keys.credential import Credential
from vault.keys.otp import otp_home

PARCELS = 0x81018100


def systemd_creds_works() -> bool:
    """Whether systemd-creds is here and may use the host's key."""
    if shutil.which("systemd-creds") is None or os.geteuid() != 0:
        return False
    asked = ["systemd-creds", "--name=smilius-test", "encrypt", "-", "-"]
    return subprocess.run(asked, input=b"x", capture_output=True, timeout=30, check=False).returncode == 0


@contextmanager
def tpm_home() -> Iterator[KeyHome]:
    """A home in a TPM of its own."""
    from vault.keys.tpm import TpmHome

    # a socket's path is short: pytest's folders are not
    with tempfile.TemporaryDirectory(prefix="tpm") as folder, tpm(Path(folder)) as tcti:
        yield TpmHome(tcti, parcels=PARCELS)


@contextmanager
def home(kind: str, folder: Path) -> Iterator[KeyHome]:
    """One of them, new."""
    match kind:
        case "file":
            yield FileHome()
        case "credential":
            (folder / "given").mkdir(parents=True)
            (folder / "given" / "unit").write_bytes(os.urandom(32))
            yield Credential("unit", file=folder / "unit.cred", decrypted=folder / "given").home()
        case "systemd-creds":
            if not systemd_creds_works():
                pytest.skip("needs systemd-creds and root")
            credential = Credential("unit", file=folder / "unit.cred", decrypted=None)
            folder.mkdir(exist_ok=True)
            credential.make()
            yield credential.home()
        case "otp":
            device = [int.from_bytes(os.urandom(4)) for _ in range(8)]
            yield otp_home(vcmailbox(folder / "pi", device=device), purpose="courier")
        case "tpm":
            if shutil.which("swtpm") is None or find_spec("tpm2_pytss") is None:
                pytest.skip("needs swtpm (Debian) and tpm2-pytss (the extra `tpm`)")
            with tpm_home() as found:
                yield found
        case _:
            raise LookupError(kind)


KINDS = ("file", "credential", "systemd-creds", "otp", "tpm")
LOCKING = KINDS[1:]
