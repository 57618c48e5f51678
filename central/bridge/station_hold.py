"""Holds at stations: a signed command keeps what a station has of visits, whatever its age, until a day.

What a hold is for is said in the command and stays in both ledgers: a case's number, and no name.
"""

import json
import os
from collections.abc import Mapping, Sequence
from datetime import datetime

from pydantic import ValidationError
from sqlalchemy import select
from ulid import ULID

from agent.wire import Command, CommandVerb
from agent.wire.document import instant_text
from central.bridge.beside import opened_beside, writing_beside
from central.bridge.command import COMMAND_LIFE, issue, next_counter
from central.bridge.ledger import append_line
from central.bridge.tables import CommandRow
from central.errors import CommandRefused
from central.paths import Paths
from central.pki.registry import Registry
from central.pki.set_up import receipt_key
from vault.ledger import Detail

_VERBS = (CommandVerb.HOLD, CommandVerb.UNHOLD)


def hold_at_station(
    paths: Paths, place: tuple[str, str], *, parcels: Sequence[str], terms: tuple[str, datetime], at: datetime
) -> str:
    """Have a station hold the records of these parcels' visits; the command's id.

    :param place: tenant and station. :param terms: why, and until when.
    :raises: CommandRefused; StationUnknown; SetUpError, CentralError when the database does not answer.
    """
    reason, until = terms
    if until <= at:
        raise CommandRefused("A hold ends on a day to come.")
    fields = {"verb": CommandVerb.HOLD, "parcels": tuple(parcels), "hold": {"reason": reason, "until": until}}
    return _give(paths, place, fields=fields, said=(reason, at))


def lift_at_station(paths: Paths, place: tuple[str, str], *, parcels: Sequence[str], reason: str, at: datetime) -> str:
    """Have a station lift every hold of these parcels; the command's id. :raises: as `hold_at_station`."""
    fields = {"verb": CommandVerb.UNHOLD, "parcels": tuple(parcels)}
    return _give(paths, place, fields=fields, said=(reason, at))


def station_holds(paths: Paths) -> list[str]:
    """One JSON object for each such command, oldest first, with its outcome. :raises: SetUpError, CentralError."""
    wanted = select(CommandRow).where(CommandRow.verb.in_([verb.value for verb in _VERBS]))
    with opened_beside(paths) as session:
        rows = session.scalars(wanted.order_by(CommandRow.made_at, CommandRow.counter))
        return [
            json.dumps(
                {
                    "command": row.id,
                    "tenant": row.tenant,
                    "station": row.station,
                    "verb": row.verb,
                    "made_at": instant_text(row.made_at),
                    "outcome": row.outcome,
                    "answered_at": None if row.answered_at is None else instant_text(row.answered_at),
                }
            )
            for row in rows
        ]


def _give(paths: Paths, place: tuple[str, str], *, fields: Mapping[str, object], said: tuple[str, datetime]) -> str:
    (tenant, station), (reason, at) = place, said
    # a station that is not enrolled would never answer
    Registry(paths.stations).known(tenant, station)
    key = receipt_key(paths, at=at)
    # nobody else takes the counter meanwhile
    with writing_beside(paths) as session:
        given = {
            "tenant": tenant,
            "station": station,
            "id": str(ULID.from_datetime(at)).lower(),
            "counter": next_counter(session, tenant, station=station),
            "issued": at,
            "expires": at + COMMAND_LIFE,
            "key": key.kid,
        }
        try:
            command = Command.model_validate({**given, **fields})
        except ValidationError:
            raise CommandRefused(
                "A hold names 1 to 100 parcels by their ids, and its reason is 3 to 200 long."
            ) from None
        issue(session, command, key=key)
        detail: Detail = {
            "tenant": tenant,
            "station": station,
            "command": command.id,
            "verb": command.verb.value,
            "parcels": len(command.parcels),
            "reason": reason,
            "uid": os.getuid(),
        }
        append_line(session, at, kind="command-issued", detail=detail)
    return command.id
