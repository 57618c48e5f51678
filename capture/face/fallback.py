"""What may read faces where the networks are missing: a word of the configuration, so nothing heavy is imported."""

from enum import StrEnum


class FaceFallback(StrEnum):
    """What reads faces where the networks' files are missing or damaged."""

    NONE = "none"
    """Nothing: the station refuses to work, with one sentence that says why."""
    HAAR = "haar"
    """The cascades: most gates are then not assessed, and the operator is asked about each."""
