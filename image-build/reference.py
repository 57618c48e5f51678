"""Writes docs/reference.md out of the code: commands, options, configuration, states, events, hints, codes, topics.

`python image-build/reference.py` writes it; tests/house compares it with what would be written now.
"""

import argparse
import ast
import inspect
import sys
import textwrap
from collections.abc import Iterator
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import get_args

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "image-build")]

from pydantic import BaseModel  # noqa: E402

import agent.errors  # noqa: E402
import capture.errors  # noqa: E402
import capture.records.errors  # noqa: E402
import central.errors  # noqa: E402
import drivers.contract.fault  # noqa: E402
import provisioning.errors  # noqa: E402
import vault.errors  # noqa: E402
from agent.cli import parser as agent_parser  # noqa: E402
from agent.config.courier import CourierSection  # noqa: E402
from agent.config.layers import flatten, load_default  # noqa: E402
from agent.config.place import PlaceSection  # noqa: E402
from agent.config.station import StationSection  # noqa: E402
from agent.courier.machine import ParcelEvent, ParcelState  # noqa: E402
from agent.visit.event import Event, RefusalReason  # noqa: E402
from agent.visit.state import VisitState  # noqa: E402
from agent.visit.visit import Wait  # noqa: E402
from agent.wire import How, ParcelKind, Stage, Trigger  # noqa: E402
from capture.finger.choice import Shortage  # noqa: E402
from capture.missing import MissingReason  # noqa: E402
from capture.rejection import RejectionReason  # noqa: E402
from central.cli import parser as central_parser  # noqa: E402
from central.fleet.cli import parser as fleet_parser  # noqa: E402
from central.subject.machine import RequestKind, RequestState, Step  # noqa: E402
from drivers.contract import DeviceKind, Finger, Hint  # noqa: E402
from drivers.registry import ABSENT, DRIVERS  # noqa: E402
from page import table  # noqa: E402
from provisioning.cli import parser as smilius_parser  # noqa: E402

TARGET = ROOT / "docs" / "reference.md"
HEAD = """# Reference

Written by `python image-build/reference.py` out of the code; a test compares. What the words mean: ARCHITECTURE.md.
"""


def render() -> str:
    """The whole page."""
    parts = [HEAD, *_commands(), *_configuration(), *_drivers(), *_machines(), *_words(), *_codes()]
    return "\n".join(parts).rstrip() + "\n"


def _commands() -> Iterator[str]:
    yield "## Commands\n"
    for parser in (smilius_parser(), central_parser(), fleet_parser(), agent_parser()):
        for name, verb in _verbs(parser, parser.prog):
            yield f"### `{name}`\n\n{verb.description or _help_of(parser, name)}\n"
            options = [(_spelling(action), action.help or "", _default(action)) for action in _options(verb)]
            if options:
                yield table(("option", "meaning", "default"), options)


def _verbs(parser: argparse.ArgumentParser, name: str) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    below = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not below:
        yield name, parser
    for action in below:
        for verb, child in action.choices.items():
            yield from _verbs(child, f"{name} {verb}")


def _help_of(parser: argparse.ArgumentParser, name: str) -> str:
    verbs = name.removeprefix(parser.prog).split()
    text = ""
    for verb in verbs:
        action = next(a for a in parser._actions if isinstance(a, argparse._SubParsersAction))
        text = next((choice.help or "" for choice in action._choices_actions if choice.dest == verb), text)
        parser = action.choices[verb]
    return text[:1].upper() + text[1:] + "."


