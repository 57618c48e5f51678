"""The demo's operator: drives one visit through the station's HTTP interface, and decides as a careful person would."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import httpx

from provisioning.demo.request import DemoRequest
from provisioning.errors import InputRefused, PromiseBroken

OPERATOR = "demo-operator"
VISIT_LIMIT_S = 90.0
PARCEL_LIMIT_S = 120.0
AGAIN_S = 0.1
GATES_REASON = "Demo: this picture does not pass every gate, and the operator takes it to show the whole way"

View = dict[str, Any]

_INPUT_FAULTS = frozenset({"recording-unreadable", "device-options", "frame-unusable", "print-frame-unusable"})
"""Faults that what was given has caused: nothing is broken."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """The end of the visit, and the beginning of the parcel."""

    visit: View
    """The visit as the station showed it last."""
    parcel: str
    """The parcel's id."""
    digest: str
    """SHA-256 of the sealed bytes, as the station sealed them."""


class Operator:
    """Knows the API and nothing else of the station."""

    def __init__(self, station: httpx.AsyncClient, *, note: Callable[[str, str], object]) -> None:
        """:param station: client on the station's Unix socket. :param note: is told what happens: step and detail."""
        self._station = station
        self._note = note
        self._shown = 0

    async def enrol(self, request: DemoRequest) -> Sealed:
        """One enrolment. :raises: InputRefused when the visit is refused, PromiseBroken when a machine failed."""
        visit = await self._open(request)
        try:
            async with asyncio.timeout(VISIT_LIMIT_S):
                view = await self._drive(visit)
        except TimeoutError:
            raise PromiseBroken("The visit did not end in time.") from None
        if view["state"] == "done" and view["sealed"] is not None:
            return Sealed(view, str(view["parcel"]), str(view["sealed"]["digest"]))
        end = view["end"] or {"code": "unknown", "sentence": "The visit ended without a reason."}
        if view["state"] == "refused" or end["code"] in _INPUT_FAULTS:
            raise InputRefused(str(end["code"]), str(end["sentence"]))
        raise PromiseBroken(f"The visit ended as {view['state']}: {end['sentence']}")

    async def follow(self, parcel: str) -> View:
        """What became of the parcel, once it was wiped. :raises: PromiseBroken when it is not, in time."""
        state, history = "", View()
        try:
            async with asyncio.timeout(PARCEL_LIMIT_S):
                while state not in {"wiped", "quarantined"}:
                    history = await self._ask("GET", f"/v1/parcels/{parcel}?after={state}&wait_s=5")
                    state = self._parcel_state(history, before=state)
        except TimeoutError:
            raise PromiseBroken(f"The parcel was not wiped in time; it is {state or 'unknown'}.") from None
        if state != "wiped":
            raise PromiseBroken("The parcel waits for a person instead of being wiped.")
        return history

    def _parcel_state(self, history: View, *, before: str) -> str:
        state = str(history.get("state", before))
        if state != before:
            self._note("parcel", state)
        return state

    async def _open(self, request: DemoRequest) -> str:
        body = {
            "application": request.application,
            "operator": OPERATOR,
            "notice_language": "en",
            "missing": {finger.value: reason.value for finger, reason in request.missing.items()},
        }
        answer = await self._station.post("/v1/visits", json=body)
        content = answer.json()
        if answer.is_error:
            raise InputRefused(str(content["code"]), str(content["sentence"]))
        return str(content["visit"])

    async def _drive(self, visit: str) -> View:
        sequence, refused = -1, None
        while True:
            view = await self._ask("GET", f"/v1/visits/{visit}?after={sequence}&wait_s=5")
            if view.get("code") == "visit-unknown":
                raise PromiseBroken("The station was started again and gave the visit up; nothing of it was kept.")
            if "sequence" not in view:
                continue
            sequence = view["sequence"]
            self._show(view)
            if view["settled"]:
                return _refused_as(view, refused)
            if view["waiting"] is not None:
                decision, why = self._decide(view["waiting"])
                refused = why or refused
                await self._ask("POST", f"/v1/visits/{visit}/decisions", body=decision)

    def _decide(self, waiting: View) -> tuple[dict[str, str], tuple[str, str] | None]:
        """The decision, and why the visit is refused if it is."""
        match waiting["what"]:
            case "doubtful-portrait":
                gates = ", ".join(waiting["gates"])
                self._note("operator", f"accepts the portrait although these gates failed: {gates}")
                return {"decision": "accept", "reason": f"{GATES_REASON} ({gates})"}, None
            case "confirm":
                return {"decision": "confirm"}, None
            case "nothing-taken":
                return _refusal(str(waiting["hint"]), str(waiting["sentence"]))
            case _:
                sentence = "Fewer than two fingers can be given now and no rule covers it: the visit is postponed."
                return _refusal(str(waiting["shortage"]), sentence)

    def _show(self, view: View) -> None:
        for entry in view["timeline"][self._shown :]:
            self._note(entry["step"], entry["detail"])
        self._shown = len(view["timeline"])

    async def _ask(self, method: str, url: str, *, body: dict[str, str] | None = None) -> View:
        """The answer, or an empty one; silence and refusals come a moment later, so that one may ask again at once.

        A process that is being started again says nothing at first, or that it cannot answer yet.
        """
        view = View()
        try:
            answer = await self._station.request(method, url, json=body)
            view = cast(View, answer.json())
            if answer.is_success:
                return view
        except (httpx.HTTPError, ValueError):
            pass
        await asyncio.sleep(AGAIN_S)
        return view


def _refused_as(view: View, refused: tuple[str, str] | None) -> View:
    """The view with the sentence that led to the refusal, where the operator refused for one."""
    if refused is None or view["state"] != "refused":
        return view
    code, sentence = refused
    return {**view, "end": {"code": code, "sentence": sentence}}


def _refusal(code: str, sentence: str) -> tuple[dict[str, str], tuple[str, str]]:
    return {"decision": "refuse", "reason": "biometrics-refused"}, (code, sentence)
