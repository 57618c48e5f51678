"""The sheet: figures in their sections, as Markdown and as CSV. Pure."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby


@dataclass(frozen=True, slots=True)
class Figure:
    """One number."""

    section: str
    """What it belongs to."""
    name: str
    """What was counted or measured."""
    value: float
    """The number."""
    tenant: str = ""
    """Whose; empty where it is headquarters' own, or of all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """All of a year's."""

    year: int
    """The calendar year, of Vilnius."""
    head: int
    """Number of the ledger's newest line when they were counted; the chain was followed up to it."""
    figures: Sequence[Figure]
    """Section by section."""

    def markdown(self) -> str:
        """As a page."""
        lines = [
            f"# Figures of {self.year} for the risk assessment",
            "",
            f"Counted at headquarters in its ledger, followed without a gap to line {self.head}, and in its tables. "
            "Days are those of Vilnius. A figure without a tenant is of all of them.",
        ]
        for section, figures in groupby(self.figures, key=lambda one: one.section):
            lines += ["", f"## {section}", "", "| figure | tenant | value |", "| --- | --- | ---: |"]
            lines += [f"| {one.name} | {one.tenant} | {_number(one.value)} |" for one in figures]
        return "\n".join(lines) + "\n"

    def csv(self) -> str:
        """As RFC 4180 has it, with a head."""
        file = io.StringIO()
        writer = csv.writer(file)
        writer.writerow(("year", "section", "figure", "tenant", "value"))
        writer.writerows((self.year, one.section, one.name, one.tenant, _number(one.value)) for one in self.figures)
        return file.getvalue()


def spread(section: str, name: str, *, values: Iterable[float]) -> list[Figure]:
    """How many, their middle, nine tenths, and the longest; the number alone where there are none."""
    ordered = sorted(values)
    figures = [Figure(section, f"{name}: how many", len(ordered))]
    if ordered:
        places = (("half within", 0.5), ("nine of ten within", 0.9), ("longest", 1.0))
        figures += [Figure(section, f"{name}: {word}", _at(ordered, ratio)) for word, ratio in places]
    return figures


def _at(ordered: Sequence[float], ratio: float) -> float:
    return round(ordered[max(0, -int(-len(ordered) * ratio // 1) - 1)], 1)


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else f"{value:.1f}"
