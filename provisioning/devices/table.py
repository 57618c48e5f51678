"""A survey as text for a terminal of 80 columns, over SSH too. Pure."""

import textwrap
from collections.abc import Iterator

from agent.devices.view import View
from provisioning.devices.survey import Survey

WIDTH = 80

_STATES = {
    "present": "ready",
    "gone": "GONE",
    "denied": "NOT PERMITTED",
    "several": "AMBIGUOUS",
    "not-followed": "not plugged into this machine",
    "none": "none",
}


def table(survey: Survey) -> str:
    """The whole survey."""
    return "\n".join(_lines(survey))


def change_line(change: View) -> str:
    """One change, as `--watch` tells it."""
    what = change.get("role") or change.get("name")
    return " ".join(str(word) for word in (change["time"], change["change"], what, *_where(change)) if word)


def _lines(survey: Survey) -> Iterator[str]:
    measure = "as the station says" if survey.by_station else f"as {survey.user} may open them"
    yield f"Configured ({measure}{'; a visit holds them now' if survey.in_use else ''})"
    for one in survey.configured:
        yield f"  {one['role']:<22} {one['driver']:<12} {_STATES[str(one['presence'])]}"
        if one["presence"] not in {"present", "not-followed", "none"}:
            yield from _wrapped(str(one["sentence"]), indent=6)
    yield ""
    yield "Plugged in"
    if not survey.plugged:
        yield "  nothing that a station could use"
    for plugged in survey.plugged:
        yield from _plugged(plugged)
    if survey.unseen:
        yield ""
        yield from _wrapped(survey.unseen, indent=0)


def _plugged(one: View) -> Iterator[str]:
    yield from _wrapped(f"{one['name']}", indent=2)
    yield from _wrapped("; ".join(_facts(one)), indent=6)
    for sentence in (one["note"], one["remedy"]):
        if sentence:
            yield from _wrapped(str(sentence), indent=6)
    if one["rule"]:
        yield from _rule(str(one["rule"]))


def _facts(one: View) -> Iterator[str]:
    where = [one["ids"], f"at {one['socket']}", one["node"], f"serial {one['serial']}" if one["serial"] else None]
    yield ", ".join(str(fact) for fact in where if fact)
    if one["driver"]:
        proof = "tried on an emulator only" if one["tried"] == "emulator" else "tried on hardware"
        yield f"{one['sort']}, driver {one['driver']} ({proof})"
    if one["option"]:
        yield f"only with the option {one['option']} = true"
    permission = f"{one['mode']}, group {one['group']}" if one["mode"] else "no such file"
    yield f"{'may be opened' if one['may_be_opened'] else 'MAY NOT BE OPENED'} ({permission})"
    if one["held_by"]:
        yield f"held by {one['held_by']}"
    roles, lines = one["roles"], one["lines"]
    if isinstance(roles, list) and roles:
        yield f"configured as {', '.join(roles)}"
    if isinstance(lines, list) and lines:
        yield f"lines {', '.join(lines)}"


def _where(change: View) -> Iterator[str]:
    nodes = change.get("nodes")
    if isinstance(nodes, list):
        yield from map(str, nodes)
    elif change.get("node"):
        yield str(change["node"])
    if change.get("sentence") or change.get("remedy"):
        yield f"- {change.get('sentence') or change.get('remedy')}"


def _wrapped(text: str, *, indent: int) -> list[str]:
    space = " " * indent
    return textwrap.wrap(text, WIDTH, initial_indent=space, subsequent_indent=space, break_on_hyphens=False)


def _rule(rule: str) -> Iterator[str]:
    """Broken as udev allows it, so that what is shown can be copied."""
    lines = textwrap.wrap(rule, WIDTH - 10, break_on_hyphens=False, break_long_words=False)
    yield from (f"        {line} \\" for line in lines[:-1])
    yield f"        {lines[-1]}"
