"""The report of an incident, with its four required parts: what the machine knows is filled in, the rest is marked.

Source: requirement R-BREACH-1 (DPA 5.4). The machine never says that there was a breach, nor that there was none.
"""

from dataclasses import dataclass
from datetime import datetime

from jinja2 import Environment, PackageLoader

from agent.wire import Trigger
from agent.wire.document import instant_text
from central.bridge.incident import hours_left
from central.bridge.tables import IncidentRow

LANGUAGES = ("lt", "en")

BY_A_PERSON = {"lt": "[pildo žmogus]", "en": "[to be filled by a person]"}

_TITLES = {
    "lt": (
        "Pranešimas apie galimą asmens duomenų saugumo pažeidimą",
        "1. Pobūdis, asmenų ir įrašų kategorijos bei apytikslis skaičius",
        "2. Kontaktinis asmuo",
        "3. Tikėtinos pasekmės",
        "4. Priemonės, kurių imtasi arba siūloma imtis",
    ),
    "en": (
        "Report of a possible personal data breach",
        "1. Nature, categories and approximate numbers of people and records",
        "2. Contact",
        "3. Likely consequences",
        "4. Measures taken or proposed",
    ),
}

_NATURE = {
    Trigger.LEDGER_BROKEN: (
        "Stoties žurnalo įrašų grandinė nesutampa: įrašas pakeistas arba pašalintas.",
        "A station's ledger does not hold together: a line was changed or taken out.",
    ),
    Trigger.TAMPER_UNATTENDED: (
        "Įranga atidaryta arba kratyta, kai stotyje niekas nedirbo arba ji buvo uždaryta.",
        "Equipment was opened or shaken while nobody worked at the station, or while it was closed.",
    ),
    Trigger.UNKNOWN_CERTIFICATE: (
        "Prisijungta su sertifikatu, kurio vardu ar raktu jokia stotis neregistruota.",
        "A certificate was used whose name or key belongs to no enrolled station.",
    ),
    Trigger.MASS_READ: (
        "Vienas naudotojas peržiūrėjo neįprastai daug asmens duomenų.",
        "One actor looked at unusually much personal data.",
    ),
    Trigger.UNKNOWN_USER: (
        "Į stoties procesą kreipėsi įrenginio naudotojas, kuriam tai neleidžiama; jam nieko neatsakyta.",
        "A user of the unit who may not talked to a process of the station; nothing was answered.",
    ),
    Trigger.UNKNOWN_BROKER: (
        "Vietoj tarpininko (broker) atsakė kažkas su kitu sertifikatu; stotis jam nieko neperdavė.",
        "Something with another certificate answered in the broker's place; the station gave it nothing.",
    ),
    Trigger.KEY_OUT_OF_HOURS: ("Raktas naudotas ne darbo metu.", "A key was used outside working hours."),
    Trigger.STATION_CONTRADICTED: (
        "Tai, ką stotis pasirašė apie save, nesutampa su tuo, kas žinoma centre.",
        "What a station signed of itself does not fit what headquarters knows.",
    ),
    Trigger.UNIT_LOST: ("Įrenginys pamestas arba pavogtas.", "A unit is lost or stolen."),
}

_SEALED = (
    "Stotyje laikomi siuntiniai užšifruoti centro raktu; stotis jų atverti negali. Ar kas nors pasiekė atvirus "
    "duomenis vizito metu, mašina nežino.",
    "Parcels at a station are encrypted to headquarters' key, and the station cannot open them. Whether somebody "
    "reached plaintext during a visit, the machine does not know.",
)


@dataclass(frozen=True, slots=True)
class Part:
    """One of the four."""

    title: str
    """Its heading."""
    lines: tuple[str, ...]
    """What is known, and what a person must fill in."""


def parts(row: IncidentRow, *, language: str, parcels: int) -> tuple[Part, ...]:
    """The four parts.

    :param parcels: parcels of the station that central has and MIGRIS has not decided on.
    """
    at = LANGUAGES.index(language)
    person, titles = BY_A_PERSON[language], _TITLES[language]
    nature = _NATURE[Trigger(row.trigger)][at]
    since, known = instant_text(row.since), instant_text(row.known_at)
    if language == "lt":
        lines = (
            f"{nature} ({row.trigger}: {row.what})",
            f"Vieta: {row.tenant}/{row.station}; nuo {since}; žinoma nuo {known}.",
            f"Įrašų apytiksliai: {person if row.records is None else row.records}.",
            f"Centre laukia neišspręstų šios stoties siuntinių: {parcels}; kiek jų dar stotyje, mašina nežino.",
            f"Asmenų kategorijos ir skaičius: {person}",
        )
    else:
        lines = (
            f"{nature} ({row.trigger}: {row.what})",
            f"Place: {row.tenant}/{row.station}; since {since}; known since {known}.",
            f"Records, about: {person if row.records is None else row.records}.",
            f"Undecided parcels of this station at headquarters: {parcels}; how many are still at the station, the "
            "machine does not know.",
            f"Categories and number of people: {person}",
        )
    return (
        Part(titles[1], lines),
        Part(titles[2], (person,)),
        Part(titles[3], (_SEALED[at], person)),
        Part(titles[4], (person,)),
    )


def as_text(row: IncidentRow, *, language: str, parcels: int, now: datetime) -> str:
    """To be mailed or printed."""
    lines = [_TITLES[language][0], f"{row.id}  {_clock(row, language=language, now=now)}", ""]
    for part in parts(row, language=language, parcels=parcels):
        lines += [part.title, *(f"  {line}" for line in part.lines), ""]
    return "\n".join(lines)


def as_page(row: IncidentRow, *, language: str, parcels: int, now: datetime) -> str:
    """The same as a page to print."""
    environment = Environment(loader=PackageLoader("central.bridge", "."), autoescape=True)
    return environment.get_template("breach.html").render(
        title=_TITLES[language][0],
        language=language,
        name=row.id,
        clock=_clock(row, language=language, now=now),
        parts=parts(row, language=language, parcels=parcels),
    )


def _clock(row: IncidentRow, *, language: str, now: datetime) -> str:
    due, left = instant_text(row.due_at), hours_left(row, at=now)
    return f"iki {due} ({left:.1f} val.)" if language == "lt" else f"due {due} ({left:.1f} hours left)"
