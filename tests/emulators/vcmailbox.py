#!/usr/bin/env python3
"""A Raspberry Pi's firmware with its one-time memory, asked as `vcmailbox` asks it: hexadecimal words in and out.

The memory is a file of words beside this program (`otp.json`): {"device": [...], "locked": bool}. Written from
raspberrypi/rpi-eeprom's tools/rpi-otp-private-key and the mailbox property interface, not from our own code.
"""

import json
import sys
from pathlib import Path

GET_DEVICE_PRIVATE_KEY = 0x00030081


def answered(words: list[int], rows: list[int]) -> list[int]:
    """The property buffer as the firmware gives it back."""
    tag, size, _, offset, count = words[:5]
    if tag != GET_DEVICE_PRIVATE_KEY:
        return [24, 0x80000001, tag, size, 0x80000000, 0]
    value = [offset, count, *rows[offset : offset + count]]
    buffer = [tag, size, 0x80000000 | 4 * len(value), *value, 0]
    return [4 * (2 + len(buffer)), 0x80000000, *buffer]


def main() -> int:
    """Answer one property."""
    memory = json.loads(Path(__file__).with_name("otp.json").read_text())
    if memory.get("locked"):
        return 1
    words = answered([int(word, 0) for word in sys.argv[1:]], memory["device"])
    sys.stdout.write(" ".join(f"0x{word:08x}" for word in memory.get("instead", words)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
