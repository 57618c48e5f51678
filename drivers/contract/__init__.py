"""What a driver promises, and all that any other room may know of drivers.

Nouns: a *device* is a piece of hardware that the station drives; its *facts* say which one. A device is *opened* (ours
alone), *armed* with an *aim* (what the person is asked to show), and then *grabbed* from: the answer is a *frame*
(pixels) or a *retake* (a hint to the person); a *preview* is a small frame, and *lock* holds what a camera's automatics
have set. A *fault* is the machine's failure and an exception, never a value.

What is not a picture has contracts of its own beside these: `watch` for contacts, `output` for what is switched,
`cctv` for surveillance.
"""

from drivers.contract.aim import Aim, Digit, Finger, FingerAim, Hand, PortraitAim, need_portrait
from drivers.contract.device import PREVIEW_LONG_PX, Device, StagedDevice
from drivers.contract.facts import DeviceKind, Facts, pretended
from drivers.contract.fault import (
    BusyFault,
    DeniedFault,
    DivergedFault,
    Fault,
    FullFault,
    GoneFault,
    OptionsFault,
    OrderFault,
    PhantomFault,
    ProtocolFault,
    StuckFault,
    TimedOutFault,
    UncalibratedFault,
    UnreadableFault,
)
from drivers.contract.frame import Frame, GreyPixels, RgbPixels
from drivers.contract.options import Options
from drivers.contract.retake import Approach, Hint, Retake
from drivers.contract.settings import CameraSettings, Control
from drivers.contract.thread import in_thread

__all__ = [
    "PREVIEW_LONG_PX",
    "Aim",
    "Approach",
    "BusyFault",
    "CameraSettings",
    "Control",
    "DeniedFault",
    "Device",
    "DeviceKind",
    "Digit",
    "DivergedFault",
    "Facts",
    "Fault",
    "Finger",
    "FingerAim",
    "Frame",
    "FullFault",
    "GoneFault",
    "GreyPixels",
    "Hand",
    "Hint",
    "Options",
    "OptionsFault",
    "OrderFault",
    "PhantomFault",
    "PortraitAim",
    "ProtocolFault",
    "Retake",
    "RgbPixels",
    "StagedDevice",
    "StuckFault",
    "TimedOutFault",
    "UncalibratedFault",
    "UnreadableFault",
    "in_thread",
    "need_portrait",
    "pretended",
]
