"""The product's source as syntax trees, read once for all house rules."""

import ast
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
ROOMS = ("agent", "capture", "central", "drivers", "provisioning", "vault")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    path: Path
    text: str
    tree: ast.Module

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @property
    def lines(self) -> int:
        return self.text.count("\n")


@cache
def tracked() -> tuple[Path, ...]:
    """Every file that git tracks or would track; without git, every file outside the usual litter."""
    if shutil.which("git"):
        command = ["git", "-C", str(ROOT), "ls-files", "-co", "--exclude-standard"]
        listed = subprocess.run(command, capture_output=True, text=True, check=False)
        if listed.returncode == 0:
            return tuple(path for name in listed.stdout.splitlines() if (path := ROOT / name).is_file())
    return tuple(path for path in ROOT.rglob("*") if path.is_file() and not _litter(path.relative_to(ROOT)))


def _litter(path: Path) -> bool:
    made = {"__pycache__", "build", "demo-out", "smilius.egg-info"}
    return any(folder in made or (folder.startswith(".") and folder != ".ci") for folder in path.parts[:-1])


def _read(paths: Iterator[Path]) -> tuple[Source, ...]:
    return tuple(Source(path, text := path.read_text(), ast.parse(text)) for path in sorted(paths))


@cache
def product() -> tuple[Source, ...]:
    rooms = {ROOT / room for room in ROOMS}
    return _read(path for path in tracked() if path.suffix == ".py" and rooms & set(path.parents))


@cache
def suite() -> tuple[Source, ...]:
    return _read(path for path in tracked() if path.suffix == ".py" and ROOT / "tests" in path.parents)


def functions(source: Source) -> Iterator[Function]:
    for node in ast.walk(source.tree):
        if isinstance(node, Function):
            yield node


def body_lines(function: Function) -> int:
    """Lines from `def` to the end, without the docstring: what is promised may be long, what is done may not."""
    total = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function, clean=False) is not None:
        total -= (first.end_lineno or first.lineno) - first.lineno + 1
    return total
