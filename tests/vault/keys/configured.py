"""A station's configuration that says where its keys live, and the place itself."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.emulators.pi_otp import vcmailbox
from tests.emulators.tpm import tpm
from tests.vault.keys.homes import systemd_creds_works

PROCESSES = ("station", "courier")


@contextmanager
def configured(kind: str, root: Path, **options: object) -> Iterator[None]:
    """As long as it is entered, the home of both processes' keys is there and named in the configuration."""
    match kind:
        case "credential":
            if not systemd_creds_works():
                pytest.skip("needs systemd-creds and root")
            _write(root, home=kind, **options)
            yield
        case "otp":
            _write(root, **{"home": kind, "vcmailbox": vcmailbox(root / "pi"), **options})
            yield
        case "tpm":
            if shutil.which("swtpm") is None or find_spec("tpm2_pytss") is None:
                pytest.skip("needs swtpm (Debian) and tpm2-pytss (the extra `tpm`)")
            # a socket's path is short: pytest's folders are not
            with tempfile.TemporaryDirectory(prefix="tpm") as folder, tpm(Path(folder)) as tcti:
                _write(root, home=kind, tcti=tcti, **options)
                yield
        case _:
            raise LookupError(kind)


def _write(root: Path, **options: object) -> None:
    folder = root / "etc/smilius"
    folder.mkdir(parents=True, exist_ok=True)
    lines = [f"{name} = {json.dumps(value)}" for name, value in options.items()]
    sections = [f"[{process}.keys]\n" + "\n".join(lines) + "\n" for process in PROCESSES]
    (folder / "05-keys.toml").write_text("\n".join(sections))
