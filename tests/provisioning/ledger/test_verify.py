"""`smilius ledger verify` on the files of a real station and courier, with central's receipts."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.compose.migrate import run_migrations
from agent.config.paths import Paths
from agent.courier.record import ToldHead
from agent.courier.store import Store
from agent.visit.journal import Journal
from agent.wire import LedgerHead, sign_document
from provisioning.cli import main
from tests.agent.courier.premises import BEGIN, CENTRAL_KEY, STATION, TENANT, event_receipt, new_id
from vault.chain import Head
from vault.database import open_database
from vault.envelope import SigningKey, digest_of
from vault.keys import make_signing_key


class Premises:
    """A claimed station's files; the databases stay open, as under running daemons."""

    def __init__(self, root: Path) -> None:
        self.root, self.paths = root, Paths(root)
        run_migrations(self.paths)
        self.paths.receipt_keys.write_text(CENTRAL_KEY.public.pem())
        self.keys = {"station": make_signing_key(self.paths.seal_key), "courier": make_signing_key(self.paths.link_key)}
        self.engines = [open_database(path) for path in (self.paths.station_database, self.paths.courier_database)]
        self.journal, self.store = Journal(self.engines[0]), Store(self.engines[1])
        for number in range(5):
            self.journal.remark("one", at=BEGIN, detail={"n": number})
            self.store.note("two", at=BEGIN, detail={"n": number})

    def close(self) -> None:
        for engine in self.engines:
            engine.dispose()

    def tell(self, ledger: str, head: Head, *, key: SigningKey | None = None, **receipt: object) -> None:
        """A head that central has receipted."""
        document = LedgerHead(
            tenant=TENANT, station=STATION, ledger=ledger, number=head.number, digest=head.digest, time=BEGIN
        )
        signed, event = sign_document(document, key or self.keys[ledger]), new_id()
        self.store.add_event(event, signed=signed, at=BEGIN, head=ToldHead(ledger=ledger, number=head.number))
        digest = digest_of(signed)
        content = sign_document(event_receipt(event, digest=digest, **receipt), CENTRAL_KEY)
        self.store.receipted(event, digest=digest, at=BEGIN, receipt=content)

    def execute(self, path: Path, statement: str) -> None:
        with sqlite3.connect(path) as connection:
            connection.execute(statement)
        connection.close()


@pytest.fixture
def premises(tmp_path: Path) -> Premises:
    premises = Premises(tmp_path)
    premises.tell("station", premises.journal.head(), index=1)
    premises.tell("courier", premises.store.verify_ledger(), index=2, previous=_last_receipt(premises))
    return premises


def _last_receipt(premises: Premises) -> str:
    found = premises.store.witnessed_head("station")
    assert found is not None
    return digest_of(found[1])


Verify = Callable[[], tuple[int, dict[str, object]]]


@pytest.fixture
def verify(premises: Premises, capsys: pytest.CaptureFixture[str]) -> Verify:
    def run() -> tuple[int, dict[str, object]]:
        code = main(["ledger", "verify", "--json", "--root", str(premises.root)])
        return code, json.loads(capsys.readouterr().out)

    return run


def ledger(report: dict[str, object], which: int) -> tuple[object, ...]:
    ledgers = report["ledgers"]
    assert isinstance(ledgers, list)
    one = ledgers[which]
    return tuple(one[name] for name in ("ledger", "lines", "heads", "unknown", "bad_line"))


def test_what_holds_is_said_and_nothing_is_changed(premises: Premises, verify: Verify) -> None:
    head = premises.journal.head()
    code, report = verify()
    assert (code, report["holds"], report["receipts"]) == (0, True, 2)
    assert ledger(report, 0) == ("station", 5, 1, 0, None)
    assert ledger(report, 1) == ("courier", 5, 1, 0, None)
    assert premises.journal.head() == head
    premises.journal.remark("written after", at=BEGIN, detail={})
    premises.close()
    assert verify()[0] == 0, "also when no daemon runs"


@pytest.mark.parametrize(
    ("statement", "line", "why"),
    [
        ("UPDATE ledger_line SET body = '{}' WHERE number = 3", 3, "not what was written"),
        ("UPDATE ledger_line SET digest = 'x' WHERE number = 4", 4, "not what was written"),
        ("DELETE FROM ledger_line WHERE number = 2", 2, "missing"),
        ("DELETE FROM ledger_line WHERE number > 3", 5, "cut off"),
    ],
)
@pytest.mark.parametrize("which", [0, 1], ids=["station", "courier"])
def test_the_first_bad_line_and_why(
    premises: Premises, verify: Verify, which: int, statement: str, line: int, why: str
) -> None:
    premises.execute((premises.paths.station_database, premises.paths.courier_database)[which], statement)
    code, report = verify()
    assert code == 1
    assert ledger(report, which)[-1] == line
    assert ledger(report, 1 - which)[-1] is None
    assert why in str(report["ledgers"][which]["trouble"])  # type: ignore[index]  # a list, as `ledger` asserts


def test_a_ledger_that_was_written_anew_is_not_what_central_receipted(premises: Premises, verify: Verify) -> None:
    premises.execute(premises.paths.station_database, "DELETE FROM ledger_line WHERE number > 1")
    for number in range(9):
        premises.journal.remark("another", at=BEGIN, detail={"n": number})
    code, report = verify()
    assert (code, ledger(report, 0)[-1]) == (1, 5)


def test_a_head_by_an_unknown_key_proves_nothing(premises: Premises, verify: Verify) -> None:
    premises.tell("station", Head(90, premises.journal.head().digest), key=SigningKey.generate(), index=7)
    code, report = verify()
    assert (code, ledger(report, 0)) == (0, ("station", 5, 1, 1, None))


def test_a_central_that_gives_one_number_twice_has_forgotten(premises: Premises, verify: Verify) -> None:
    premises.journal.remark("more", at=BEGIN, detail={})
    premises.tell("station", premises.journal.head(), index=1)
    code, report = verify()
    assert (code, report["holds"]) == (1, False)
    assert "two receipts" in str(report["receipts_trouble"])


def test_a_receipt_that_does_not_follow_is_told(premises: Premises, verify: Verify) -> None:
    premises.journal.remark("more", at=BEGIN, detail={})
    premises.tell("station", premises.journal.head(), index=3, previous="f" * 64)
    code, report = verify()
    assert (code, report["receipts_trouble"]) == (1, "Central's receipt 3 does not follow from the one before it.")


def test_sentences_for_a_person(premises: Premises, capsys: pytest.CaptureFixture[str]) -> None:
    premises.execute(premises.paths.courier_database, "DELETE FROM ledger_line WHERE number = 2")
    assert main(["ledger", "verify", "--root", str(premises.root)]) == 1
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("station: 5 lines hold; 1 receipted heads fit.")
    assert said[1] == "courier: BROKEN at line 2. It is missing."


def test_where_there_is_no_ledger_nothing_is_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ledger", "verify", "--root", str(tmp_path)]) == 2
    assert "cannot be read" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
