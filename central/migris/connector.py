"""The contract with MIGRIS: find an application, submit biometrics under an idempotency key, ask by that key.

For a person who asks about their own data: which applications are theirs, and what was submitted for one of them.
"""

from dataclasses import dataclass, field
from typing import Protocol

from agent.wire import Applicant, Cause


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


Outcome = Accepted | Declined


@dataclass(frozen=True, slots=True)
class Submitted:
    """Something that was submitted for an application, whatever became of it."""

    key: str
    """The idempotency key: `tenant/parcel`."""
    reference: str | None
    """MIGRIS's reference, None when it was declined."""


class Connector(Protocol):
    """What every adapter does. Answers that were lost raise ConnectorSilent; the same call may be made again.

    What MIGRIS cannot be asked in this way at all raises ConnectorRefused: a person must look.
    """

    async def find(self, application: str) -> ApplicationView | None:
        """The application, or None when MIGRIS has none of this number. :raises: ConnectorSilent, ConnectorRefused."""
        ...

    async def outcome(self, key: str) -> Outcome | None:
        """What became of an earlier submission under this key, or None. :raises: ConnectorSilent, ConnectorRefused."""
        ...

    async def submit(self, submission: Submission) -> Outcome:
        """Hand over; the same key twice has the effect of once. :raises: ConnectorSilent, ConnectorRefused."""
        ...

    async def search(self, applicant: Applicant) -> tuple[str, ...]:
        """Numbers of the applications of exactly this person. :raises: ConnectorSilent, ConnectorRefused."""
        ...

    async def submissions(self, application: str) -> tuple[Submitted, ...]:
        """All that was submitted for an application, oldest first. :raises: ConnectorSilent, ConnectorRefused."""
        ...

    async def close(self) -> None:
        """Close what is open to MIGRIS."""
        ...
