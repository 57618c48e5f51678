"""What is made of drivers/ids.toml is what would be made now."""

import runpy

import pytest

from tests.house.source import ROOT

RENDER = runpy.run_path(str(ROOT / "image-build" / "supported.py"))["render"]


@pytest.mark.parametrize("name", sorted(RENDER()))
def test_what_is_made_of_the_ids_is_fresh(name: str) -> None:
    assert (ROOT / name).read_text() == RENDER()[name], "run: .venv/bin/python image-build/supported.py"
