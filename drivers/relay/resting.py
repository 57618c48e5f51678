"""What an output does when nobody switches it, as options that all outputs have."""

from drivers.contract import Options
from drivers.contract.output import OutputState, Parting


class RestingOptions(Options):
    """States at the beginning and at the end."""

    at_start: OutputState = OutputState.OFF
    """What it is as soon as it is opened."""
    at_close: Parting = Parting.OFF
    """How it is left: switched on or off, then released; or, with `hold`, released as it is."""
