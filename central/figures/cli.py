"""`smilius-central figures`: its command line."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from agent.clock import SystemClock
from central.errors import FiguresRefused
from central.paths import Paths, write_whole


def add_figures(verbs: "argparse._SubParsersAction[Any]") -> Sequence[argparse.ArgumentParser]:
    """The verb; whoever calls gives it `--root`."""
    verb: argparse.ArgumentParser = verbs.add_parser(
        "figures", help="write a year's figures for the risk assessment, as Markdown and beside it as CSV"
    )
    verb.add_argument("--year", type=int, required=True, help="the calendar year, of Vilnius")
    verb.add_argument("--out", type=Path, required=True, metavar="FILE", help="the page, ending in .md")
    return (verb,)


def run_figures(arguments: argparse.Namespace) -> int:
    """Write both files, and say where. :raises: FiguresRefused, CentralError, VaultError."""
    from central.figures.count import count
    from central.subject.deadline import day_of

    page: Path = arguments.out.absolute()
    if page.suffix != ".md":
        raise FiguresRefused("The page's name ends in .md; the CSV goes beside it.")
    if not 2000 <= arguments.year <= day_of(SystemClock().now()).year:
        raise FiguresRefused("Figures are of a year that has begun, from 2000 on.")
    sheet = count(Paths(arguments.root.resolve()), arguments.year)
    try:
        write_whole(page, sheet.markdown().encode())
        write_whole(page.with_suffix(".csv"), sheet.csv().encode())
    except OSError:
        raise FiguresRefused("The figures cannot be written there.") from None
    print(page)
    print(page.with_suffix(".csv"))
    return 0
