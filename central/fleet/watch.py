"""The fleet, looked at again and again until somebody has seen enough."""

import signal
import threading
from collections.abc import Callable
from typing import Final

from rich.console import Console, RenderableType
from rich.live import Live

LOOK_S: Final = 2.0
"""So often it is looked."""


def watch(draw: Callable[[], RenderableType], console: Console) -> None:
    """Show what is drawn until the process is told to end.

    On a terminal the picture stays in its place. Elsewhere it is printed, and again once it says something else.
    """
    enough = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: enough.set())
    if console.is_terminal:
        with Live(draw(), console=console, auto_refresh=False) as live:
            while not enough.wait(LOOK_S):
                live.update(draw(), refresh=True)
        return
    before = ""
    while True:
        with console.capture() as captured:
            console.print(draw())
        if captured.get() != before:
            before = captured.get()
            console.file.write(before)
            console.file.flush()
        if enough.wait(LOOK_S):
            return
