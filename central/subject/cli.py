"""`smilius-central subject`: every verb names a request; application numbers and names are read from standard input.

What is typed on a command line is seen by every account of the machine (`ps`): references only, nothing personal.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from agent.clock import SystemClock
from agent.wire import Applicant, CommandVerb
from central.errors import SubjectRefused
from central.paths import Paths
from central.settings import load_settings
from central.subject.letter import Letter
from central.subject.machine import RequestForm, RequestKind, Step
from central.subject.view import View, in_words

LANGUAGES = ("lt", "en")

ASKED = (CommandVerb.FIND, CommandVerb.RESTRICT, CommandVerb.LIFT, CommandVerb.ERASE)
"""What a station is asked for a person's request; holds are `smilius-central retention`'s."""


def add_verbs(verbs: "argparse._SubParsersAction[Any]") -> None:
    """The verbs below `smilius-central subject`."""
    register = verbs.add_parser("register", help="write a person's request into the register; says its id")
    register.add_argument("--tenant", required=True, help="whose client the person is")
    register.add_argument("--kind", required=True, choices=[kind.value for kind in RequestKind], help="what they ask")
    register.add_argument("--form", required=True, choices=[form.value for form in RequestForm], help="how it came")
    register.add_argument("--language", default="lt", choices=LANGUAGES, help="language of the drafts")
    register.add_argument("--proof", required=True, help="where the proof of identity is kept: a reference, no copy")
    register.add_argument("--mandate", help="where the representative's mandate is kept: a reference, no copy")
    register.add_argument("--received", help="when it came, RFC 3339 with a zone; now, where it is left out")
    listing = verbs.add_parser("list", help="all requests with their next deadline, oldest first")
    listing.add_argument("--open", action="store_true", help="only those that wait for somebody")
    show = _about(
        verbs, "show", meaning="all that is known of one request: steps, deadlines, parcels, commands, recipients"
    )
    step = _about(verbs, "step", meaning="take a step of a request")
    step.add_argument("--take", required=True, choices=[step.value for step in Step], help="which step")
    step.add_argument("--reason", help="why, as the person who asked was told")
    step.add_argument("--instruction", help="the controller's instruction: its reference")
    find = _about(
        verbs, "find", meaning="find the person's parcels; the application's number is read from standard input"
    )
    find.add_argument(
        "--by-name",
        action="store_true",
        help="read given name, surname, birth date (YYYY-MM-DD) and citizenship instead",
    )
    for verb in (register, listing, show, step, find, *_outward(verbs), *_acts(verbs)):
        _shared(verb)


def _outward(verbs: "argparse._SubParsersAction[Any]") -> list[argparse.ArgumentParser]:
    """What a person or another party is given."""
    export = _about(verbs, "export", meaning="write what is held about the person into a file that only you can read")
    export.add_argument("--out", type=Path, required=True, help="the file; .json, .csv or .xml says what it becomes")
    export.add_argument("--legal-basis", required=True, help="of the processing, as the controller's instruction says")
    export.add_argument("--instruction", required=True, help="the controller's instruction: its reference")
    draft = _about(verbs, "draft", meaning="print the draft of a letter; nothing is sent")
    draft.add_argument("--letter", required=True, choices=[one.value for one in Letter], help="which letter")
    draft.add_argument("--reason", help="why, in the letter's language")
    draft.add_argument("--language", choices=LANGUAGES, help="another language than the request's")
    told = _about(verbs, "recipients", meaning="show who else has the data, or note what one of them was told")
    told.add_argument("--recipient", help="of whom something is noted")
    told.add_argument("--told", help="they were told: where that is kept, a reference")
    told.add_argument("--not-told-because", help="why that is impossible or disproportionate")
    return [export, draft, told]


def _acts(verbs: "argparse._SubParsersAction[Any]") -> list[argparse.ArgumentParser]:
    """What is done with the parcels of a request."""
    restrict = _about(verbs, "restrict", meaning="keep the parcels and do not process them")
    lift = _about(verbs, "lift", meaning="let restricted parcels be processed again, after the person was told")
    lift.add_argument("--told", required=True, help="where it is kept that the person was told before: a reference")
    erase = _about(verbs, "erase", meaning="erase what MIGRIS refused and headquarters kept")
    ask = _about(
        verbs, "ask", meaning="send signed commands about the parcels to their stations; the bridge carries them"
    )
    ask.add_argument(
        "--verb",
        dest="asked",
        metavar="VERB",
        required=True,
        choices=[verb.value for verb in ASKED],
        help="what stations do",
    )
    for verb in (restrict, lift, erase, ask):
        verb.add_argument("--instruction", required=True, help="the controller's instruction: its reference")
    return [restrict, lift, erase, ask]


def _about(verbs: "argparse._SubParsersAction[Any]", name: str, *, meaning: str) -> argparse.ArgumentParser:
    verb: argparse.ArgumentParser = verbs.add_parser(name, help=meaning)
    verb.add_argument("--request", required=True, help="the request's id")
    return verb


def _shared(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--json", action="store_true", help="one JSON object or array instead of words")
    verb.add_argument("--root", type=Path, required=True, help="headquarters' folder")


def run(arguments: argparse.Namespace) -> int:
    """Run one verb. :raises: CentralError, VaultError with their sentence."""
    verbs: dict[str, Callable[[argparse.Namespace, Paths], object]] = {
        "register": _register,
        "list": _list,
        "show": _show,
        "step": _step,
        "find": _find,
    }
    verbs |= {"export": _export, "draft": _draft, "recipients": _recipients}
    verbs |= {"restrict": _restrict, "lift": _lift, "erase": _erase, "ask": _ask}
    said = verbs[arguments.subject_verb](arguments, Paths(arguments.root.resolve()))
    print(json.dumps(said, ensure_ascii=False) if arguments.json else in_words(said))
    return 0


def _register(arguments: argparse.Namespace, paths: Paths) -> View:
    from central.subject.register import Asked, register
    from central.subject.view import brief

    asked = Asked(
        tenant=arguments.tenant,
        kind=RequestKind(arguments.kind),
        form=RequestForm(arguments.form),
        language=arguments.language,
        proof=arguments.proof,
        mandate=arguments.mandate,
    )
    now = SystemClock().now()
    received = now if arguments.received is None else _moment(arguments.received)
    return brief(paths, register(paths, asked, received=received, at=now).id, now=now)


def _list(arguments: argparse.Namespace, paths: Paths) -> list[View]:
    from central.subject.view import listing

    return listing(paths, open_only=arguments.open, now=SystemClock().now())


def _show(arguments: argparse.Namespace, paths: Paths) -> View:
    from central.subject.view import whole

    return whole(paths, arguments.request, now=SystemClock().now())


def _step(arguments: argparse.Namespace, paths: Paths) -> View:
    from central.subject.register import Given, take
    from central.subject.view import brief

    now, given = SystemClock().now(), Given(reason=arguments.reason, instruction=arguments.instruction)
    return brief(paths, take(paths, arguments.request, step=Step(arguments.take), given=given, at=now).id, now=now)


def _find(arguments: argparse.Namespace, paths: Paths) -> View:
    return asyncio.run(_search(arguments, paths))


async def _search(arguments: argparse.Namespace, paths: Paths) -> View:
    from central.migris.choice import connector_of
    from central.subject.finding import find, resolve

    connector = connector_of(paths, load_settings(paths.settings), clock=SystemClock())
    try:
        numbers: Sequence[str] = (_line("application number"),) if not arguments.by_name else ()
        if arguments.by_name:
            numbers = await resolve(paths, arguments.request, applicant=_applicant(), connector=connector)
        at = SystemClock().now()
        return asdict(await find(paths, arguments.request, numbers=numbers, connector=connector, at=at))
    finally:
        await connector.close()


def _applicant() -> Applicant:
    given_name, surname = _line("given name"), _line("surname")
    return Applicant(
        given_name=given_name,
        surname=surname,
        birth_date=_line("birth date (YYYY-MM-DD)"),
        citizenship=_line("citizenship (three letters)"),
    )


def _export(arguments: argparse.Namespace, paths: Paths) -> View:
    from central.subject.export_file import export

    given, target = (arguments.instruction, SystemClock().now()), arguments.out.absolute()
    proof = export(paths, arguments.request, target=target, legal_basis=arguments.legal_basis, given=given)
    return {"file": str(target), "proof": f"{target}.proof", "sha256": proof.digest, "size_bytes": proof.size}


def _draft(arguments: argparse.Namespace, paths: Paths) -> str:
    from central.subject.letter import draft

    letter = Letter(arguments.letter)
    return draft(paths, arguments.request, letter=letter, language=arguments.language, reason=arguments.reason)


def _recipients(arguments: argparse.Namespace, paths: Paths) -> list[View]:
    from central.subject.view import recipients_noted

    said = (arguments.recipient, arguments.told, arguments.not_told_because)
    return recipients_noted(paths, arguments.request, said=said, at=SystemClock().now())


def _restrict(arguments: argparse.Namespace, paths: Paths) -> View:
    from central.subject.restriction import restrict

    at = SystemClock().now()
    return {"restricted": restrict(paths, arguments.request, instruction=arguments.instruction, at=at)}


def _lift(arguments: argparse.Namespace, paths: Paths) -> View:
    from central.subject.restriction import lift

    at, given = SystemClock().now(), arguments.instruction
    return {"lifted": lift(paths, arguments.request, told=arguments.told, instruction=given, at=at)}


def _erase(arguments: argparse.Namespace, paths: Paths) -> View:
    from central.subject.restriction import erase

    at = SystemClock().now()
    return {
        name: list(parcels)
        for name, parcels in asdict(erase(paths, arguments.request, instruction=arguments.instruction, at=at)).items()
    }


def _ask(arguments: argparse.Namespace, paths: Paths) -> View:
    from central.subject.command import ask

    at, verb = SystemClock().now(), CommandVerb(arguments.asked)
    return {"commands": ask(paths, arguments.request, verb=verb, instruction=arguments.instruction, at=at)}


def _line(what: str) -> str:
    if sys.stdin.isatty():
        print(f"{what}: ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip()


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise SubjectRefused("The time is not one: write it like 2026-11-22T08:00:00+02:00.") from None
    if moment.tzinfo is None:
        raise SubjectRefused("The time names no zone: write it like 2026-11-22T08:00:00+02:00.")
    return moment
