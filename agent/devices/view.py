"""How devices are told of, on the station's API and by `smilius devices --json`: the same words for both."""

from collections.abc import Iterable
from datetime import datetime

from agent.devices.attendance import Known
from agent.devices.roll import Standing
from agent.wire.document import instant_text
from drivers.plugged import Plugged

View = dict[str, object]


def known_view(known: Iterable[Known]) -> list[View]:
    """One entry for each device of the configuration."""
    return [standing_view(one.standing, since=one.since) for one in known]


def standing_view(standing: Standing, *, since: datetime | None = None) -> View:
    """How one stands; `since` only where somebody follows it."""
    wanted = standing.wanted
    return {
        "role": wanted.role,
        "kind": wanted.kind.value,
        "driver": wanted.choice.driver,
        "presence": standing.presence.value,
        "since": None if since is None else instant_text(since),
        "sentence": standing.sentence,
        "nodes": [one.node for one in standing.plugged],
    }


def plugged_view(one: Plugged, *, roles: Iterable[str], holder: str) -> View:
    """One thing that is plugged in. :param roles: for what it is configured. :param holder: who has it open."""
    permission = one.permission
    return {
        "sort": one.sort.value,
        "name": one.name,
        "driver": one.driver or None,
        "tried": one.tried or None,
        "ids": one.ids or None,
        "socket": one.socket,
        "serial": one.serial or None,
        "node": one.node,
        "links": list(one.links),
        "option": one.option or None,
        "note": one.note or None,
        "lines": list(one.lines),
        "may_be_opened": permission.usable,
        "mode": permission.mode or None,
        "group": permission.group or None,
        "remedy": one.remedy or None,
        "rule": one.rule or None,
        "roles": list(roles),
        "held_by": holder or None,
    }
