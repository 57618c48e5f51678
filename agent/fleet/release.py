"""Which release runs."""

from importlib.metadata import version


def release() -> str:
    """As the package has it."""
    return version("smilius")
