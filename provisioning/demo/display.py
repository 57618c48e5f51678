"""The live display: a line for what has happened, a spinner for what is happening, and the timeline at the end."""

from rich.console import Console
from rich.table import Table

from provisioning.demo.promise import Promise
from provisioning.demo.timeline import Line


class Display:
    """On a terminal it moves; anywhere else it is plain lines."""

    def __init__(self) -> None:
        self._console = Console(highlight=False, soft_wrap=True)
        self._status = self._console.status("Setting the stage …", spinner="dots")

    def __enter__(self) -> "Display":
        """Begin."""
        self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End, whatever happened."""
        self._status.stop()

    def doing(self, what: str) -> None:
        """Say what is happening now."""
        self._status.update(f"{what} …")

    def happened(self, line: Line) -> None:
        """Say what has happened."""
        self._console.print(f"[dim]{line.ms / 1000:7.2f} s[/]  [bold]{line.step:<18}[/] {line.detail}")

    def timeline(self, lines: list[Line]) -> None:
        """Everything that happened, in the order of its time."""
        table = Table(title="Timeline", title_justify="left", box=None, padding=(0, 2, 0, 0))
        for name in ("ms", "step", "detail"):
            table.add_column(name, justify="right" if name == "ms" else "left", overflow="fold")
        for line in lines:
            table.add_row(str(line.ms), line.step, line.detail)
        self._console.print()
        self._console.print(table)

    def promises(self, promises: list[Promise]) -> None:
        """What was promised, and whether it held."""
        self._console.print("\n[bold]Promises[/]")
        for promise in promises:
            mark = "[green]held  [/]" if promise.held else "[red]BROKEN[/]"
            self._console.print(f"  {mark}  {promise.text} [dim]({promise.found})[/]")

    def say(self, sentence: str) -> None:
        """A closing word."""
        self._console.print(sentence)
