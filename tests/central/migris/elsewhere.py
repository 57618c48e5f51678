"""A far side of other shapes: the simulator's memory and checks behind other addresses, fields and words."""

import base64
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from agent.clock import SystemClock
from agent.wire import Applicant, Cause
from central.migris.simulator.check import CheckFailed, checked
from central.migris.simulator.comparison import compared
from central.migris.simulator.store import OPEN_STATES, MigrisStore, SubmissionRow
from tests.central.parcels import new_id

MAPPING = """
url = "{url}"
idempotency_header = "X-Uzklausa"

[submit]
path = "/biometrija"

[verdicts]
status = "sprendimas.busena"
accepted = ["PRIIMTA"]
declined = ["ATMESTA"]
unknown = ["NERASTA"]
reference = "sprendimas.nr"
code = "sprendimas.klaida.kodas"
part = "sprendimas.klaida.dalis"

[verdicts.codes]
BLOGAS_ATSPAUDAS = "print-unusable"

[verdicts.parts]
KR = "left-index"
DR = "right-index"

[outcome]
path = "/biometrija/busena"

[find]
path = "/prasymai/vienas"
application = "nr"
state = "prasymas.busena"
open = ["submitted", "biometrics-received"]
given_name = "prasymas.asmuo.vardas"
surname = "prasymas.asmuo.pavarde"
birth_date = "prasymas.asmuo.gime"
citizenship = "prasymas.asmuo.pilietybe"

[search]
path = "/prasymai/asmens"
given_name = "vardas"
surname = "pavarde"
birth_date = "gime"
citizenship = "pilietybe"
applications = "numeriai"

[compare]
path = "/palyginimas"
application = "nr"
prints = "atspaudai"
finger = "pirstas"
wsq = "vaizdas"
likeness = "rezultatas"
words = {{ SUTAMPA = "same", NESUTAMPA = "other", NEAISKU = "unsure" }}

[submissions]
path = "/prasymai/pateikta"
application = "nr"
entries = "pateikta"
key = "raktas"
reference = "nr"
"""
_PARTS = {"left-index": "KR", "right-index": "DR"}
_WORDS = {"same": "SUTAMPA", "other": "NESUTAMPA", "unsure": "NEAISKU"}


class Elsewhere:
    """Answers; of the next submission whose answer is to be lost everything is taken and nothing said."""

    def __init__(self, folder: Path) -> None:
        self.store = MigrisStore(folder / "elsewhere.db")
        self.lose = False
        self.heard: list[tuple[str, bytes, dict[str, str]]] = []

    def lose_an_answer(self) -> None:
        self.lose = True

    def application(self) -> Starlette:
        routes = {
            "/biometrija": self._submit,
            "/biometrija/busena": self._outcome,
            "/prasymai/vienas": self._find,
            "/prasymai/asmens": self._search,
            "/prasymai/pateikta": self._submitted,
            "/palyginimas": self._compare,
        }
        return Starlette(routes=[Route(path, answer, methods=["POST"]) for path, answer in routes.items()])

    async def _submit(self, request: Request) -> Response:
        key, content = request.headers.get("X-Uzklausa") or f"be/{new_id()}", await request.body()
        self.heard.append((request.url.path, content, dict(request.headers)))
        row = self.store.submission(key) or self._decide(key, content)
        if self.lose:
            self.lose = False
            return Response(status_code=504)
        return _said(row)

    def _decide(self, key: str, content: bytes) -> SubmissionRow:
        at = SystemClock().now()
        try:
            number = checked(content).manifest.application_number
        except CheckFailed as failed:
            return self.store.decline(key, application="", cause=failed.cause, at=at)
        row = self.store.application(number)
        if row is None or row.state not in OPEN_STATES:
            cause = Cause(part=None, code="application-unknown", sentence="No.")
            return self.store.decline(key, application=number, cause=cause, at=at)
        return self.store.accept(key, application=number, package=content, at=at)

    async def _outcome(self, request: Request) -> Response:
        row = self.store.submission(request.headers["X-Uzklausa"])
        return JSONResponse({"sprendimas": {"busena": "NERASTA"}}) if row is None else _said(row)

    async def _find(self, request: Request) -> Response:
        row = self.store.application((await request.json())["nr"])
        if row is None:
            return JSONResponse({"prasymas": None})
        names = (row.given_name, row.surname, row.birth_date, row.citizenship)
        person = dict(zip(("vardas", "pavarde", "gime", "pilietybe"), names, strict=True))
        return JSONResponse({"prasymas": {"busena": row.state, "asmuo": person}})

    async def _search(self, request: Request) -> Response:
        asked = await request.json()
        person = Applicant(
            given_name=asked["vardas"],
            surname=asked["pavarde"],
            birth_date=asked["gime"],
            citizenship=asked["pilietybe"],
        )
        return JSONResponse({"numeriai": list(self.store.applications_of(person))})

    async def _submitted(self, request: Request) -> Response:
        rows = self.store.submissions_for((await request.json())["nr"])
        return JSONResponse({"pateikta": [{"raktas": row.key, "nr": row.reference} for row in rows]})

    async def _compare(self, request: Request) -> Response:
        asked = await request.json()
        packages = [row.package for row in self.store.submissions_for(asked["nr"]) if row.reference]
        given = {one["pirstas"]: base64.b64decode(one["vaizdas"]) for one in asked["atspaudai"]}
        likeness = compared(given, package=packages[-1]) if packages else None
        return JSONResponse({"rezultatas": None if likeness is None else _WORDS[likeness]})


def _said(row: SubmissionRow) -> Response:
    if row.reference is not None:
        return JSONResponse({"sprendimas": {"busena": "PRIIMTA", "nr": row.reference}})
    cause = Cause.model_validate_json(row.cause or "")
    trouble = {"kodas": "BLOGAS_ATSPAUDAS", "dalis": _PARTS.get(cause.part or "")}
    return JSONResponse({"sprendimas": {"busena": "ATMESTA", "klaida": trouble}})
