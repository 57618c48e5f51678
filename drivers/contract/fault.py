"""The machine's failures. They are exceptions; what the person can mend is a `Retake`, which is a value.

Fault                 a stable code and one sentence for the operator
 ├─ BusyFault         somebody else holds the device
 ├─ DeniedFault       the system does not let the station's user have the device
 ├─ GoneFault         the device was there and is not any more
 ├─ ProtocolFault     the device said something that its protocol does not allow
 ├─ TimedOutFault     the device did not answer in its own time
 ├─ StuckFault        all that a driver can do was done; somebody must plug the device in again
 ├─ UncalibratedFault nobody has measured the sensor's resolution, and prints need it
 ├─ UnreadableFault   a recording that stands in for the device cannot be read
 ├─ PhantomFault      a recording may not be kept: what was shown to the device is not declared
 ├─ FullFault         a recording has become too large to be kept
 ├─ DivergedFault     a driver asks a recorded device something else than was recorded
 ├─ OptionsFault      the configuration's options for the driver are wrong
 └─ OrderFault        verbs out of order: our own mistake, so also a RuntimeError
"""

from typing import ClassVar


class Fault(Exception):
    """A device failed. `code` is stable and for machines, the sentence is for the operator; neither is personal."""

    code: ClassVar[str] = "device-fault"

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class BusyFault(Fault):
    """Somebody else holds the device."""

    code = "device-busy"


class DeniedFault(Fault):
    """The system does not let the station's user have the device: a technician's matter, not the operator's."""

    code = "device-denied"


class GoneFault(Fault):
    """The device was unplugged or lost power; closing it still works."""

    code = "device-gone"


class ProtocolFault(Fault):
    """The device answered with what its protocol does not allow."""

    code = "device-protocol"


class TimedOutFault(Fault):
    """The device did not answer within its own time; the person had nothing to do with it."""

    code = "device-timed-out"


class StuckFault(Fault):
    """The device is there and its driver cannot bring it back to its senses; plugging it in again may."""

    code = "device-stuck"


class UncalibratedFault(Fault):
    """Nobody has measured the sensor's resolution, and a print without one is none: a technician calibrates it."""

    code = "device-uncalibrated"


class UnreadableFault(Fault):
    """A recording that stands in for a device cannot be read."""

    code = "recording-unreadable"


class PhantomFault(Fault):
    """What was shown to the device is no declared phantom, so its recording may not be kept."""

    code = "recording-phantom"


class FullFault(Fault):
    """A recording has become larger than is kept; all of it is forgotten."""

    code = "recording-full"


class DivergedFault(Fault):
    """A driver asks a recorded device something else than was recorded, or leaves out what was."""

    code = "recording-diverged"


class OptionsFault(Fault):
    """The configuration names an unknown driver or gives it options that it does not have."""

    code = "device-options"


class OrderFault(Fault, RuntimeError):
    """A verb was called out of order: opened, armed, grab, and back."""

    code = "device-order"
