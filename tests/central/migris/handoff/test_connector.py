"""The hand-off: it conforms with a clerk at the other end, answers from a roll or not at all, and keeps nothing."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from agent.clock import SystemClock
from central.errors import ConnectorRefused, ConnectorSilent
from central.migris.connector import Accepted, Declined, Handover, Pending, Submission
from central.migris.handoff.connector import HandoffConnector
from central.migris.handoff.drop import FolderDrop
from central.migris.handoff.roll import Roll
from tests.central.migris.conformance import ConnectorConformance, FarSide, Questions, submission
from tests.central.migris.handoff.clerk import ROLL, Clerk
from tests.central.migris.test_direct import APPLICANT, NUMBERS
from tests.central.parcels import Visit, new_id

PARCEL = "01jd8x4w3v5qk6zr9t2m7n1pbc"


@pytest.fixture
def clerk(tmp_path: Path) -> Clerk:
    return Clerk(tmp_path / "drop")


@pytest.fixture
def roll(tmp_path: Path) -> Path:
    path = tmp_path / "applications.csv"
    path.write_text(ROLL)
    return path


def handing(folder: Path, roll: Path | None = None) -> HandoffConnector:
    clock = SystemClock()
    answers = None if roll is None else Roll(roll, max_age=timedelta(hours=24), clock=clock)
    return HandoffConnector(FolderDrop(folder), roll=answers, clock=clock)


@pytest.fixture
def connector(clerk: Clerk, roll: Path) -> HandoffConnector:
    return handing(clerk.folder, roll)


class TestHandoffConnector(ConnectorConformance, Questions):
    @pytest.fixture
    def unreachable(self, tmp_path: Path) -> HandoffConnector:
        (tmp_path / "no folder").write_text("")
        return handing(tmp_path / "no folder")

    @pytest.fixture
    def far(self, clerk: Clerk) -> FarSide:
        return FarSide(*NUMBERS, decide=clerk.decide)


def visit() -> Submission:
    return submission(Visit(parcel=new_id()))


async def test_what_nobody_here_can_answer_is_said_so(connector: HandoffConnector, clerk: Clerk) -> None:
    with pytest.raises(ConnectorSilent, match="compares no prints"):
        await connector.compare(Handover(NUMBERS[0], {"left-index": b"ridges"}))
    with pytest.raises(ConnectorSilent, match="ask by hand"):
        await connector.submissions(NUMBERS[0])
    without = handing(clerk.folder)
    with pytest.raises(ConnectorSilent, match="without a roll"):
        await without.find(NUMBERS[0])
    with pytest.raises(ConnectorSilent):
        await without.search(APPLICANT)


async def test_names_of_files_and_the_log_have_nothing_of_a_person(
    connector: HandoffConnector, clerk: Clerk, caplog: pytest.LogCaptureFixture
) -> None:
    given = visit()
    await connector.submit(given)
    clerk.say(given.key.replace("/", "."), {"accepted": True, "reference": "Ona Pavyzdė, " + given.application})
    for _ in range(3):
        assert await connector.outcome(given.key) == Pending()
    names = [str(path.relative_to(clerk.folder)) for path in clerk.folder.rglob("*")]
    assert len(names) == 7
    said = " ".join(names) + caplog.text
    assert len(caplog.messages) == 1, "once"
    for personal in (given.application, "Ona", "Pavyzd"):
        assert personal not in said


@pytest.mark.parametrize(
    "said",
    [
        None,
        {"accepted": True},
        {"accepted": True, "reference": ""},
        {"accepted": True, "reference": "MR-1", "code": "other-person"},
        {"accepted": False},
        {"accepted": False, "reference": "MR-1", "code": "other-person"},
        {"accepted": False, "code": "print-unusable"},
        {"accepted": False, "code": "bad", "part": "left-index"},
        {"accepted": "yes", "reference": "MR-1"},
        {"accepted": True, "reference": "MR-1", "note": "more"},
        "x" * 5000,
    ],
)
async def test_an_acknowledgement_that_says_nothing_changes_nothing(
    connector: HandoffConnector, clerk: Clerk, said: object
) -> None:
    given = visit()
    await connector.submit(given)
    name = given.key.replace("/", ".")
    clerk.say(name, said)
    assert await connector.outcome(given.key) == Pending()
    assert await connector.submit(given) == Pending()
    clerk.say(name, {"accepted": True, "reference": "MR-1"})
    assert await connector.outcome(given.key) == Accepted("MR-1"), "and one that says something is taken"


async def test_a_decision_outlives_the_parcel_so_that_it_is_not_handed_off_again(
    connector: HandoffConnector, clerk: Clerk
) -> None:
    given = visit()
    await connector.submit(given)
    assert clerk.waiting() == [given.key.replace("/", ".")]
    await clerk.decide(given)
    await connector.forget(given.key)
    assert clerk.waiting() == []
    (left,) = [path for path in clerk.folder.rglob("*") if path.is_file()]
    assert json.loads(left.read_bytes()).keys() == {"accepted", "reference"}
    assert isinstance(await handing(clerk.folder).submit(given), Accepted)
    assert clerk.waiting() == []


async def test_a_refusal_by_hand_names_the_finger(connector: HandoffConnector, clerk: Clerk) -> None:
    given = visit()
    await connector.submit(given)
    clerk.say(given.key.replace("/", "."), {"accepted": False, "code": "print-unusable", "part": "right-index"})
    declined = await connector.outcome(given.key)
    assert isinstance(declined, Declined)
    assert (declined.cause.part, declined.cause.code) == ("right-index", "print-unusable")


async def test_a_parcel_that_somebody_took_away_is_not_known(connector: HandoffConnector, clerk: Clerk) -> None:
    given = visit()
    await connector.submit(given)
    await connector.forget(given.key)
    assert await connector.outcome(given.key) is None


@pytest.mark.parametrize("key", ["lt/../../etc", "lt/", "", f"LT/{PARCEL}", f"lt/{PARCEL}/x", f"../{PARCEL}"])
async def test_a_key_that_leads_elsewhere_is_refused(connector: HandoffConnector, key: str) -> None:
    with pytest.raises(ConnectorRefused):
        await connector.outcome(key)
    with pytest.raises(ConnectorRefused):
        await connector.submit(Submission(key=key, application="MIG-1", package=b""))
