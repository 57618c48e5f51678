"""`smilius tap play`: whether today's driver makes of a recording what it made of the device."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from drivers.contract import Fault
from drivers.transport.tap.recording import Recording
from drivers.transport.tap.replay import Replay
from provisioning.errors import InputRefused
from provisioning.tap.show import loaded
from provisioning.tap.sitting import Watcher, aim_of, sit
from provisioning.tap.taps import tapped_device


async def played(recording: Recording, *, paced: bool = False) -> tuple[str, ...]:
    """A line for each grab, as `Head.outcome` has them.

    :raises: Fault; DivergedFault when the driver asked for anything else than was recorded, or for less.
    """
    head, tape = recording.head, Replay(recording, paced=paced)
    device = tapped_device(head.driver, options=head.options, tape=tape, below=None)
    outcome = await sit(
        device, aim_of(head.aim), enough=lambda lines: len(lines) >= len(head.outcome), watcher=Watcher()
    )
    tape.finish()
    return outcome


def play(file: Path, *, paced: bool, say: Callable[[str], object]) -> bool:
    """Say a line for each grab; whether all are as they were.

    :raises: InputRefused when the file cannot be read, or its driver is not there.
    """
    recording = loaded(file)
    try:
        outcome = asyncio.run(played(recording, paced=paced))
    except Fault as fault:
        raise InputRefused(fault.code, fault.sentence) from None
    for now, then in zip(outcome, recording.head.outcome, strict=True):
        say(f"{now}{'' if now == then else f'; it was: {then}'}")
    return outcome == recording.head.outcome
