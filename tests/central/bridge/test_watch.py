"""Headquarters' own looks at people's data are counted from its ledger."""

from datetime import UTC, datetime, timedelta

from central.bridge.ledger import append_line
from central.bridge.watch import READS_MAX, watch
from tests.central.bridge.counter import Counter
from vault.access import Access, Purpose, access

# noon on a Wednesday: within the hours wherever in Europe this machine stands
NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


def looked(counter: Counter, *, times: int, uid: int = 7, before: timedelta = timedelta()) -> None:
    with counter.session() as session, session.begin():
        for second in range(times):
            at = NOON - before - timedelta(seconds=times - second)
            append_line(session, at, kind="subject-found", detail={"tenant": "lt", "uid": uid})


def watched(counter: Counter) -> list[str]:
    with counter.session() as session, session.begin():
        watch(session, at=NOON)
    return [str(line["what"]) for line in counter.lines() if line["kind"] == "incident-opened"]


def test_a_mass_read_is_one_incident_however_often_it_is_looked_for(counter: Counter) -> None:
    looked(counter, times=READS_MAX, uid=7)
    looked(counter, times=READS_MAX + 1, uid=8)
    assert watched(counter) == ["uid 8"]
    assert watched(counter) == ["uid 8"]


def test_lists_of_parcels_and_evidence_are_looks_too(counter: Counter) -> None:
    with counter.session() as session, session.begin():
        for second in range(READS_MAX + 1):
            at = NOON - timedelta(seconds=READS_MAX + 1 - second)
            listed = access("uid:0", Purpose.OVERSEE, parcels=4, held=False)
            append_line(session, at, kind=Access.PARCELS_LISTED, detail=listed)
    looked(counter, times=READS_MAX - 1, uid=9)
    with counter.session() as session, session.begin():
        for _ in range(2):
            append_line(session, NOON, kind="evidence-given", detail={"uid": 9})
    # the second one's other looks were at one tenant's people, and evidence is of all tenants
    assert watched(counter) == ["uid 0"]


def test_what_is_long_past_was_looked_at_then(counter: Counter) -> None:
    looked(counter, times=READS_MAX + 1, before=timedelta(hours=2))
    assert watched(counter) == []
