"""The search as a technician types it: somebody answers, nobody does, and there is no such interface."""

import asyncio
import json

import pytest

from drivers.transport.ws_discovery import Found
from provisioning.cctv.discover import found_line, search
from provisioning.cli import main
from tests.emulators.neighbour import match, neighbour
from tests.provisioning.cctv.typed import cctv_meanwhile

USUAL_PORT = 3702
EYE = Found("urn:uuid:1", "192.0.2.7", 8080, "/onvif/device_service", False, name="Front Door", hardware="Eye2")


async def test_who_answers_is_a_line_and_the_end_is_zero() -> None:
    async with neighbour(lambda asked: [match(asked)], port=USUAL_PORT):
        people = await cctv_meanwhile("discover", "--interface", "lo", "--wait-s", "0.6")
        machines = await cctv_meanwhile("discover", "--interface", "127.0.0.1", "--wait-s", "0.6", "--json")
    assert (people.code, people.err, machines.code) == (0, "", 0)
    # on a machine where others search too, others may answer
    (line,) = (line for line in people.lines if "Front Door" in line)
    assert line.split(":", 1)[1].split() == ["8080", "Front", "Door", "Eye2"]
    (said,) = (one for one in machines.objects if one["id"] == "urn:uuid:1")
    assert {**said, "host": "192.0.2.7"} == {
        "id": "urn:uuid:1",
        "host": "192.0.2.7",
        "port": 8080,
        "path": "/onvif/device_service",
        "tls": False,
        "name": "Front Door",
        "hardware": "Eye2",
    }


@pytest.mark.parametrize(
    ("as_json", "expected"), [(False, ["No ONVIF device answered within 0.5 s."]), (True, [])], ids=["text", "json"]
)
async def test_where_nobody_answers_that_is_said(as_json: bool, expected: list[str]) -> None:
    said: list[str] = []
    async with neighbour(lambda _: []) as (heard, group):
        found = await asyncio.to_thread(
            lambda: search(["lo", "lo"], wait_s=0.5, as_json=as_json, say=said.append, group=group)
        )
    assert (found, said) == (False, expected)
    # an interface that is named twice is asked once, and then once more
    assert len(heard.heard) == 2


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--interface", "none0"], "There is no such interface for the search of cameras: 'none0'."),
        (["--interface", "lo", "--wait-s", "0"], "Answers can be waited for from 0.5 to 60 s."),
        (["--interface", "lo", "--wait-s", "nan"], "Answers can be waited for from 0.5 to 60 s."),
        (["--interface", "lo", "--wait-s", "inf"], "Answers can be waited for from 0.5 to 60 s."),
    ],
)
def test_what_cannot_be_used_ends_it_with_two(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["cctv", "discover", *words]) == 2
    assert capsys.readouterr() == ("", f"smilius: {sentence}\n")


def test_without_an_interface_nothing_is_searched(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["cctv", "discover"])
    assert ended.value.code == 2
    assert "--interface" in capsys.readouterr().err


def test_a_line_says_what_the_configuration_must_and_fits_a_terminal() -> None:
    assert found_line(EYE).split("  ", 1)[0] == "192.0.2.7:8080"
    long = Found("", "255.255.255.255", 65535, EYE.path, True, name="N " * 50, hardware="H" * 100)
    assert len(found_line(long)) <= 80
    assert found_line(long).endswith("TLS")
    elsewhere = Found("", "192.0.2.7", 80, "/other", False, name="", hardware="")
    assert found_line(elsewhere).split() == ["192.0.2.7:80", "path", "/other"]
    assert json.dumps(EYE.id) not in found_line(EYE)
