"""Logs: past tense for facts, an outage once and its end once, never personal data.

What may be said of a foreign exception is its type and the place in our code where it surfaced: its text could hold
anything.
"""

import logging
import sys
import time
from pathlib import Path
from types import TracebackType


class _Formatter(logging.Formatter):
    """UTC, and of a traceback only what may be said: libraries log theirs with whatever values went wrong."""

    converter = staticmethod(time.gmtime)

    def formatException(  # noqa: N802 (logging's own name)
        self, ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
    ) -> str:
        return describe(ei[1]) if ei[1] is not None else ""


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


def describe(error: BaseException) -> str:
    """What a log may say of an exception: our own sentence with its code, or a foreign type with the place."""
    code, sentence = getattr(error, "code", None), getattr(error, "sentence", None)
    if isinstance(code, str) and isinstance(sentence, str):
        return f"{code}: {sentence}"
    return f"{type(error).__qualname__} at {_place(error.__traceback__)}"


def _place(trace: TracebackType | None) -> str:
    place = "unknown place"
    while trace is not None:
        path = Path(trace.tb_frame.f_code.co_filename)
        place = f"{path.parent.name}/{path.name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place


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
