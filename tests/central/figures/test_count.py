"""What is counted of a year: out of the ledger and the tables, by tenant, cause and trigger; nothing personal."""

from pathlib import Path

import pytest
from sqlalchemy import text

from central.bridge.permission import decide
from central.cli import EXIT_FAILED, EXIT_REFUSED, main
from central.figures.count import INCIDENTS, PARCELS, REJECTED, TRANSFERS, count
from central.paths import Paths
from tests.central.bridge.counter import Counter
from tests.central.bridge.test_delivery import ACCEPTED, UNREADABLE
from tests.central.bridge.test_delivery import REJECTED as REFUSED_BY_MIGRIS
from tests.central.headquarters import Station
from tests.central.parcels import OPEN_APPLICATION, sealed

YEAR = 2026


@pytest.fixture
def year(headquarters: Paths, counter: Counter, station: Station) -> Paths:
    """One of each: accepted, rejected, set aside, waiting; and a parcel of the year after."""
    for outcome in (ACCEPTED, REFUSED_BY_MIGRIS, UNREADABLE):
        subject = counter.store(sealed(station, b"content"))
        counter.clock.forward(hours=2)
        counter.decide(subject, outcome)
    counter.store(sealed(station, b"waits"))
    decide(headquarters, "lt", transfer=False, reason="order 17", at=counter.clock.now())
    counter.clock.forward(days=60)
    counter.store(sealed(station, b"of the next year"))
    return headquarters


def figures(paths: Paths, of: int = YEAR) -> dict[tuple[str, str, str], float]:
    return {(one.section, one.name, one.tenant): one.value for one in count(paths, of).figures}


def test_parcels_are_counted_where_they_belong(year: Paths) -> None:
    found = figures(year)
    assert found[PARCELS, "arrived, enrolment", "lt"] == 4
    assert found[PARCELS, "accepted", "lt"] == 1
    assert found[PARCELS, "rejected", "lt"] == 1
    assert found[PARCELS, "wiped at headquarters after MIGRIS had them", ""] == 1
    assert found[PARCELS, "arrived, and waiting for a person now", ""] == 1
    assert found["How long parcels waited, hours", "arrived to decided: longest", ""] == 2.0
    assert found[TRANSFERS, "revoked", ""] == 1
    assert found["Access", "parcels opened for MIGRIS", ""] == 3
    assert figures(year, 2027)[PARCELS, "arrived, enrolment", "lt"] == 1
    assert (PARCELS, "accepted", "lt") not in figures(year, 2027)


def test_causes_and_triggers_are_named(year: Paths, counter: Counter, station: Station) -> None:
    found = figures(year)
    causes = {name: value for (section, name, _), value in found.items() if section == REJECTED}
    assert REFUSED_BY_MIGRIS.cause is not None
    assert sum(value for name, value in causes.items() if name.startswith(REFUSED_BY_MIGRIS.cause.code)) == 1
    assert causes["together"] == 1
    assert found[INCIDENTS, "together", ""] == sum(
        value for (section, _, tenant), value in found.items() if section == INCIDENTS and tenant
    )


def test_a_year_of_nothing_is_a_sheet_of_zeros(headquarters: Paths) -> None:
    assert set(figures(headquarters, 2025).values()) == {0}


def test_the_command_writes_both_forms(year: Paths, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "figures.md"
    arguments = ("figures", "--root", str(year.root), "--year", str(YEAR))
    assert main([*arguments, "--out", str(page)]) == 0
    assert capsys.readouterr().out.split() == [str(page), str(page.with_suffix(".csv"))]
    written = page.read_text() + page.with_suffix(".csv").read_text()
    assert "| arrived, enrolment | lt | 4 |" in written
    assert OPEN_APPLICATION not in written
    for options in (("--out", str(tmp_path / "figures.pdf")), ("--out", "/nowhere/figures.md")):
        assert main([*arguments, *options]) == EXIT_REFUSED
    assert main([*arguments[:3], "--year", "1999", "--out", str(page)]) == EXIT_REFUSED


def test_a_ledger_that_does_not_hold_gives_no_figures(year: Paths, counter: Counter, tmp_path: Path) -> None:
    with counter.session() as session, session.begin():
        session.execute(text("UPDATE ledger_line SET body = replace(body, 'stored', 'st0red') WHERE number = 1"))
    page = tmp_path / "figures.md"
    code = main(["figures", "--root", str(year.root), "--year", str(YEAR), "--out", str(page)])
    assert code == EXIT_FAILED
    assert not page.exists()
