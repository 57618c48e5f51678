"""`smilius helper check`: puts a helper through every promise of docs/vendor-helper.md and of the drivers' contract."""

import json
import os
import shutil
import signal
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from drivers.contract import Fault, Finger, in_thread
from drivers.contract.conformance import check_device
from drivers.contract.promise import NotConforming, demand
from drivers.fingerprint import vendor_helper_wire as wire
from drivers.fingerprint.vendor_helper import Options, VendorHelper
from drivers.fingerprint.vendor_helper_wire import Verb
from drivers.transport.helper_start import NOT_RUN
from provisioning.errors import InputRefused
from provisioning.helper.bench import Bench

_FINGER: Final = Finger.RIGHT_INDEX
_TAKES: Final = 40
"""How many grabs may pass until somebody has laid a finger down: ten seconds, by the usual wait."""


class _Clock:
    def monotonic_ns(self) -> int:
        return time.monotonic_ns()


def options_of(command: Sequence[str], *, may_write_files: bool) -> Options:
    """What the station's configuration would say of this command. :raises: InputRefused when there is no program."""
    program = shutil.which(command[0])
    if program is None:
        raise InputRefused("helper-unusable", "The helper's program is not there, or may not be run.")
    return Options(command=(os.path.abspath(program), *command[1:]), may_write_files=may_write_files)


async def check(options: Options, *, as_json: bool, say: Callable[[str], object]) -> bool:
    """Say a line for every promise, whether it was kept; return whether all were.

    :raises: InputRefused when there is no such helper, or it may not be run.
    """
    bench, kept = Bench(options), True
    for name, sentence, look in _PROMISES:
        why = await _broken(look, bench)
        kept = kept and why is None
        if why is not None and name == "hello":
            why += await in_thread(lambda: _ended_at_once(bench))
        told = {"promise": name, "kept": why is None, "sentence": sentence, "why": why}
        say(json.dumps(told) if as_json else f"{'kept  ' if why is None else 'BROKEN'}  {sentence}{_because(why)}")
        if name == "hello" and not kept:
            # without it, every other line would say the same
            break
    return kept


def _because(why: str | None) -> str:
    return "" if why is None else f"\n        {why}"


async def _broken(look: Callable[[Bench], Awaitable[None]], bench: Bench) -> str | None:
    """Why a promise was not kept."""
    try:
        await look(bench)
    except NotConforming as broken:
        return str(broken)
    except Fault as fault:
        return f"{fault.sentence} ({fault.code})"
    return None


def _ended_at_once(bench: Bench) -> str:
    """How a helper ends that is told nothing. :raises: InputRefused when it is not even started."""
    try:
        with bench.asked() as helper:
            helper.process.end(within_ms=bench.options.limits.close_ms)
    except Fault as fault:
        raise InputRefused("helper-unusable", fault.sentence) from None
    code = helper.process.exit_code
    if code == NOT_RUN:
        raise InputRefused("helper-unusable", "The helper's program cannot be run.")
    return f" Started without a word, it ends with exit code {code}; it is started in /, so paths must be absolute."


def _says_hello(bench: Bench) -> None:
    with bench.asked() as helper:
        demand(helper.hello().speaks == wire.VERSION, f"a helper that is offered {wire.VERSION} speaks it")


def _names_its_version(bench: Bench) -> None:
    with bench.asked() as helper:
        demand(helper.hello("smilius-helper/999").speaks == wire.VERSION, "a helper names the version that it speaks")


def _keeps_order(bench: Bench) -> None:
    with bench.asked() as helper:
        helper.hello()
        for answer in (helper.ask(Verb.GRAB, wait_ms=0), helper.arm()):
            demand(_code(answer) == "device-order", "what comes out of order is a fault device-order")
        demand(isinstance(helper.ask(Verb.OPEN), wire.Opened), "a helper goes on after what it refused")
        demand(_code(helper.ask(Verb.GRAB, wait_ms=0)) == "device-order", "grab before arm is a fault device-order")
        demand(isinstance(helper.arm(), wire.Done), "a sensor that was opened can be armed")


def _refuses_the_unknown(bench: Bench) -> None:
    with bench.asked() as helper:
        helper.hello()
        demand(_code(helper.ask_unknown()) == "device-protocol", "an unknown verb is a fault device-protocol")
        demand(isinstance(helper.ask(Verb.OPEN), wire.Opened), "a helper goes on after what it refused")


def _gives_frames(bench: Bench) -> None:
    with bench.opened() as talk:
        for _ in range(2):
            talk.arm(_FINGER)
            demand(any(isinstance(talk.grab(), bytearray) for _ in range(_TAKES)), "a finger that is shown is given")
            talk.disarm()
    demand(not talk.failed, "a helper says nothing unasked, and closes as it is told")


def _ends_when_told(bench: Bench) -> None:
    with bench.asked() as helper:
        helper.hello()
        demand(isinstance(helper.ask(Verb.BYE), wire.Done), "bye is answered with done")
        helper.process.end(within_ms=bench.options.limits.close_ms)
        demand(helper.process.exit_code == 0, "bye ends a helper with exit code 0, in time")


def _ends_with_its_input(bench: Bench) -> None:
    with bench.asked() as helper:
        helper.hello()
        demand(isinstance(helper.ask(Verb.OPEN), wire.Opened), "the sensor can be opened")
        helper.process.end(within_ms=bench.options.limits.close_ms)
        demand(helper.process.exit_code == 0, "the end of its input ends a helper with exit code 0, in time")


def _can_be_killed(bench: Bench) -> None:
    with bench.asked() as helper:
        helper.hello()
        helper.ask(Verb.OPEN)
        helper.arm()
        os.kill(helper.process.pid, signal.SIGKILL)
    with bench.opened() as talk:
        talk.arm(_FINGER)


def _leaves_nothing(bench: Bench) -> None:
    with bench.opened() as talk:
        talk.arm(_FINGER)
    demand(bench.left_behind() == 0, "no process of a helper outlives it, not even one that left its group")


async def _conforms(bench: Bench) -> None:
    clock = _Clock()
    await check_device(lambda: VendorHelper(bench.options, clock=clock), now_ns=clock.monotonic_ns)


def _code(answer: wire.AnyAnswer) -> str | None:
    return answer.code if isinstance(answer, wire.Failed) else None


def _beside(look: Callable[[Bench], None]) -> Callable[[Bench], Awaitable[None]]:
    return lambda bench: in_thread(lambda: look(bench))


_PROMISES: Final[tuple[tuple[str, str, Callable[[Bench], Awaitable[None]]], ...]] = (
    ("hello", "It starts, and says hello in the version that it is offered.", _beside(_says_hello)),
    ("version", "It names its own version where it is offered another.", _beside(_names_its_version)),
    ("order", "It refuses what comes out of order, and goes on.", _beside(_keeps_order)),
    ("unknown", "It refuses a verb that it does not know, and goes on.", _beside(_refuses_the_unknown)),
    ("frames", "It opens its sensor and gives whole frames of a finger, at each arming.", _beside(_gives_frames)),
    ("bye", "It ends by itself when it is told.", _beside(_ends_when_told)),
    ("end-of-input", "It ends by itself when its input ends.", _beside(_ends_with_its_input)),
    ("killed", "Killed while armed, it opens its sensor at the next start.", _beside(_can_be_killed)),
    ("nothing-left", "It leaves no process behind.", _beside(_leaves_nothing)),
    ("contract", "Behind the station's driver it keeps the contract of every sensor.", _conforms),
)
"""Name, sentence, and what finds out."""
