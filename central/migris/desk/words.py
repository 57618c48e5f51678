"""The desk's words, one catalogue a language. Duty: R-VISIT-8."""

import json
from importlib import resources
from typing import Final

LANGUAGES: Final = ("lt", "en")
"""The first one is for whoever asks for none of them."""


def words(language: str) -> dict[str, str]:
    """The catalogue of a language of `LANGUAGES`."""
    text = resources.files("central.migris.desk").joinpath(f"{language}.json").read_text("utf-8")
    found: dict[str, str] = json.loads(text)
    return found


def language_of(chosen: str | None, accepted: str) -> str:
    """The one that was chosen, else the first of `Accept-Language` that there is."""
    asked = [chosen or "", *(one.split(";")[0].strip()[:2].lower() for one in accepted.split(","))]
    return next((one for one in asked if one in LANGUAGES), LANGUAGES[0])
