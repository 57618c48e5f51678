"""`smilius-central`: every verb, and every refusal with exit code 2 and one sentence. `__main__` is exercised too."""

import json
import logging
import os
import pwd
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from agent.wire import Cause, EnrolmentAnswer, Stage
from central.bridge.tables import REVISION
from central.cli import main
from central.database import check_schema
from central.paths import Paths
from central.settings import load_settings
from tests.central.bridge.counter import opened
from tests.central.bridge.test_delivery import UNREADABLE
from tests.central.headquarters import enrolled, founded, request
from tests.central.parcels import sealed
from vault.database import open_database
from vault.envelope import SigningKey

OURS = ["--broker-user", pwd.getpwuid(os.geteuid()).pw_name]
"""A test's folder is for nobody else to enter."""


def said(capsys: pytest.CaptureFixture[str]) -> str:
    """What was said on standard error: one sentence, and nothing on standard output."""
    output = capsys.readouterr()
    assert output.out == ""
    (line,) = output.err.splitlines()
    assert line.startswith("smilius-central: ")
    return line.removeprefix("smilius-central: ")


def written_request(folder: Path, *, name: str = "vilnius-1", tenant: str = "lt") -> Path:
    path = folder / "request.json"
    path.write_bytes(request(SigningKey.generate(), SigningKey.generate(), name=name, tenant=tenant).canonical())
    return path


def enrol(paths: Paths, asked: Path, answer: Path) -> int:
    return main(["ca", "enrol", "--root", str(paths.root), "--request", str(asked), "--answer", str(answer)])


def test_init_sets_a_folder_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = tmp_path / "central"
    given = ["--broker-host", "broker.example", "--broker-port", "1883", "--migris-port", "11", "--tenant", "lt", *OURS]
    assert main(["init", "--root", str(root), *given, "--tenant", "lv"]) == 0
    settings = load_settings(Paths(root).settings)
    assert (settings.broker_host, settings.broker_port, settings.tenants) == ("broker.example", 1883, ("lt", "lv"))
    assert settings.migris_port == 11
    assert f"user {OURS[1]}" in (root / "broker" / "mosquitto.conf").read_text().splitlines()
    assert capsys.readouterr() == ("", "")
    assert main(["init", "--root", str(root), *given]) == 2
    assert said(capsys) == "This folder is set up already."


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (["--tenant", "Not A Name"], "tenants"),
        (["--tenant", "claim"], "tenants"),
        (["--tenant", "lt", "--broker-port", "0"], "broker_port"),
        (["--tenant", "lt", "--migris-port", "70000"], "migris_url"),
        (["--tenant", "lt", "--broker-host", "a b"], "broker_host"),
        (["--tenant", "lt", "--database", "postgresql://me:secret@host/name"], "database"),
    ],
)
def test_init_refuses_what_cannot_be_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], given: list[str], field: str
) -> None:
    assert main(["init", "--root", str(tmp_path / "central"), *given]) == 2
    assert said(capsys) == f"These settings of headquarters cannot be used: {field}."
    assert not (tmp_path / "central").exists()


def test_init_refuses_a_folder_that_cannot_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    assert main(["init", "--root", str(tmp_path / "file" / "central"), "--tenant", "lt", *OURS]) == 2
    assert said(capsys) == "The folder cannot be written."


def test_enrol_answers_a_request(headquarters: Paths, tmp_path: Path) -> None:
    assert enrol(headquarters, written_request(tmp_path), tmp_path / "answer.json") == 0
    answer = EnrolmentAnswer.model_validate_json((tmp_path / "answer.json").read_bytes())
    assert (answer.tenant, answer.station) == ("lt", "vilnius-1")


