"""Puts the emulated firmware into a folder, with what is burned into its one-time memory."""

import json
import shutil
from pathlib import Path

DEVICE = [0x01234567, 0x89ABCDEF, 0x00000001, 0xFFFFFFFF, 0x0, 0xDEADBEEF, 0x80000000, 0x7]
BURNED = bytes.fromhex("0123456789abcdef00000001ffffffff00000000deadbeef8000000000000007")


def vcmailbox(folder: Path, **memory: object) -> str:
    """The command's path; `device` is what was burned."""
    folder.mkdir(parents=True, exist_ok=True)
    command = folder / "vcmailbox"
    shutil.copy(Path(__file__).with_name("vcmailbox.py"), command)
    command.chmod(0o755)
    (folder / "otp.json").write_text(json.dumps({"device": DEVICE, **memory}))
    return str(command)
