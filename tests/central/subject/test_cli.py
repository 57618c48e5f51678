"""`smilius-central subject`, as a person uses it: words, JSON, exit codes, sentences."""

import hashlib
import io
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from central.bridge.beside import writing_beside
from central.cli import main
from central.migris.simulator.compose import machine_interface
from central.migris.simulator.store import MigrisStore
from central.paths import Paths
from central.settings import load_settings
from central.subject.recipient import name
from tests.central.bridge.counter import opened
from tests.central.headquarters import enrolled
from tests.central.migris.service import serving
from tests.central.parcels import OPEN_APPLICATION, visited
from tests.central.test_cli import said


@contextmanager
def serving_migris(paths: Paths) -> Iterator[None]:
    """The simulator, at the address that headquarters' settings name."""
    store, port = MigrisStore(paths.migris_database), load_settings(paths.settings).migris_port
    with serving(machine_interface(paths, store, port=port), port=port):
        yield
    store.close()


@contextmanager
def typed(*lines: str) -> Iterator[None]:
    """What a person types, or a program hands in."""
    before, sys.stdin = sys.stdin, io.StringIO("".join(f"{line}\n" for line in lines))
    try:
        yield
    finally:
        sys.stdin = before


class Subject:
    """The verbs of one headquarters."""

    def __init__(self, paths: Paths, capsys: pytest.CaptureFixture[str]) -> None:
        self.paths = paths
        self._capsys = capsys

    def run(self, *words: str) -> int:
        return main(["subject", *words, "--root", str(self.paths.root)])

    def words(self, *words: str) -> str:
        assert self.run(*words) == 0
        return self._capsys.readouterr().out

    def json(self, *words: str) -> Any:
        return json.loads(self.words(*words, "--json"))

    def refused(self, *words: str) -> str:
        assert self.run(*words) == 2
        return said(self._capsys)

    def registered(self, kind: str = "access", *more: str) -> str:
        given = ("--tenant", "lt", "--kind", kind, "--form", "email", "--proof", "DVS-1", *more)
        return str(self.json("register", *given)["request"])


@pytest.fixture
def subject(headquarters: Paths, capsys: pytest.CaptureFixture[str]) -> Subject:
    return Subject(headquarters, capsys)


def test_a_request_is_written_down_and_shown(subject: Subject) -> None:
    request = subject.registered("access", "--received", "2026-02-02T10:00:00+02:00")
    (listed,) = subject.json("list", "--open")
    assert listed == {
        "request": request,
        "tenant": "lt",
        "kind": "access",
        "state": "received",
        "next_deadline": "2026-02-17",
        "overdue": True,
    }
    shown = subject.json("show", "--request", request)
    assert (shown["proof"], shown["received"], shown["steps"]) == ("DVS-1", "2026-02-02T08:00:00.000Z", [])
    assert [one["kept"] for one in shown["deadlines"]] == [False, False]
    words = subject.words("show", "--request", request)
    assert f"request: {request}\n" in words
    assert "deadlines:\n  what: order\n  by: 2026-02-17\n  done: -\n  kept: no\n  --\n  what: answer\n" in words


def test_steps_are_taken(subject: Subject) -> None:
    request = subject.registered()
    assert subject.json("step", "--request", request, "--take", "accept")["state"] == "in-order"
    told = ("--reason", "Sudėtinga.", "--instruction", "MD-7")
    assert subject.json("step", "--request", request, "--take", "extend", *told)["state"] == "extended"
    shown = subject.json("show", "--request", request)
    assert [(one["step"], one["reason"]) for one in shown["steps"]] == [("accept", None), ("extend", "Sudėtinga.")]
    assert subject.json("step", "--request", request, "--take", "withdraw")["next_deadline"] is None
    assert subject.words("list", "--open") == "none\n"


