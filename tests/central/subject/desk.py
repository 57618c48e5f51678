"""Requests as a person at headquarters writes them down, for the tests of this room."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from central.bridge.beside import opened_beside
from central.bridge.tables import LEDGER
from central.paths import Paths
from central.subject.machine import RequestForm, RequestKind, Step
from central.subject.register import Asked, Given, register, take
from tests.central.headquarters import TENANT

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
INSTRUCTION = "MD-2026-77"


def later(**by: float) -> datetime:
    return NOW + timedelta(**by)


def asked(kind: RequestKind = RequestKind.ACCESS, **changes: Any) -> Asked:
    fields: dict[str, Any] = {
        "tenant": TENANT,
        "kind": kind,
        "form": RequestForm.EMAIL,
        "language": "lt",
        "proof": "DVS-2026-114",
        "mandate": None,
    }
    return Asked(**{**fields, **changes})


def registered(paths: Paths, kind: RequestKind = RequestKind.ACCESS, *, received: datetime = NOW) -> str:
    return register(paths, asked(kind), received=received, at=max(received, NOW)).id


def in_order(paths: Paths, kind: RequestKind = RequestKind.ACCESS) -> str:
    request = registered(paths, kind)
    take(paths, request, step=Step.ACCEPT, given=Given(), at=NOW)
    return request


def ledger(paths: Paths) -> list[dict[str, Any]]:
    with opened_beside(paths) as session:
        return [json.loads(body) for body in session.scalars(select(LEDGER.c.body).order_by(LEDGER.c.number))]
