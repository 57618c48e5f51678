"""The catalogues say the same things, and a clerk gets the language that they asked for."""

import re
from importlib import resources

import pytest

from central.migris.desk.words import LANGUAGES, language_of, words
from central.migris.refusal import PARTS, Refusal


def test_every_language_has_every_word_and_every_word_is_used() -> None:
    page = resources.files("central.migris.desk").joinpath("desk.html").read_text()
    source = resources.files("central.migris.desk").joinpath("page.py").read_text()
    used = set(re.findall(r"\bw\.([a-z_]+)", page)) - {"get"} | set(re.findall(r'said="([a-z_]+)"', source))
    used |= {*PARTS, *(one.value for one in Refusal), "enrolment", "amendment"}
    for language in LANGUAGES:
        catalogue = words(language)
        assert set(catalogue) == used
        assert all(catalogue.values())


@pytest.mark.parametrize(
    ("chosen", "accepted", "language"),
    [
        (None, "", "lt"),
        (None, "en-GB,en;q=0.9,lt;q=0.8", "en"),
        (None, "de-DE,lt;q=0.8,en;q=0.5", "lt"),
        ("en", "lt", "en"),
        ("../../etc", "en", "en"),
    ],
)
def test_the_language_is_the_chosen_one_or_the_browsers(chosen: str | None, accepted: str, language: str) -> None:
    assert language_of(chosen, accepted) == language
