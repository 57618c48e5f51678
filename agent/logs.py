"""Logs: past tense for facts, an outage once and its end once, never personal data.

What may be said of a foreign exception is its type and the place in our code where it surfaced: its text could hold
anything. That holds for what libraries log, and for what nobody caught.
"""

import copy
import logging
import sys
import threading
import time
from pathlib import Path
from types import TracebackType

_ROOMS = frozenset({"agent", "capture", "central", "drivers", "provisioning", "vault"})

_log = logging.getLogger(__name__)


class _Formatter(logging.Formatter):
    """UTC, one line an event, and of an exception only what may be said, whoever logs it."""

    converter = staticmethod(time.gmtime)

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line."""
        said = copy.copy(record)
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(record.args, tuple):
            said.args = tuple(describe(item) if isinstance(item, BaseException) else item for item in record.args)
        if error is not None and _room(record.name) not in _ROOMS:
            # libraries write the exception, or the values that went wrong, into their sentence
            said.msg, said.args = "something failed that the library did not expect", ()
        said.exc_info = said.exc_text = said.stack_info = None
        line = super().format(said)
        if error is not None:
            line += f": {describe(error)}"
        return " ".join(line.split("\n"))


def configure(process: str) -> None:
    """Log to standard error, where systemd's journal picks it up. UTC, one line an event."""
    handler = logging.StreamHandler(sys.stderr)
    formatter = _Formatter(f"%(asctime)s.%(msecs)03dZ %(levelname)-7s {process} %(name)s: %(message)s")
    formatter.datefmt = "%Y-%m-%dT%H:%M:%S"
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    # libraries log requests and payload sizes at INFO; theirs count only when something is wrong
    for library in ("httpx", "httpcore", "alembic", "asyncio", "uvicorn"):
        logging.getLogger(library).setLevel(logging.WARNING)
    sys.excepthook = lambda _kind, error, _trace: _say_uncaught(error)
    sys.unraisablehook = lambda uncaught: _say_uncaught(uncaught.exc_value)
    threading.excepthook = lambda uncaught: _say_uncaught(uncaught.exc_value)


def _say_uncaught(error: BaseException | None) -> None:
    _log.critical("nobody caught what went wrong: %s", "nothing is known of it" if error is None else describe(error))


def describe(error: BaseException) -> str:
    """What a log may say of an exception: our own sentence with its code, or a foreign type with the place."""
    code, sentence = getattr(error, "code", None), getattr(error, "sentence", None)
    if isinstance(code, str) and isinstance(sentence, str):
        return f"{code}: {sentence}"
    return f"{type(error).__qualname__} at {_place(error.__traceback__)}"


def _place(trace: TracebackType | None) -> str:
    """The innermost place in our own code, or in whoever's when it never came through ours."""
    ours, place = "", "unknown place"
    while trace is not None:
        frame = trace.tb_frame
        path = Path(frame.f_code.co_filename)
        place = f"{path.parent.name}/{path.name}:{trace.tb_lineno}"
        if _room(str(frame.f_globals.get("__name__"))) in _ROOMS:
            ours = place
        trace = trace.tb_next
    return ours or place


def _room(dotted: str) -> str:
    return dotted.partition(".")[0]


class Outage:
    """Says the beginning of an outage once and its end once, however often it is told of either."""

    def __init__(self, log: logging.Logger, *, name: str) -> None:
        self._log = log
        self._name = name
        self._out = False

    def begin(self, why: str) -> None:
        """It does not work."""
        if not self._out:
            self._log.warning("%s is out: %s", self._name, why)
        self._out = True

    def end(self) -> None:
        """It works."""
        if self._out:
            self._log.info("%s is back", self._name)
        self._out = False
