"""The docs are tested: what is generated is fresh, and what is written by hand names what there is."""

import re
import runpy
from pathlib import Path

import pytest

from tests.house.source import ROOT, tracked

REFERENCE = ROOT / "docs" / "reference.md"


def test_the_reference_is_fresh() -> None:
    render = runpy.run_path(str(ROOT / "image-build" / "reference.py"))["render"]
    assert REFERENCE.read_text() == render(), "run: .venv/bin/python image-build/reference.py"


@pytest.mark.parametrize("option", ["--photo", "--finger", "--missing", "--application", "--out", "--keep"])
def test_the_readme_names_every_option_of_the_demo(option: str) -> None:
    assert f"`{option}" in (ROOT / "README.md").read_text()


@pytest.mark.parametrize("page", sorted(path for path in tracked() if path.suffix == ".md"), ids=lambda path: path.name)
def test_links_in_the_docs_lead_somewhere(page: Path) -> None:
    text = page.read_text()
    targets = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link]
    assert [link for link in targets if not (page.parent / link).exists()] == []


def test_the_architecture_names_files_that_are_there() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text()
    named = set(re.findall(r"`([a-z_]+(?:/[a-z_0-9*]+)+(?:\.[a-z]+)?/?)`", text))
    assert len(named) > 40
    assert [name for name in sorted(named) if not list(ROOT.glob(name.rstrip("/")))] == []


def test_every_dependency_has_its_reason() -> None:
    declared = re.findall(r'^    "([a-z0-9-]+)>=', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    decisions = (ROOT / "DECISIONS.md").read_text()
    assert [name for name in declared if name not in decisions] == []
