"""What recording and replaying cost a call, over a transport that answers at once: `make bench-tap`.

    python image-build/bench_tap.py [--frames N]

Processor time of the calling thread, without the transport's own. A recorded frame is copied into memory that was not
touched before, which the kernel has to give; a replayed one is copied into memory of the caller's own.
"""

import argparse
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from agent.clock import SystemClock  # noqa: E402
from drivers.contract import DeviceKind  # noqa: E402
from drivers.transport.tap.phantom import PhantomRegister  # noqa: E402
from drivers.transport.tap.recorder import Recorder  # noqa: E402
from drivers.transport.tap.recording import Head, Recording  # noqa: E402
from drivers.transport.tap.replay import Replay  # noqa: E402
from drivers.transport.tap.tape import Answer, Call, Event, Tape  # noqa: E402

SIZES_BYTES = (0, 512, 153_600)
"""A word, a reply, a Futronic's frame."""

HEAD = Head(
    seam="usb",
    kind=DeviceKind.FINGERPRINT,
    driver="futronic",
    options={},
    aim="right-index",
    recorded=datetime(2026, 1, 15, tzinfo=UTC),
    software="bench",
    outcome=(),
    devices=(),
    phantom=PhantomRegister.load().declared("emulated-futronic", kind=DeviceKind.FINGERPRINT),
)


def cost_us(tape: Tape, call: Call, *, answer: Answer, calls: int) -> float:
    """Microseconds a call."""
    began_ns = time.thread_time_ns()
    for _ in range(calls):
        tape.ask(call, lambda: answer)
    return (time.thread_time_ns() - began_ns) / calls / 1000


def main() -> None:
    """Print a line for each size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=400, help="calls of each size")
    calls = parser.parse_args().frames
    print("   answer bytes   recorded us   replayed us")
    for size_bytes in SIZES_BYTES:
        call = Call("read", {"endpoint": 130, "size_bytes": size_bytes, "limit_ms": 50})
        answer = Answer(data=bytes(size_bytes))
        recorder = Recorder(clock=SystemClock())
        recorded_us = cost_us(recorder, call, answer=answer, calls=calls)
        recorder.forget()
        replay = Replay(Recording(HEAD, (Event(call, answer),) * calls))
        replayed_us = cost_us(replay, call, answer=answer, calls=calls)
        print(f"{size_bytes:15,} {recorded_us:13.1f} {replayed_us:13.1f}")


if __name__ == "__main__":
    main()
