"""A check as it is printed: one JSON object, or text for a terminal of 80 columns. Pure."""

import textwrap
from collections.abc import Iterator
from dataclasses import asdict
from typing import Final

from agent.wire.document import instant_text
from drivers.contract.cctv import Ability, Recorded, Span, Stream
from provisioning.cctv.check import Check, Watched
from provisioning.cctv.words import WIDTH, amount, apart, counted, fit, moment

SPANS_SHOWN: Final = 12
"""So many of the newest are told to people."""

_INDENT: Final = 14

_LACKS: Final = {
    Ability.PICTURES: "give pictures",
    Ability.CLOCK: "tell its time",
    Ability.RECORDINGS: "say what it has recorded",
    Ability.SIGHTINGS: "tell what it notices",
}


def view(one: Check) -> dict[str, object]:
    """For `--json`; what was not found out is null."""
    facts, clock = one.facts, one.clock
    return {
        "name": one.name,
        "driver": one.driver,
        "well": one.well,
        "device": None
        if facts is None
        else {key: getattr(facts, key) for key in ("make", "model", "serial", "firmware", "simulated")},
        "stream": None if one.stream is None else asdict(one.stream),
        "pictures": None if one.watched is None else asdict(one.watched),
        "clock": None
        if clock is None
        else {**asdict(clock), "measured_at": instant_text(clock.measured_at), "stored": one.stored},
        "recorded": None
        if one.within is None
        else {**_span(one.within), "spans": [{"recording": fit(r.recording), **_span(r.span)} for r in one.recorded]},
        "lacks": [ability.value for ability in one.lacks],
        "troubles": [asdict(trouble) for trouble in one.troubles],
    }


def text(one: Check) -> str:
    """For people."""
    return "\n".join(_lines(one))


def _span(span: Span) -> dict[str, object]:
    return {"begin": instant_text(span.begin), "end": instant_text(span.end)}


def _lines(one: Check) -> Iterator[str]:
    yield f"{one.name} ({one.driver}): {'well' if one.well else 'NOT WELL'}"
    for head, said in _findings(one):
        yield from _wrapped(head, said)
    yield from (f"{'':{_INDENT}}{line}" for line in _spans(one.recorded))
    if one.lacks:
        yield from _wrapped("cannot", "; ".join(_LACKS[ability] for ability in one.lacks))
    for trouble in one.troubles:
        yield from _wrapped(trouble.part.upper(), f"{trouble.sentence} ({trouble.code})")


def _findings(one: Check) -> Iterator[tuple[str, str]]:
    facts, clock = one.facts, one.clock
    if facts is not None:
        named = [facts.make, facts.model, facts.serial and f"serial {facts.serial}"]
        yield "device", ", ".join(filter(None, [*named, facts.firmware and f"firmware {facts.firmware}"]))
    if one.stream is not None:
        yield "stream", _stream(one.stream)
    if one.watched is not None:
        yield "pictures", _watched(one.watched)
    if clock is not None:
        yield (
            "clock",
            f"{apart(clock.difference_ms)} the station's, give or take {amount(clock.uncertainty_ms)} "
            f"({clock.source}, {counted(clock.readings, 'reading')}{', stored' if one.stored else ''})",
        )
    if one.within is not None:
        yield "recorded", _recorded(one.within, one.recorded)


def _stream(stream: Stream) -> str:
    size = f"{stream.width_px} x {stream.height_px}" if stream.width_px and stream.height_px else "size not told"
    rate = "rate not told" if stream.rate_hz is None else f"{stream.rate_hz:g} pictures/s"
    return f"{stream.codec}, {size}, {rate}"


def _watched(watched: Watched) -> str:
    came = f"{watched.pictures} in {amount(watched.within_ms)}, {watched.keys} of them key pictures"
    return f"{came}; the newest is {amount(watched.age_ms)} old"


def _recorded(within: Span, recorded: tuple[Recorded, ...]) -> str:
    since = f"since {moment(within.begin)} by its own clock (UTC)"
    if not recorded:
        return f"nothing {since}"
    hidden = len(recorded) - SPANS_SHOWN
    return f"{since}: {counted(len(recorded), 'span')}" + (f", the newest {SPANS_SHOWN} of them" if hidden > 0 else "")


def _spans(recorded: tuple[Recorded, ...]) -> Iterator[str]:
    for one in recorded[-SPANS_SHOWN:]:
        yield f"{moment(one.span.begin)} to {moment(one.span.end)}  {fit(one.recording)[:22]}".rstrip()


def _wrapped(head: str, said: str) -> list[str]:
    first = f"  {head:<{_INDENT - 2}}"
    # a head that fills its column still needs a space behind it
    first = first if first.endswith(" ") else f"{first} "
    return textwrap.wrap(
        said, WIDTH, initial_indent=first, subsequent_indent=" " * _INDENT, break_on_hyphens=False
    ) or [first.rstrip()]
