"""A test's operator: drives a visit over the station's socket as far as the station lives."""

import sqlite3
import time
from pathlib import Path
from typing import Any

import httpx

from agent.config.paths import Paths
from tests.journey.consignment import PATIENCE_S, answered, pause

View = dict[str, Any]

_ANSWERS = {
    "doubtful-portrait": {"decision": "accept", "reason": "a test takes what it gets"},
    "confirm": {"decision": "confirm"},
}


class StationClient:
    """Asks the station; a station that is not there is waited for."""

    def __init__(self, paths: Paths) -> None:
        self._database = paths.station_database
        transport = httpx.HTTPTransport(uds=str(paths.station_socket))
        self._http = httpx.Client(transport=transport, base_url="http://station", timeout=30.0)

    def until_ready(self, *, within_s: float = PATIENCE_S) -> None:
        """Return when a visit can be opened."""
        deadline = time.monotonic() + within_s
        while self._try("GET", "/v1/health").get("ready") is not True:
            assert time.monotonic() < deadline, "the station does not get ready"
            pause()

    def visit(self, *, application: str, stop_at: str = "") -> View:
        """One visit to its end, or to the question `stop_at`, or as far as the station lived."""
        body = {"application": application, "operator": "tester", "notice_language": "en", "missing": {}}
        opened = self._try("POST", "/v1/visits", body=body)
        view: View = {}
        while "visit" in opened:
            sequence = view.get("sequence", -1)
            seen = self._try("GET", f"/v1/visits/{opened['visit']}?after={sequence}&wait_s=5")
            if "sequence" not in seen:
                return view
            view = seen
            waiting = None if view["waiting"] is None else view["waiting"]["what"]
            if view["settled"] or (stop_at and waiting == stop_at):
                return view
            if waiting is not None:
                self.decide(view, _ANSWERS[waiting])
        return view

    def decide(self, view: View, decision: dict[str, str]) -> None:
        self._try("POST", f"/v1/visits/{view['visit']}/decisions", body=decision)

    def view(self, visit: str) -> View:
        return self._try("GET", f"/v1/visits/{visit}")

    def newest_visit(self) -> dict[str, Any] | None:
        """The newest row of the station's own database: id, parcel, state, code."""
        with sqlite3.connect(f"file:{self._database}?mode=ro", uri=True) as database:
            row = database.execute("SELECT id, parcel, state, code FROM visit ORDER BY rowid DESC LIMIT 1").fetchone()
        database.close()
        return None if row is None else dict(zip(("id", "parcel", "state", "code"), row, strict=True))

    def close(self) -> None:
        self._http.close()

    def _try(self, method: str, url: str, *, body: dict[str, Any] | None = None) -> View:
        """The answer, or an empty one when nobody answers."""
        return answered(self._http, method, url, body=body) or {}


def workers_of(root: Path) -> list[int]:
    """Process ids of the visit workers on this stage."""
    found: list[int] = []
    for folder in Path("/proc").iterdir():
        try:
            command = (folder / "cmdline").read_bytes().split(b"\0")
        except (OSError, NotADirectoryError):
            continue
        if b"worker" in command and str(root).encode() in command:
            found.append(int(folder.name))
    return found
