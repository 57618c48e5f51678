"""What the technician's command refuses or fails at.

ProvisioningError        a stable code and one sentence
├─ InputRefused          what was given cannot be used: exit code 2
├─ PromiseBroken         something that the system promises did not hold: exit code 1
├─ ClockOff              a device's clock is too far from the station's
├─ ProcessSilent         a process of the station does not answer
└─ StateMissing          the station has no folder for its state yet
"""

from typing import ClassVar


class ProvisioningError(Exception):
    """The command could not do what was asked; neither code nor sentence is personal."""

    code: ClassVar[str] = "provisioning"

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class InputRefused(ProvisioningError):
    """What was given cannot be used; nothing was left behind. `reason` is the stable code."""

    code = "input-refused"

    def __init__(self, reason: str, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason


class PromiseBroken(ProvisioningError):
    """Something that the system promises did not hold."""

    code = "promise-broken"


class ClockOff(ProvisioningError):
    """A device's clock is too far from the station's."""

    code = "clock-off"


class StateMissing(ProvisioningError):
    """The station has no folder for its state yet."""

    code = "state-missing"


class ProcessSilent(ProvisioningError):
    """A process of the station does not answer."""

    code = "process-silent"
