"""Makes the recordings of emulated devices again, over which drivers are tested.

    python image-build/tap_recordings.py

A test compares the ones that are kept with what would be made now.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.drivers.transport.tap.made import CASES, make  # noqa: E402

if __name__ == "__main__":
    for case in CASES:
        case.path.unlink(missing_ok=True)
        make(case, case.path)
        print(f"{case.path.name}: {case.path.stat().st_size:,} bytes")
