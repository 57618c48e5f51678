"""`smilius`: the technician's command. Each verb's own line is in its room's `cli.py`."""

import argparse
import asyncio
import io
import sys
from collections.abc import Sequence

from agent.private_memory import keep_memory_private
from provisioning.backup.cli import add_backup, add_restore
from provisioning.cctv.cli import add_cctv
from provisioning.claim.cli import add_claim
from provisioning.demo.cli import add_demo
from provisioning.destroy.cli import add_decommission, add_destroy
from provisioning.devices.cli import add_devices
from provisioning.errors import InputRefused, ProvisioningError
from provisioning.helper.cli import add_helper
from provisioning.keys.cli import add_keys
from provisioning.ledger.cli import add_ledger
from provisioning.quality.cli import add_quality
from provisioning.retention.cli import add_retention
from provisioning.tap.cli import add_tap
from provisioning.verb import EXIT_FAILED, EXIT_REFUSED


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    top = argparse.ArgumentParser(prog="smilius", description="The technician's command of a Smilius station.")
    verbs = top.add_subparsers(dest="verb", required=True)
    reading = (add_quality, add_helper, add_tap, add_devices, add_cctv, add_ledger)
    records = (add_retention, add_backup, add_restore)
    for add in (add_demo, add_claim, *reading, add_keys, *records, add_destroy, add_decommission):
        add(verbs)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb and return the exit code."""
    arguments = parser().parse_args(argv)
    if argv is None:
        # some verbs hold a key of the station's for a moment; a child that they start begins with its own memory
        keep_memory_private(lock=False)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # a terminal that lacks a character shows another one for it
            stream.reconfigure(errors="replace")
    try:
        code: int = arguments.run(arguments)
    except InputRefused as error:
        print(f"smilius: {error.sentence}", file=sys.stderr)
        return EXIT_REFUSED
    except ProvisioningError as error:
        print(f"smilius: {error.sentence}", file=sys.stderr)
        return EXIT_FAILED
    except (KeyboardInterrupt, asyncio.CancelledError):
        print("smilius: interrupted; everything that was started has ended", file=sys.stderr)
        return EXIT_FAILED
    return code
