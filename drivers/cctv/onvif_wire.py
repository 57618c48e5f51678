"""What an ONVIF device's words mean: events, profiles, recordings. Pure; whatever is not understood is said to be so.

Source: ONVIF Core Specification (topics, PropertyOperation), Media Service (profiles), Recording Search Service
(`RecordingHistory/Track/State` with `IsDataPresent`); topics as devices use them: facts/face-cctv-console.md section 5,
ONVIF's own topic list, and the maintainers of Home Assistant's ONVIF integration for what cameras send.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from drivers.contract import ProtocolFault
from drivers.contract.cctv import Noticed, Recorded, Sighting, Span
from drivers.transport.onvif_events import Message

TOPICS: Final = (
    "tns1:VideoSource//.|tns1:Device/Trigger/DigitalInput|tns1:Device/HardwareFailure/StorageFailure|tns1:RuleEngine//."
)
"""What is subscribed to; a device sends more of it than is meant below."""

TRACK_STATE: Final = "tns1:RecordingHistory/Track/State"

_MEANINGS: Final[Mapping[str, Noticed]] = {
    "VideoSource/GlobalSceneChange": Noticed.SCENE_CHANGED,
    "VideoSource/ImageTooDark": Noticed.TAMPERED,
    "VideoSource/ImageTooBlurry": Noticed.TAMPERED,
    "VideoSource/ImageTooBright": Noticed.TAMPERED,
    "RuleEngine/TamperDetector": Noticed.TAMPERED,
    "VideoSource/SignalLoss": Noticed.SIGNAL_LOST,
    "VideoSource/SignalLost": Noticed.SIGNAL_LOST,
    "Device/Trigger/DigitalInput": Noticed.INPUT,
    "VideoSource/MotionAlarm": Noticed.MOTION,
    "RuleEngine/CellMotionDetector/Motion": Noticed.MOTION,
    "Device/HardwareFailure/StorageFailure": Noticed.STORAGE_FAILED,
}
"""By the beginning of the topic; what follows is which part of the device looked."""

_STATES: Final = ("State", "LogicalState", "IsTamper", "IsMotion", "Failed")
_YES: Final = frozenset({"true", "1", "active", "on"})
_NO: Final = frozenset({"false", "0", "inactive", "off"})


def sighting_of(message: Message, *, told_ns: int) -> Sighting | None:
    """What the device noticed; None for what means nothing here."""
    noticed = next((noticed for topic, noticed in _MEANINGS.items() if _within(message.topic, topic)), None)
    said = next((message.data[name].lower() for name in _STATES if name in message.data), "")
    if noticed is None or said not in _YES | _NO:
        return None
    return Sighting(
        noticed,
        source=" ".join(message.source.values()),
        active=said in _YES,
        told_ns=told_ns,
        device_at=message.device_at,
        first=message.first,
    )


def _within(topic: str, beginning: str) -> bool:
    return topic == beginning or topic.startswith(beginning + "/")


def profile_of(said: object, wanted: str) -> str:
    """The token of the profile by that token or name, or of the first that has pictures. :raises: ProtocolFault."""
    try:
        profiles = [one for one in said if one.get("VideoEncoderConfiguration")]  # type: ignore[attr-defined]
        fitting = [str(one["token"]) for one in profiles if not wanted or wanted in {one["token"], one["Name"]}]
    except (AttributeError, KeyError, TypeError):
        raise ProtocolFault("The device told profiles that are none.") from None
    if not fitting:
        raise ProtocolFault("The device has no such profile with pictures.")
    return fitting[0]


def track_of(said: Mapping[str, Any], message: Message) -> tuple[str, datetime, bool]:
    """Of one found event: the recording with its track, since when, and whether there is anything from then on.

    :raises: KeyError, TypeError, AttributeError.
    """
    at = said["Time"]
    present = message.data["IsDataPresent"].lower()
    if present not in _YES | _NO or at.tzinfo is None:
        raise KeyError("IsDataPresent")
    return f"{said['RecordingToken']}/{said['TrackToken']}", at.astimezone(UTC), present in _YES


def spans_of(states: Iterable[tuple[str, datetime, bool]], within: Span) -> tuple[Recorded, ...]:
    """What was recorded, out of what began and ended when.

    What is recorded at the end goes on to the end of what was asked for; what a track was before its first event is
    not known, and is not claimed.
    """
    found: list[Recorded] = []
    since: dict[str, datetime] = {}
    for track, at, present in sorted(states, key=lambda state: (state[1], not state[2])):
        clipped = min(max(at, within.begin), within.end)
        if present:
            since.setdefault(track, clipped)
        elif track in since:
            found.append(Recorded(track, Span(since.pop(track), clipped)))
    found += [Recorded(track, Span(begin, within.end)) for track, begin in since.items()]
    whole = [one for one in found if one.span.begin < one.span.end]
    return tuple(sorted(whole, key=lambda one: (one.span.begin, one.recording)))
