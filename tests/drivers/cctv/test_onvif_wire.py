"""What an ONVIF device's words mean, and that nonsense means nothing."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.cctv.onvif_wire import profile_of, sighting_of, spans_of
from drivers.contract import ProtocolFault
from drivers.contract.cctv import Noticed, Span
from drivers.transport.onvif_events import Message, message_of

NOON, MINUTE = datetime(2026, 11, 22, 12, tzinfo=UTC), timedelta(minutes=1)


def _message(topic: str, **data: str) -> Message:
    return Message(topic, source={"Token": "2"}, data=data, device_at=NOON, first=False)


@pytest.mark.parametrize(
    ("topic", "data", "noticed", "active"),
    [
        ("VideoSource/GlobalSceneChange/ImagingService", {"State": "true"}, Noticed.SCENE_CHANGED, True),
        ("VideoSource/GlobalSceneChange/AnalyticsService", {"State": "false"}, Noticed.SCENE_CHANGED, False),
        ("RuleEngine/TamperDetector/Tamper", {"IsTamper": "true"}, Noticed.TAMPERED, True),
        ("VideoSource/ImageTooDark/ImagingService", {"State": "1"}, Noticed.TAMPERED, True),
        ("VideoSource/SignalLoss", {"State": "true"}, Noticed.SIGNAL_LOST, True),
        ("Device/Trigger/DigitalInput", {"LogicalState": "active"}, Noticed.INPUT, True),
        ("Device/Trigger/DigitalInput", {"LogicalState": "Inactive"}, Noticed.INPUT, False),
        ("RuleEngine/CellMotionDetector/Motion", {"IsMotion": "true"}, Noticed.MOTION, True),
        ("Device/HardwareFailure/StorageFailure", {"Failed": "true"}, Noticed.STORAGE_FAILED, True),
    ],
)
def test_a_topic_has_its_meaning(topic: str, data: dict[str, str], noticed: Noticed, active: bool) -> None:
    seen = sighting_of(_message(topic, **data), told_ns=5)
    assert seen is not None
    assert (seen.noticed, seen.active, seen.source, seen.told_ns) == (noticed, active, "2", 5)


@pytest.mark.parametrize(
    ("topic", "data"),
    [
        ("Device/Trigger/Relay", {"LogicalState": "active"}),
        ("VideoSource/SignalLossless", {"State": "true"}),
        ("VideoSource/SignalLoss", {"State": "perhaps"}),
        ("VideoSource/SignalLoss", {"Colour": "true"}),
        ("", {"State": "true"}),
    ],
)
def test_what_has_no_meaning_is_not_told(topic: str, data: dict[str, str]) -> None:
    assert sighting_of(_message(topic, **data), told_ns=5) is None


def test_a_message_loses_its_prefixes_and_what_cannot_be_printed() -> None:
    said = {
        "Topic": {"_value_1": " tns1:VideoSource/tnsx:Odd\x07 "},
        "Message": {
            "_value_1": {
                "UtcTime": NOON.astimezone(UTC),
                "PropertyOperation": "Initialized",
                "Source": {"SimpleItem": [{"Name": "a\n", "Value": "x" * 300}]},
                "Data": None,
            }
        },
    }
    message = message_of(said)
    assert (message.topic, message.data, message.first) == ("VideoSource/Odd", {}, True)
    assert message.source == {"a": "x" * 200}


PROFILES = [
    {"token": "a", "Name": "sound", "VideoEncoderConfiguration": None},
    {"token": "b", "Name": "main", "VideoEncoderConfiguration": {"Encoding": "H264"}},
    {"token": "c", "Name": "small", "VideoEncoderConfiguration": {"Encoding": "H264"}},
]


@pytest.mark.parametrize(("wanted", "token"), [("", "b"), ("c", "c"), ("small", "c")])
def test_a_profile_is_found_by_token_or_name(wanted: str, token: str) -> None:
    assert profile_of(PROFILES, wanted) == token


@pytest.mark.parametrize(
    ("said", "wanted"), [(PROFILES, "a"), ([], ""), (None, ""), ([{"VideoEncoderConfiguration": 1}], "")]
)
def test_what_is_no_profile_is_a_fault(said: object, wanted: str) -> None:
    with pytest.raises(ProtocolFault):
        profile_of(said, wanted)


def test_a_track_that_never_began_is_not_claimed_and_one_that_goes_on_ends_with_the_question() -> None:
    within = Span(NOON, NOON + 60 * MINUTE)
    states = [("a", NOON + 5 * MINUTE, False), ("b", NOON + 50 * MINUTE, True), ("a", NOON - 9 * MINUTE, False)]
    assert [(one.recording, one.span) for one in spans_of(states, within)] == [
        ("b", Span(NOON + 50 * MINUTE, NOON + 60 * MINUTE))
    ]


@given(
    minutes=st.lists(st.integers(-30, 90), unique=True, max_size=12),
    order=st.randoms(use_true_random=False),
)
def test_spans_are_what_was_recorded_in_whatever_order_it_is_told(minutes: list[int], order: Random) -> None:
    changes = sorted(minutes)
    states = [("t", NOON + at * MINUTE, number % 2 == 0) for number, at in enumerate(changes)]
    truth = {minute for minute in range(60) if sum(at <= minute for at in changes) % 2 == 1}
    order.shuffle(states)
    found = spans_of(states, Span(NOON, NOON + 60 * MINUTE))
    told = {minute for minute in range(60) for one in found if one.span.begin <= NOON + minute * MINUTE < one.span.end}
    assert told == truth
    assert all(earlier.span.end <= later.span.begin for earlier, later in pairwise(found))