@pytest.mark.parametrize(
    ("name", "tenant", "says"),
    [
        ("central", "lt", "This station name is reserved."),
        ("vilnius-1", "elsewhere", "This tenant is none of headquarters'."),
    ],
)
def test_enrol_refuses_a_name(
    headquarters: Paths, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, tenant: str, says: str
) -> None:
    asked = written_request(tmp_path, name=name, tenant=tenant)
    assert enrol(headquarters, asked, tmp_path / "answer.json") == 2
    assert said(capsys) == says
    assert not (tmp_path / "answer.json").exists()


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b'{"tenant":"lt"}', b"x" * 70_000])
def test_enrol_refuses_what_is_no_request(
    headquarters: Paths, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    (tmp_path / "request.json").write_bytes(content)
    assert enrol(headquarters, tmp_path / "request.json", tmp_path / "answer.json") == 2
    assert said(capsys) == "The request cannot be read."


def test_enrol_refuses_paths_that_are_not_there(
    headquarters: Paths, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert enrol(headquarters, tmp_path / "nowhere.json", tmp_path / "answer.json") == 2
    assert said(capsys) == "The request cannot be read."
    assert enrol(headquarters, written_request(tmp_path), tmp_path / "nowhere" / "answer.json") == 2
    assert said(capsys).startswith("The answer cannot be written there")


def test_enrol_says_when_the_authority_is_lost(
    headquarters: Paths, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    headquarters.key("ca").unlink()
    assert enrol(headquarters, written_request(tmp_path), tmp_path / "answer.json") == 2
    assert said(capsys) == "A key or certificate of headquarters cannot be read."
    headquarters.key("receipt").write_text("broken")
    assert enrol(headquarters, written_request(tmp_path), tmp_path / "answer.json") == 1
    assert said(capsys) == "The private key cannot be read."


def test_ledger_prints_one_object(headquarters: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ledger", "--root", str(headquarters.root)]) == 0
    output = capsys.readouterr()
    assert json.loads(output.out)["ledger_lines"] == 0
    assert output.err == ""


def test_ledger_fails_when_it_is_broken(headquarters: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    engine = open_database(headquarters.bridge_database)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO ledger_line VALUES (1, '{}', 'not the digest')"))
    engine.dispose()
    assert main(["ledger", "--root", str(headquarters.root)]) == 1
    assert said(capsys) == "The ledger is broken at line 1."


def test_parcels_and_retry_say_what_there_is(headquarters: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    counter = opened(headquarters)
    subject = counter.store(sealed(enrolled(headquarters), b"content"))
    counter.decide(subject, UNREADABLE)
    counter.engine.dispose()
    root = ["--root", str(headquarters.root)]
    for held in ([], ["--held"]):
        assert main(["parcels", *root, *held]) == 0
        (line,) = capsys.readouterr().out.splitlines()
        assert (json.loads(line)["parcel"], json.loads(line)["trouble"]) == (subject.id, "unreadable")
    assert main(["retry", *root, "--tenant", "lt", "--parcel", subject.id]) == 0
    assert capsys.readouterr() == ("", "")
    assert main(["parcels", *root, "--held"]) == 0
    assert capsys.readouterr() == ("", "")
    assert main(["retry", *root, "--tenant", "lt", "--parcel", subject.id]) == 2
    assert said(capsys) == "No such parcel is set aside: see `smilius-central parcels --held`."


def test_what_is_set_aside_can_be_refused_with_a_part_and_a_sentence(
    headquarters: Paths, capsys: pytest.CaptureFixture[str]
) -> None:
    counter, station = opened(headquarters), enrolled(headquarters)
    parcel = sealed(station, b"content")
    counter.decide(counter.store(parcel), UNREADABLE)
    refuse = ["refuse", "--root", str(headquarters.root), "--tenant", "lt", "--parcel", parcel.id]
    for part in ("toe", "FACE", ""):
        with pytest.raises(SystemExit):
            main([*refuse, "--part", part, "--reason", "The print is torn."])
    for sentence in ("no", "x" * 301, "two\nlines"):
        with pytest.raises(SystemExit):
            main([*refuse, "--reason", sentence])
    capsys.readouterr()
    assert main([*refuse, "--part", "right-index", "--reason", "The print is torn."]) == 0
    assert capsys.readouterr() == ("", "")
    receipt = counter.receipt(counter.take(parcel.billed())[0])
    assert receipt.stage is Stage.REJECTED
    assert receipt.cause == Cause(part="right-index", code="refused-by-person", sentence="The print is torn.")
    counter.engine.dispose()
    assert main([*refuse, "--reason", "The print is torn."]) == 2
    assert said(capsys) == "No such parcel is set aside: see `smilius-central parcels --held`."


def test_migrate_makes_the_database_ready(headquarters: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    headquarters.bridge_database.unlink()
    assert main(["ledger", "--root", str(headquarters.root)]) == 2
    assert said(capsys) == "The bridge's database is not migrated: run `smilius-central migrate` first."
    assert main(["migrate", "--root", str(headquarters.root)]) == 0
    engine = open_database(headquarters.bridge_database)
    check_schema(engine, revision=REVISION)
    engine.dispose()


def test_migrate_refuses_what_is_no_database(headquarters: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    headquarters.bridge_database.write_bytes(b"no database at all" * 1000)
    assert main(["migrate", "--root", str(headquarters.root)]) == 2
    assert said(capsys) == "The bridge's database cannot be opened or brought to this release."


@pytest.mark.parametrize("verb", ["ledger", "migrate", "parcels"])
def test_a_folder_that_is_not_set_up_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], verb: str) -> None:
    assert main([verb, "--root", str(tmp_path / "nothing")]) == 2
    assert said(capsys) == "This folder is not set up: run `smilius-central init` first."
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def _logging_as_before() -> Iterator[None]:
    """The verbs of processes take logging and hooks over."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    hooks = sys.excepthook, sys.unraisablehook, threading.excepthook
    yield
    sys.excepthook, sys.unraisablehook, threading.excepthook = hooks
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.usefixtures("_logging_as_before")
@pytest.mark.parametrize("verb", ["bridge", "migris"])
def test_a_process_that_cannot_start_says_why(tmp_path: Path, capsys: pytest.CaptureFixture[str], verb: str) -> None:
    assert main([verb, "--root", str(tmp_path)]) == 2
    assert said(capsys) == "This folder is not set up: run `smilius-central init` first."
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("_logging_as_before")
def test_a_port_that_is_taken_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    paths = founded(tmp_path / "central")
    port = load_settings(paths.settings).migris_page_port
    with socket.create_server(("127.0.0.1", port)):
        assert main(["migris", "--root", str(paths.root)]) == 2
    assert said(capsys) == f"Port {port} cannot be listened on: another process may have it."


def test_python_m_central_is_the_same_command(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "central", "ledger", "--root", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "smilius-central: This folder is not set up: run `smilius-central init` first.\n"


@pytest.mark.parametrize(
    "given",
    [
        [],
        ["nothing"],
        ["ca"],
        ["init", "--root", "x"],
        ["bridge"],
        ["ca", "enrol", "--root", "x"],
        ["init", "--root", "x", "--tenant", "lt", "--broker-port", "x"],
    ],
)
def test_usage_is_refused(given: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(given)
    assert ended.value.code == 2
    assert "usage: smilius-central" in capsys.readouterr().err
