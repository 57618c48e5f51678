"""The ledger's words for an access to personal data: who saw or took what, and why. One enumeration for every process.

A line of one of these kinds has `by` (a person or a process), `why` (a purpose), and the ids of what it is about: a
keyed pseudonym, a visit, a parcel. It never has the data itself.
"""

from enum import StrEnum

from vault.ledger import Detail


class Access(StrEnum):
    """Kinds of lines that tell of an access. A parcel is opened, and with it handed to MIGRIS, in one step."""

    VISIT_VIEWED = "visit-viewed"
    """A user of the station's socket looked at a running visit for the first time: scores, missing fingers, state."""
    APPLICANT_SHOWN = "applicant-shown"
    """A user of the station's socket was shown the applicant's name, birth date and citizenship for the first time."""
    APPLICATION_ASKED = "application-asked"
    """An operator has MIGRIS asked about an application."""
    QUESTION_OPENED = "question-opened"
    """Headquarters' opener opens a station's question, and asks MIGRIS for whom an application is."""
    PARCEL_OPENED = "parcel-opened"
    """Headquarters' opener opens a parcel, checks it in memory and hands it to MIGRIS."""
    PARCEL_SHOWN = "parcel-shown"
    """A clerk at headquarters is shown a parcel that was handed off, or takes one of its files."""
    PARCELS_LISTED = "parcels-listed"
    """A person at headquarters lists parcels: ids, places and states."""


class Purpose(StrEnum):
    """Why."""

    CONDUCT_VISIT = "conduct-visit"
    """To drive the visit."""
    COMPARE_CLIENT = "compare-client"
    """To compare the client with the application (R-VISIT-10)."""
    CHECK_APPLICATION = "check-application"
    """To know whether the application takes biometrics (R-VISIT-1)."""
    DELIVER = "deliver-to-migris"
    """To attach what was captured to the application (R-VISIT-2)."""
    OVERSEE = "oversee"
    """To see what is where, and what waits for a person."""


def access(by: str, why: Purpose, **ids: str | int | bool | None) -> Detail:
    """What such a line tells.

    :param by: `uid:1000`, `operator:op-7`, or a process of ours such as `opener`.
    :param ids: what it is about; nothing personal.
    """
    return {"by": by, "why": why.value, **ids}
