"""`smilius destroy`: through the courier where it runs, on its disk where none does."""

import asyncio
import base64
from collections.abc import Callable, Sequence
from typing import TypeVar

from agent.compose.room import Room, open_room
from agent.config.paths import Paths
from agent.courier.destroyer import Demand
from agent.courier.destruction_api import shown
from agent.errors import AgentError, Refused
from agent.instance import only_instance
from agent.unix_http import UnixClient
from provisioning.destroy.demand import Loss
from provisioning.errors import InputRefused, PromiseBroken
from vault.errors import DestroyRefused, VaultError

_Result = TypeVar("_Result")


def undelivered(paths: Paths, parcels: Sequence[str] | None) -> Loss:
    """What would be lost. :raises: InputRefused, PromiseBroken."""

    def here(room: Room) -> Loss:
        room.desk.take_in()
        return [shown(parcel) for parcel in room.destroyer.survey(parcels)]

    body: dict[str, object] = {"parcels": None if parcels is None else list(parcels)}
    return _either(paths, here, address="/v1/destruction/survey", body=body, field="undelivered")


def destroy(paths: Paths, demand: Demand) -> Loss:
    """Destroy, and return what is gone. :raises: InputRefused, PromiseBroken when it goes on at the next start."""

    def here(room: Room) -> Loss:
        warrant = room.desk.attempt(lambda: room.destroyer.authorise(demand, verb="destroy"))
        return [shown(parcel) for parcel in room.desk.attempt(lambda: room.destroyer.finish(warrant))]

    body: dict[str, object] = {
        "undelivered": demand.undelivered,
        "orders": [base64.b64encode(order).decode() for order in demand.orders],
        "code": demand.code,
        "reason": demand.reason,
        "parcels": None if demand.parcels is None else list(demand.parcels),
    }
    return _either(paths, here, address="/v1/destruction", body=body, field="destroyed")


def _either(paths: Paths, here: Callable[[Room], Loss], *, address: str, body: dict[str, object], field: str) -> Loss:
    try:
        with only_instance(paths.courier, name="courier"):
            return _in_room(paths, here)
    except Refused as error:
        if error.reason != "already-running":
            raise InputRefused(error.reason, error.sentence) from None
    except AgentError as error:
        raise InputRefused(error.code, error.sentence) from None
    return asyncio.run(_asked(paths, address, body=body, field=field))


def _in_room(paths: Paths, here: Callable[[Room], Loss]) -> Loss:
    try:
        room = open_room(paths)
        try:
            room.desk.attempt(room.destroyer.resume)
            return here(room)
        finally:
            room.engine.dispose()
    except DestroyRefused as error:
        raise InputRefused(f"destroy-{error.condition}", error.sentence) from None
    except VaultError as error:
        raise PromiseBroken(error.sentence) from error


async def _asked(paths: Paths, address: str, *, body: dict[str, object], field: str) -> Loss:
    client = UnixClient(paths.courier_socket, name="courier")
    try:
        answer = await client.ask("POST", address, body=body)
    except Refused as error:
        raise InputRefused(error.reason, error.sentence) from None
    except AgentError as error:
        raise PromiseBroken(error.sentence) from error
    finally:
        await client.close()
    found = answer.get(field)
    if not isinstance(found, list):
        raise PromiseBroken("The courier gave no usable answer.")
    return found
