"""What a technician is told of cameras that work, are off, are dead, refuse the password, or are not what they say."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from provisioning.errors import InputRefused
from tests.drivers.station_clock import MachineClock
from tests.emulators import onvif_device, rtsp
from tests.emulators.onvif_device import Device, device
from tests.provisioning.cctv.typed import Station, cctv

needs_a_server = pytest.mark.skipif(bool(rtsp.missing()), reason=rtsp.missing())
BEHIND_S = -819_936_000.25
"""A clock that was never set."""


def _names_onvif(station: Station, eye: Device, *, password_file: Path) -> None:
    login = {"user": onvif_device.USER, "password_file": password_file}
    station.names("nvr", "onvif", host="127.0.0.1", port=eye.port, exchanges=3, **login)


def _eye(**said: object) -> dict[str, object]:
    return {"user": onvif_device.USER, "password": onvif_device.PASSWORD, **said}


@needs_a_server
def test_all_that_a_recorder_can_is_tried_and_its_wrong_clock_told_and_stored(station: Station) -> None:
    now, day, hour = MachineClock().now(), timedelta(days=1), timedelta(hours=1)
    theirs = now + timedelta(seconds=BEHIND_S)
    recorded = [(theirs - 2 * day, theirs - 20 * hour), (theirs - hour, theirs - hour / 2)]
    stretches = [[moment.isoformat() for moment in one] for one in recorded]
    with (
        rtsp.serving() as server,
        device(**_eye(rtsp_port=server.port, clock_error_s=BEHIND_S, recorded=stretches)) as eye,
    ):
        _names_onvif(station, eye, password_file=station.password(onvif_device.PASSWORD))
        told = station.check("--json")
        asked, subscriptions = eye.do("asked"), eye.do("subscriptions")
    (said,) = told.objects
    assert (told.code, said["name"], said["driver"], said["well"]) == (1, "nvr", "onvif", False)
    assert said["device"] == {
        "make": "Emulated",
        "model": "Eye 2",
        "serial": "E-7",
        "firmware": "1.2.3",
        "simulated": False,
    }
    assert said["stream"] == {"codec": "h264", "width_px": 320, "height_px": 240, "rate_hz": 30}
    assert said["pictures"]["pictures"] >= max(1, said["pictures"]["keys"])
    assert said["pictures"]["within_ms"] >= 3000
    clock = said["clock"]
    assert abs(clock["difference_ms"] - 1000 * BEHIND_S) <= clock["uncertainty_ms"]
    assert (clock["source"], clock["readings"], clock["stored"]) == ("system-time", 3, True)
    # the older stretch began before the last day of the recorder's own clock: so much is asked for
    spans = [(one["begin"], one["end"]) for one in said["recorded"]["spans"]]
    assert spans[0][0] == said["recorded"]["begin"]
    assert spans[1] == tuple(moment.isoformat(timespec="milliseconds")[:-6] + "Z" for moment in recorded[1])
    assert (len(spans), said["lacks"]) == (2, [])
    assert [(one["part"], one["code"]) for one in said["troubles"]] == [("clock", "clock-off")]
    assert "9490.0 days behind" in said["troubles"][0]["sentence"]
    assert "time server (NTP)" in said["troubles"][0]["sentence"]
    # it was asked, nothing of it was set, and it is not made to keep anything
    assert [name for name in asked if name.startswith(("Set", "Add", "Remove", "Delete"))] == []
    assert (subscriptions, onvif_device.PASSWORD in told.out) == ([], False)
    (kept,) = json.loads(station.clocks.read_text())["devices"]["nvr"]
    assert kept["difference_ms"] == clock["difference_ms"]


@needs_a_server
def test_a_camera_that_is_well_is_told_with_what_it_cannot_do(station: Station) -> None:
    file = station.password(rtsp.PASSWORD)
    with rtsp.serving(user=rtsp.USER) as server:
        options = {"host": "127.0.0.1", "port": server.port, "path": "/cam", "user": rtsp.USER, "password_file": file}
        station.names("entrance", "rtsp", **options)
        told = station.check()
    assert (told.code, told.err, told.lines[0]) == (0, "", "entrance (rtsp): well")
    assert "device RTSP camera" in told.flowing
    assert "stream h264, 320 x 240, 30 pictures/s" in told.flowing
    assert "give or take 251.0 ms (sender-report, " in told.flowing
    assert told.flowing.endswith("cannot say what it has recorded; tell what it notices")
    assert rtsp.PASSWORD not in told.out
    assert max(map(len, told.lines)) <= 80


@pytest.mark.parametrize(
    ("text", "mode", "code", "sentence"),
    [
        ("guessed-wrongly\n", 0o600, "device-denied", "asks for another user or password"),
        ("guessed-wrongly\n", 0o604, "device-options", "can be used by everybody"),
        ("guessed\nwrongly\n", 0o600, "device-options", "is not one line of text"),
        ("", 0o600, "device-options", "is not one line of text"),
    ],
)
def test_a_wrong_password_file_is_one_sentence_without_its_content(
    station: Station, text: str, mode: int, code: str, sentence: str
) -> None:
    with device(**_eye()) as eye:
        _names_onvif(station, eye, password_file=station.password(text, mode=mode))
        told = station.round(as_json=False)
    assert (told.code, told.err, told.lines[0]) == (1, "", "nvr (onvif): NOT WELL")
    assert sentence in told.flowing
    assert f"({code})" in told.out
    assert "guessed" not in told.out
    assert not station.clocks.exists()


def test_a_password_file_that_is_not_there_is_told_and_not_where_it_was_looked_for(station: Station) -> None:
    with device(**_eye()) as eye:
        _names_onvif(station, eye, password_file=station.root / "not-there")
        told = station.round()
    assert [one["code"] for one in told.objects[0]["troubles"]] == ["device-options"]
    assert "not-there" not in told.out


def test_a_dead_camera_does_not_keep_the_next_from_being_tried(station: Station) -> None:
    with device() as eye:
        port = eye.port
    station.names("dead", "onvif", host="127.0.0.1", port=port)
    station.names("none", "absent")
    station.names("there", "sim")
    told = station.round()
    dead, none, there = told.objects
    assert (told.code, dead["well"], none["well"], there["well"]) == (1, False, False, True)
    assert [one["code"] for one in dead["troubles"]] == ["device-gone"]
    assert {dead[part] for part in ("device", "stream", "pictures", "clock", "recorded")} == {None}
    assert (there["pictures"]["pictures"] > 30, there["clock"]["stored"]) == (True, True)
    assert station.round("there").code == 0


def test_a_stream_that_ends_is_told_and_the_clock_is_still_measured(station: Station) -> None:
    station.names("eye", "sim", ends_after_ms=300)
    told = station.round()
    (said,) = told.objects
    assert (told.code, said["pictures"], said["clock"]["stored"]) == (1, None, True)
    assert [(one["part"], one["code"]) for one in said["troubles"]] == [("pictures", "device-gone")]


def test_a_camera_slower_than_the_look_at_it_is_waited_for(station: Station) -> None:
    station.names("slow", "sim", rate_hz=0.25)
    told = station.round()
    (said,) = told.objects
    assert (told.code, said["pictures"]["pictures"], said["pictures"]["keys"]) == (0, 1, 1)


def test_half_a_second_is_the_most_that_a_clock_may_be_off(station: Station) -> None:
    for name, error_ms in (("at-it", -500), ("over-it", 500.5)):
        station.names(name, "sim", clock_error_ms=error_ms)
    told = station.round(as_json=False)
    assert told.code == 1
    at_it, over_it = told.flowing.split("over-it (sim): ")
    assert at_it.startswith("at-it (sim): well")
    assert "(clock-off)" not in at_it
    assert "Its clock is 500.5 ms ahead of the station's, and 500 ms are allowed" in over_it
    assert max(map(len, told.lines)) <= 80


def test_a_station_without_a_folder_for_its_state_is_told_so_and_gets_none(station: Station) -> None:
    station.clocks.parent.rmdir()
    station.names("eye", "sim")
    told = station.round()
    (said,) = told.objects
    assert (told.code, said["clock"]["stored"]) == (1, False)
    assert [(one["part"], one["code"]) for one in said["troubles"]] == [("clock-history", "state-missing")]
    assert not station.clocks.parent.exists()


def test_a_damaged_history_is_told_and_not_written_over(station: Station) -> None:
    station.clocks.write_text("{")
    station.names("eye", "sim")
    told = station.round()
    assert [(one["part"], one["code"]) for one in told.objects[0]["troubles"]] == [("clock-history", "wire")]
    assert (told.code, station.clocks.read_text()) == (1, "{")


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ('[[station.cctv]]\nname = "x"\ndriver = "rtsp"\n', "options: host"),
        ('[[station.cctv]]\nname = "x"\ndriver = "rtsp"\noptions = {host = "a", password = "s3cret"}\n', "password"),
        ('[[station.cctv]]\nname = "x"\ndriver = "none_such"\n', "There is no cctv driver"),
        ('[[station.cctv]]\nname = "Not a name"\ndriver = "sim"\n', "station.cctv.0.name"),
        ("[station", "cannot be read"),
    ],
)
def test_a_configuration_that_would_not_load_is_refused(station: Station, written: str, sentence: str) -> None:
    station.configuration.write_text(written)
    with pytest.raises(InputRefused, match=sentence) as refused:
        station.round()
    assert (refused.value.reason, "s3cret" in refused.value.sentence) == ("config", False)


def test_an_unreadable_configuration_ends_it_with_two_and_one_sentence(station: Station) -> None:
    station.configuration.write_bytes(b'[station]\nname = "\xff"\n')
    assert station.check() == (2, "", "smilius: The configuration file 50.toml cannot be read.\n")


def test_an_entry_that_there_is_not_is_refused_before_any_is_opened(station: Station) -> None:
    station.names("eye", "sim")
    with pytest.raises(InputRefused, match=r"There is no 'ear' in station\.cctv; there are: eye"):
        station.round("eye", "ear")
    assert not station.clocks.exists()


def test_where_none_is_configured_nothing_is_wrong(station: Station) -> None:
    told = station.round(as_json=False)
    assert (told.code, told.flowing.startswith("The configuration names no surveillance camera")) == (0, True)
    assert station.round() == (0, "", "")


def test_what_was_stored_is_shown_the_newest_first(station: Station) -> None:
    station.names("eye", "sim", clock_error_ms=-20)
    assert [station.round().code for _ in range(2)] == [0, 0]
    (said,) = cctv("clocks", "--root", station.root, "--json").objects
    first, second = (one["measured_at"] for one in said["measured"])
    assert (said["name"], first > second) == ("eye", True)
