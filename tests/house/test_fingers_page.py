"""The page about fingers is what the code would write now, and its tables say what the duties say."""

import runpy

from tests.house.source import ROOT

PAGE = ROOT / "docs" / "fingers.md"


def test_the_page_about_fingers_is_fresh() -> None:
    render = runpy.run_path(str(ROOT / "image-build" / "finger_rule.py"))["render"]
    assert PAGE.read_text() == render(), "run: .venv/bin/python image-build/finger_rule.py"


def test_it_says_what_r_finger_4_and_5_say() -> None:
    text = PAGE.read_text()
    for line in (
        "| good enough: index | from 26 | from 30 |",
        "| good enough: little | never used | never used |",
        "| good | not tried | not tried | not tried | **index** |",
        "| poor or missing | good | not tried | not tried | **middle** |",
        "| poor, the highest" + " | poor and lower, or missing" * 3 + " | **index** |",
        "| poor and lower, or missing " * 3 + "| poor, the highest | **thumb** |",
        "| poor, all equal " * 4 + "| **index** |",
        "| lost | whole | left-index, left-middle | enrolled |",
        "| lost | lost | - | taken without prints, and marked so in MIGRIS |",
    ):
        assert line in text
