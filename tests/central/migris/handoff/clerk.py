"""A clerk at the far side of a drop: looks at what lies there, as the simulator does, and acknowledges."""

import json
from itertools import count
from pathlib import Path

from central.migris.connector import Submission
from central.migris.handoff.drop import ACK, OUT
from central.migris.simulator.check import CheckFailed, checked
from central.paths import write_whole
from tests.central.migris.test_direct import APPLICANT, NUMBERS

OPEN, CLOSED = NUMBERS[0], NUMBERS[2]
HEADER = "number,given_name,surname,birth_date,citizenship,state,open"
ROLL = f"""{HEADER}
{OPEN},{APPLICANT.given_name},{APPLICANT.surname},{APPLICANT.birth_date},{APPLICANT.citizenship},submitted,yes
{CLOSED},Jonas,"Pavyzdys, jaunesnysis",1980-01-01,LTU,closed,no
"""


class Clerk:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._numbers = count(1)

    def waiting(self) -> list[str]:
        return sorted(path.name for path in (self.folder / OUT).iterdir())

    def say(self, name: str, said: object) -> None:
        write_whole(self.folder / ACK / f"{name}.json", json.dumps(said).encode())

    async def decide(self, given: Submission) -> None:
        name = given.key.replace("/", ".")
        place = self.folder / OUT / name
        manifest = json.loads((place / "manifest.json").read_bytes())
        assert manifest["application"] == given.application
        assert [file["size_bytes"] for file in manifest["files"]] == [(place / "transaction.an2").stat().st_size]
        self.say(name, self._decision(given))

    def _decision(self, given: Submission) -> dict[str, object]:
        try:
            checked(given.package)
        except CheckFailed as failed:
            return {"accepted": False, "code": "print-unusable", "part": failed.cause.part}
        if given.application != OPEN:
            return {"accepted": False, "code": "application-closed"}
        return {"accepted": True, "reference": f"MR-{next(self._numbers)}"}
