"""A check on paper: what a device says cannot move the cursor, and nothing is wider than a terminal."""

from datetime import UTC, datetime, timedelta

import pytest

from drivers.contract import DeviceKind, Facts
from drivers.contract.cctv import Ability, Recorded, Span, Stream
from provisioning.cctv.check import Check, Trouble
from provisioning.cctv.view import SPANS_SHOWN, text, view
from provisioning.cctv.words import amount, apart

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SPANS = tuple(Recorded(f"rec-{n}\x1b[2J/track", Span(NOON + n * MINUTE, NOON + (n + 1) * MINUTE)) for n in range(40))


def _check(**said: object) -> Check:
    found = Check(name="n" * 40, driver="onvif")
    for key, value in said.items():
        setattr(found, key, value)
    return found


def test_many_spans_are_cut_for_people_and_whole_for_machines() -> None:
    found = _check(within=Span(NOON, NOON + timedelta(days=1)), recorded=SPANS)
    lines = text(found).splitlines()
    shown = [line for line in lines if "rec-" in line]
    assert len(shown) == SPANS_SHOWN
    assert shown[-1].split() == ["2026-11-22", "12:39:00", "to", "2026-11-22", "12:40:00", "rec-39[2J/track"]
    assert "40 spans, the newest 12 of them" in " ".join(text(found).split())
    assert "\x1b" not in text(found)
    told = view(found)["recorded"]
    assert isinstance(told, dict)
    assert len(told["spans"]) == 40
    assert told["spans"][0]["recording"] == "rec-0[2J/track"


def test_everything_fits_a_terminal() -> None:
    facts = Facts(
        kind=DeviceKind.CCTV,
        make="M" * 100,
        model="m " * 50,
        serial="S" * 100,
        firmware="F" * 100,
        certified=False,
        simulated=False,
    )
    troubles = [Trouble("clock-history", "disk-failed", "It failed " * 20)]
    found = _check(facts=facts, lacks=tuple(Ability), recorded=SPANS, within=SPANS[0].span, troubles=troubles)
    lines = text(found).splitlines()
    assert max(map(len, lines)) <= 80
    assert "  CLOCK-HISTORY It failed" in text(found)


@pytest.mark.parametrize(
    ("stream", "said"),
    [
        (Stream("h264", width_px=1920, height_px=1080, rate_hz=12.5), "h264, 1920 x 1080, 12.5 pictures/s"),
        (Stream("hevc", width_px=0, height_px=0, rate_hz=None), "hevc, size not told, rate not told"),
    ],
)
def test_what_a_stream_does_not_tell_is_said_to_be_untold(stream: Stream, said: str) -> None:
    assert said in text(_check(stream=stream))


def test_a_device_that_could_not_be_opened_has_its_trouble_only() -> None:
    found = _check(troubles=[Trouble("device", "device-gone", "It is not there.")])
    assert text(found) == f"{'n' * 40} (onvif): NOT WELL\n  DEVICE      It is not there. (device-gone)"
    assert view(found)["troubles"] == [{"part": "device", "code": "device-gone", "sentence": "It is not there."}]


@pytest.mark.parametrize(
    ("ms", "said"),
    [
        (0.04, "0.0 ms"),
        (9999.94, "9999.9 ms"),
        (10_000, "10.000 s"),
        (172_799_000, "172799.000 s"),
        (172_800_000, "2.0 days"),
    ],
)
def test_an_amount_of_time_has_the_unit_that_it_is_read_in(ms: float, said: str) -> None:
    assert amount(ms) == said
    assert (apart(ms), apart(-ms)) == (f"{said} ahead of", f"{said} behind")
