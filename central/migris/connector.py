"""The contract with MIGRIS: find an application, submit biometrics under an idempotency key, ask by that key.

For a handover: are these prints the applicant's? For a person who asks about their own data: which applications are
theirs, and what was submitted for one of them. All of it on one page: docs/migris-contract.md.
"""

from dataclasses import dataclass, field
from typing import Protocol

from agent.wire import Applicant, Cause, Likeness


@dataclass(frozen=True, slots=True)
class ApplicationView:
    """What MIGRIS lets us know of an application."""

    state: str
    """Its state there."""
    open: bool
    """Whether biometrics may be added now."""
    applicant: Applicant = field(repr=False)
    """Whose it is."""


@dataclass(frozen=True, slots=True)
class Submission:
    """A verified package for one application."""

    key: str
    """The idempotency key: `tenant/parcel`."""
    application: str = field(repr=False)
    """The application's number."""
    package: bytes = field(repr=False)
    """The package as the station made it."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """MIGRIS has it."""

    reference: str
    """MIGRIS's reference."""


@dataclass(frozen=True, slots=True)
class Declined:
    """MIGRIS will not have it."""

    cause: Cause
    """The finger or the face, and why."""


@dataclass(frozen=True, slots=True)
class Pending:
    """MIGRIS has it and has not decided: it is asked again, by the key alone, and nothing is submitted again."""


Outcome = Accepted | Declined | Pending


@dataclass(frozen=True, slots=True)
class Handover:
    """Prints that somebody gave at a handover."""

    application: str = field(repr=False)
    """The number of the application that the card is for."""
    prints: dict[str, bytes] = field(repr=False)
    """WSQ by finger."""


@dataclass(frozen=True, slots=True)
class Submitted:
    """Something that was submitted for an application, whatever became of it."""

    key: str
    """The idempotency key: `tenant/parcel`."""
    reference: str | None
    """MIGRIS's reference, None when it was declined."""


class Connector(Protocol):
    """What every adapter does. Answers that were lost raise ConnectorSilent; the same call may be made again.

    What MIGRIS cannot be asked in this way at all raises ConnectorRefused: a person must look. Where a submission's
    answer was lost and the far side does not *remember*, `submit` raises ConnectorUnsure: a person decides.
    """

    @property
    def remembers(self) -> bool:
        """Whether the far side knows a submission again: by an idempotency key, or because it can be asked by one."""
        ...

    async def find(self, application: str) -> ApplicationView | None:
        """The application, or None when MIGRIS has none of this number. :raises: ConnectorSilent, ConnectorRefused."""
        ...

    async def outcome(self, key: str) -> Outcome | None:
        """What became of an earlier submission under this key, or None. :raises: ConnectorSilent, ConnectorRefused."""
        ...

    async def submit(self, submission: Submission) -> Outcome:
        """Hand over; the same key twice has the effect of once, where the far side remembers.

        :raises: ConnectorSilent, ConnectorRefused; ConnectorUnsure where it does not and may have it.
        """
        ...

    async def compare(self, handover: Handover) -> Likeness | None:
        """Whether prints are the applicant's; None without application or prints. :raises: as `find`."""
        ...

    async def search(self, applicant: Applicant) -> tuple[str, ...]:
        """Numbers of the applications of exactly this person. :raises: ConnectorSilent, ConnectorRefused."""
        ...

    async def submissions(self, application: str) -> tuple[Submitted, ...]:
        """All that was submitted for an application, oldest first. :raises: ConnectorSilent, ConnectorRefused."""
        ...

    async def forget(self, key: str) -> None:
        """Nothing of this submission is left at the connector itself; to be called once MIGRIS has decided.

        :raises: ConnectorSilent when that cannot be done, or seen, now.
        """
        ...

    async def close(self) -> None:
        """Close what is open to MIGRIS."""
        ...