def _options(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    return [action for action in parser._actions if action.dest != "help"]


def _spelling(action: argparse.Action) -> str:
    if not action.option_strings:
        return f"`{action.metavar}`"
    value = "" if action.nargs == 0 else " " + str(action.metavar or action.dest.upper())
    return f"`{action.option_strings[0]}{value}`"


def _default(action: argparse.Action) -> str:
    if action.required:
        return "needed"
    return "" if action.default in (None, False, []) else f"`{action.default}`"


def _configuration() -> Iterator[str]:
    yield "## Configuration\n\nTOML in `/etc/smilius/*.toml`; an unknown key is refused.\n"
    default = dict(flatten(load_default()))
    sections: dict[str, type[BaseModel]] = {"place": PlaceSection, "station": StationSection, "courier": CourierSection}
    rows = [
        (f"`{name}`", _text(meaning), f"`{default.get(name, value)}`")
        for section, model in sections.items()
        for name, meaning, value in _keys(model, section)
    ]
    yield table(("key", "meaning", "default"), rows)


def _keys(model: type[BaseModel], prefix: str) -> Iterator[tuple[str, str, object]]:
    meanings = _field_docstrings(model)
    for name, field in model.model_fields.items():
        below = field.annotation
        if inspect.isclass(below) and issubclass(below, BaseModel):
            yield from _keys(below, f"{prefix}.{name}")
        else:
            shown = "needed" if field.is_required() else _plain(field.get_default(call_default_factory=True))
            yield f"{prefix}.{name}", meanings.get(name, ""), shown
            for item in get_args(below):
                if inspect.isclass(item) and issubclass(item, BaseModel):
                    yield from _keys(item, f"{prefix}.{name}.*")


def _plain(value: object) -> object:
    if isinstance(value, BaseModel):
        return _plain(value.model_dump(mode="json", exclude_unset=True))
    if isinstance(value, dict):
        return {_plain(key): _plain(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value.value if isinstance(value, StrEnum) else value


def _field_docstrings(model: type) -> dict[str, str]:
    """What stands under each field of a class, in the class itself or a base."""
    found: dict[str, str] = {}
    for one in reversed(model.__mro__):
        if one.__module__.split(".")[0] in {"agent", "capture", "central", "drivers", "provisioning", "vault"}:
            tree = ast.parse(textwrap.dedent(inspect.getsource(one)))
            body = tree.body[0].body if isinstance(tree.body[0], ast.ClassDef) else []
            found.update(_documented(body))
    return found


def _documented(body: list[ast.stmt]) -> Iterator[tuple[str, str]]:
    for statement, after in zip(body, [*body[1:], ast.Pass()], strict=True):
        named: ast.expr | None = statement.target if isinstance(statement, ast.AnnAssign) else None
        if isinstance(statement, ast.Assign):
            named = statement.targets[0]
        if isinstance(named, ast.Name) and isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
            yield named.id, str(after.value.value)


def _drivers() -> Iterator[str]:
    yield "## Drivers\n"
    yield "Options go to the device that has the driver: `station.camera.options`, `station.relay.NAME.options`.\n"
    for kind in DeviceKind:
        yield f"### {kind.value}: " + ", ".join(f"`{name}`" for name in (ABSENT, *DRIVERS[kind])) + "\n"
        for name, entry in DRIVERS[kind].items():
            options = import_module(entry.module).Options
            rows = [(f"`{key}`", _text(meaning), f"`{value}`") for key, meaning, value in _keys(options, name)]
            yield table(("option", "meaning", "default"), rows)


def _machines() -> Iterator[str]:
    yield "## A visit\n"
    yield _enumeration("state", VisitState)
    yield "What the operator is asked:\n"
    yield _enumeration("question", Wait)
    yield "What happens to it:\n"
    events = sorted(Event.__args__, key=lambda event: event.__name__)
    yield table(("event", "meaning"), [(f"`{event.__name__}`", _text(event.__doc__ or "")) for event in events])
    yield "## A parcel\n"
    yield _enumeration("state", ParcelState)
    yield _enumeration("event", ParcelEvent)
    yield "What a receipt says:\n"
    yield _enumeration("stage", Stage)
    yield "How content ends:\n"
    yield _enumeration("how", How)
    yield "## A person's request about their own data\n"
    yield _enumeration("kind", RequestKind)
    yield _enumeration("state", RequestState)
    yield _enumeration("step", Step)


def _enumeration(head: str, words: type[StrEnum]) -> str:
    meanings = _field_docstrings(words)
    rows = [(f"`{word.value}`", _text(meanings.get(word.name, ""))) for word in words]
    return table((head, "meaning"), rows)


def _words() -> Iterator[str]:
    yield "## Words\n\nHints, when a step gave nothing usable:\n"
    yield table(
        ("hint", "to the operator", "to the client"),
        [(f"`{hint.value}`", hint.sentence, hint.client_sentence) for hint in Hint],
    )
    yield "Fingers: " + ", ".join(f"`{finger.value}`" for finger in Finger) + ".\n"
    missing = [f"`{reason.value}` ({'permanent' if reason.permanent else 'temporary'})" for reason in MissingReason]
    yield "Why a finger is missing: " + ", ".join(missing) + ".\n"
    yield "Why there are fewer fingers than wanted: " + ", ".join(f"`{one.value}`" for one in Shortage) + ".\n"
    rejected = ", ".join(f"`{reason.value}`" for reason in RejectionReason)
    yield f"Why the operator rejects a portrait: {rejected}.\n"
    yield "Why an application is refused: " + ", ".join(f"`{reason.value}`" for reason in RefusalReason) + ".\n"
    yield "Kinds of parcels: " + ", ".join(f"`{kind.value}`" for kind in ParcelKind) + ".\n"
    yield "What may be a breach, and starts headquarters' 24 hours:\n"
    yield _enumeration("trigger", Trigger)


def _codes() -> Iterator[str]:
    yield "## Codes of failures\n"
    modules = (
        drivers.contract.fault,
        vault.errors,
        capture.errors,
        capture.records.errors,
        agent.errors,
        central.errors,
        provisioning.errors,
    )
    rows = {
        (f"`{one.code}`", _text(one.__doc__ or ""))
        for module in modules
        for one in vars(module).values()
        if inspect.isclass(one)
        and issubclass(one, Exception)
        and hasattr(one, "code")
        and one.__module__ == module.__name__
    }
    yield table(("code", "meaning"), sorted(rows))


def _text(docstring: str) -> str:
    return " ".join(docstring.split("\n\n", maxsplit=1)[0].split())


if __name__ == "__main__":
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(render())
