"""`smilius tap show`: what a recording is of; how often each verb was called, how long it took, how much it carried."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from drivers.contract import UnreadableFault
from drivers.transport.tap.recording import Recording, load
from drivers.transport.tap.tape import Answer, Event
from provisioning.errors import InputRefused


class _Sum(NamedTuple):
    calls: int = 0
    failed: int = 0
    spent_us: int = 0
    sent_bytes: int = 0
    came_bytes: int = 0

    def plus(self, event: Event) -> "_Sum":
        answered = isinstance(event.result, Answer)
        return _Sum(
            self.calls + 1,
            self.failed + (not answered),
            self.spent_us + event.spent_us,
            self.sent_bytes + len(event.call.data),
            self.came_bytes + (len(event.result.data) if isinstance(event.result, Answer) else 0),
        )


def loaded(file: Path) -> Recording:
    """The recording. :raises: InputRefused."""
    try:
        return load(file)
    except UnreadableFault as fault:
        raise InputRefused(fault.code, fault.sentence) from None


def show(file: Path, *, say: Callable[[str], object]) -> None:
    """Say a line for each fact and each verb, and of payloads their sizes only. :raises: InputRefused."""
    recording = loaded(file)
    head, phantom = recording.head, recording.head.phantom
    say(f"{file.name}: {head.kind} driver {head.driver!r} over {head.seam}, format {head.smilius_tap}")
    say(f"  recorded {head.recorded.isoformat()} by {head.software}, armed for {head.aim}")
    say(f"  phantom  {phantom.id} ({phantom.kind}): {phantom.description}; declared by {phantom.declared_by}")
    for device in head.devices:
        say(f"  device   {_shown(device)}")
    for name, value in sorted(head.options.items()):
        say(f"  option   {_shown(name)} = {_shown(str(value))}")
    for line in head.outcome:
        say(f"  outcome  {_shown(line)}")
    say("  verb          calls failed        ms      sent bytes      came bytes")
    for verb, one in _sums(recording.events).items():
        say(
            f"  {verb:13} {one.calls:5} {one.failed:6} {one.spent_us / 1000:9.1f} "
            f"{one.sent_bytes:15} {one.came_bytes:15}"
        )


def _sums(events: Iterable[Event]) -> dict[str, _Sum]:
    sums: dict[str, _Sum] = {}
    for event in events:
        sums[event.call.verb] = sums.get(event.call.verb, _Sum()).plus(event)
    return sums


def _shown(text: str) -> str:
    """Fit for a terminal, whatever a device said."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)[:200]