def test_parcels_are_found_by_number_and_by_name(subject: Subject) -> None:
    counter = opened(subject.paths)
    parcel = counter.store(visited(enrolled(subject.paths))).id
    counter.engine.dispose()
    request = subject.registered()
    subject.words("step", "--request", request, "--take", "accept")
    with serving_migris(subject.paths):
        with typed(OPEN_APPLICATION):
            found = subject.json("find", "--request", request)
        assert found == {"applications": 1, "by_migris": 0, "by_content": 1, "unreadable": 0}
        with typed("Ona", "Pavyzdė", "1991-03-14", "UKR"):
            assert subject.json("find", "--request", request, "--by-name") == found
        with typed(""):
            assert subject.refused("find", "--request", request) == "That is not an application's number."
    with typed(OPEN_APPLICATION):
        assert subject.refused("find", "--request", request) == "MIGRIS does not answer."
    (shown,) = subject.json("show", "--request", request)["parcels"]
    assert (shown["parcel"], shown["station"], shown["restricted"]) == (parcel, "vilnius-1", False)


def test_refusals_are_one_sentence(subject: Subject) -> None:
    request = subject.registered()
    assert subject.refused("show", "--request", "2026-9999").startswith("The register has no such request")
    assert "cannot be moved by answer" in subject.refused(
        "step", "--request", request, "--take", "answer", "--instruction", "MD-7"
    )
    for time, sentence in (("yesterday", "is not one"), ("2026-02-02T10:00:00", "names no zone")):
        given = ("--tenant", "lt", "--kind", "access", "--form", "email", "--proof", "DVS-1", "--received", time)
        assert sentence in subject.refused("register", *given)


def test_an_export_and_a_draft(subject: Subject, tmp_path: Path) -> None:
    request = subject.registered("portability")
    subject.words("step", "--request", request, "--take", "accept")
    target = tmp_path / "export.json"
    given = ("--out", str(target), "--legal-basis", "MD-7", "--instruction", "MD-7")
    said = subject.json("export", "--request", request, *given)
    assert said["sha256"] == hashlib.sha256(target.read_bytes()).hexdigest()
    assert Path(said["proof"]).exists()
    text = subject.words("draft", "--request", request, "--letter", "refusal", "--reason", "Nėra ką perkelti.")
    assert "Nėra ką perkelti." in text


def test_recipients_are_shown_and_noted(subject: Subject) -> None:
    request = subject.registered("erasure")
    subject.words("step", "--request", request, "--take", "accept")
    assert subject.json("recipients", "--request", request) == []
    with writing_beside(subject.paths) as session:
        name(session, request, recipient="migris")
    noted = subject.json("recipients", "--request", request, "--recipient", "migris", "--told", "MD-9")
    assert noted == [{"recipient": "migris", "told": "MD-9", "not_told_because": None}]
    for given in (
        ("--told", "x"),
        ("--recipient", "migris"),
        ("--recipient", "migris", "--told", "x", "--not-told-because", "y"),
    ):
        assert subject.refused("recipients", "--request", request, *given).startswith("Say of which recipient")


def test_parcels_are_restricted_asked_about_and_lifted(subject: Subject) -> None:
    counter = opened(subject.paths)
    parcel = counter.store(visited(enrolled(subject.paths))).id
    counter.engine.dispose()
    request = subject.registered("erasure")
    subject.words("step", "--request", request, "--take", "accept")
    given = ("--request", request, "--instruction", "MD-7")
    assert subject.refused("restrict", *given).startswith("No parcel was found")
    with serving_migris(subject.paths), typed(OPEN_APPLICATION):
        subject.words("find", "--request", request)
    assert subject.json("restrict", *given) == {"restricted": [parcel]}
    (command,) = subject.json("ask", "--verb", "find", *given)["commands"]
    shown = subject.json("show", "--request", request)
    assert shown["parcels"][0]["restricted"]
    assert [(one["command"], one["verb"], one["outcome"]) for one in shown["commands"]] == [(command, "find", None)]
    assert subject.json("erase", *given) == {"erased": [], "not_here": [], "undecided": [parcel]}
    assert subject.json("lift", "--told", "DVS-9", *given) == {"lifted": [parcel]}
