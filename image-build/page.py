"""What the written pages are made of: tables, and what NIST publishes with NFIQ 2.3.

Not a script: those that use it put this folder on the path first, for it is no package.
"""

import csv
import io
import re
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np

from drivers.contract import GreyPixels

EXAMPLES = tuple(f"SFinGe_Test0{number}" for number in range(1, 6))
"""The names of the five published prints."""

TABLE = "conformance_expected_output-v2.3.0.csv"
"""The file that holds the published table."""


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table, ending with a line break; a bar within a cell is escaped."""
    titles = tuple(head)
    lines = [titles, tuple("---" for _ in titles), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"


def example(folder: Path, name: str) -> GreyPixels:
    """One of the published prints, shape (560, 416), uint8, 0 = ridge. :param folder: with the published files."""
    return np.asarray(cv2.imread(str(folder / f"{name}.pgm"), cv2.IMREAD_GRAYSCALE), dtype=np.uint8)


def published_values(folder: Path, name: str) -> dict[str, float]:
    """What NFIQ 2.3 prints about an example, by its own identifiers. :param folder: with the published files."""
    text = (folder / f"{name}_output.txt").read_text()
    return {key: float(value) for key, value in re.findall(r"(\w+): ([-\d.e+]+)$", text, re.MULTILINE)}


def scored_rows(content: bytes) -> list[dict[str, str]]:
    """Every row of the published table that has a score. :param content: the file's."""
    return [row for row in csv.DictReader(io.StringIO(content.decode())) if row["QualityScore"].isdigit()]
