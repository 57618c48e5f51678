"""What the command lines of all verbs share."""

import argparse
from pathlib import Path
from typing import Final, TypeAlias

EXIT_FAILED: Final = 1
"""It was tried, and something did not hold."""
EXIT_REFUSED: Final = 2
"""What was given cannot be used; nothing was done."""

Verbs: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 (it has no public name)
"""Where a room adds its verb; it sets `run`, which takes the arguments and returns the exit code."""


def add_root(parser: argparse.ArgumentParser) -> None:
    """The option that moves every path of the station below a folder."""
    parser.add_argument("--root", type=Path, default=Path("/"), help="move every path below this folder")
