"""The ledger is never cut, so it must name no applicant: by the pseudonym only, whatever happened in the visit."""

import json
from pathlib import Path
from typing import Any

from sqlalchemy import text

from agent.visit.event import Confirmed
from tests.agent.visit.headquarters import APPLICANT, APPLICATION
from tests.agent.visit.seat import Seat, seated
from vault.keys import Pseudonyms

KEYS = {
    "by",
    "code",
    "digest",
    "failure",
    "kind",
    "known",
    "language",
    "number",
    "open",
    "operator",
    "parcel",
    "question",
    "state",
    "subject",
    "time",
    "visit",
    "why",
}
"""All that the lines of such a visit say. `operator` and `by` name who drove it and who looked, as R-DATA-2 wants."""


def lines(seat: Seat) -> list[dict[str, Any]]:
    with seat.engine.connect() as connection:
        bodies = connection.execute(text("SELECT body FROM ledger_line ORDER BY number")).scalars()
        return [json.loads(body) for body in bodies]


async def test_a_whole_visit_leaves_a_pseudonym_in_the_ledger_and_nothing_else_of_the_applicant(tmp_path: Path) -> None:
    async with seated(tmp_path) as seat:
        visit = await seat.open()
        await seat.asked(visit, "confirm")
        assert (await seat.chair.look(visit, uid=1000))["applicant"] == APPLICANT.model_dump()
        await seat.decide(visit, "confirm", Confirmed())
        await seat.settled(visit)
        found = lines(seat)
        pseudonym = Pseudonyms(seat.claimed.paths.pseudonym_key).of(APPLICATION)
    assert {key for line in found for key in line} <= KEYS
    assert {line["subject"] for line in found if "subject" in line} == {pseudonym}
    assert {line["kind"] for line in found} >= {"visit-opened", "application-asked", "applicant-shown", "visit-ended"}
    said = json.dumps(found, ensure_ascii=False)
    assert not [name for name in (APPLICATION, *APPLICANT.model_dump().values()) if name in said]
