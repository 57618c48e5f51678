"""A TPM 2.0 in software: swtpm, each in a folder that is its non-volatile memory."""

import os
import select
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest

needs_tpm = pytest.mark.skipif(
    shutil.which("swtpm") is None or find_spec("tpm2_pytss") is None,
    reason="needs swtpm (Debian) and tpm2-pytss (the extra `tpm`)",
)


@contextmanager
def tpm(folder: Path) -> Iterator[str]:
    """A TPM that runs, and how it is reached (TCTI). The folder's path must be short: sockets are in it."""
    folder.mkdir(exist_ok=True)
    place, pid = folder / "s", folder / "pid"
    subprocess.run(
        [
            "swtpm",
            "socket",
            "--tpm2",
            "--daemon",
            f"--tpmstate=dir={folder}",
            f"--server=type=unixio,path={place}",
            f"--ctrl=type=unixio,path={place}.ctrl",
            "--flags=not-need-init,startup-clear",
            f"--pid=file={pid}",
        ],
        check=True,
        timeout=20,
    )
    try:
        yield f"swtpm:path={place}"
    finally:
        number = int(pid.read_text())
        end = os.pidfd_open(number)
        os.kill(number, signal.SIGTERM)
        select.select([end], [], [], 20)
        os.close(end)
