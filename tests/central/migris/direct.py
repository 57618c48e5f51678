"""A MIGRIS without the wire: the simulator's store and checks in this process, and a line that can be cut."""

import asyncio

from agent.clock import Clock
from agent.wire import Applicant, Cause, Likeness
from central.errors import CentralError, ConnectorSilent, ConnectorUnsure
from central.migris.connector import (
    Accepted,
    ApplicationView,
    Declined,
    Handover,
    Outcome,
    Pending,
    Submission,
    Submitted,
)
from central.migris.simulator.check import CheckFailed, checked
from central.migris.simulator.comparison import compared
from central.migris.simulator.store import OPEN_STATES, MigrisStore, SubmissionRow


class DirectConnector:
    """Passes the connectors' conformance suites; notes the keys that were submitted and what was to be forgotten."""

    def __init__(self, store: MigrisStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._turn = asyncio.Lock()
        self.trouble: CentralError | None = None
        self.lost_answers = 0
        self.remembers = True
        self.patient = False
        """Whether it says *pending* of what it has decided."""
        self.submitted: list[str] = []
        self.forgotten: list[str] = []

    async def find(self, application: str) -> ApplicationView | None:
        self._reach()
        row = self._store.application(application)
        if row is None:
            return None
        applicant = Applicant(
            given_name=row.given_name, surname=row.surname, birth_date=row.birth_date, citizenship=row.citizenship
        )
        return ApplicationView(row.state, row.state in OPEN_STATES, applicant)

    async def outcome(self, key: str) -> Outcome | None:
        self._reach()
        if not self.remembers:
            raise ConnectorUnsure("Nobody can be asked.")
        row = self._store.submission(key)
        return None if row is None else self._said(row)

    async def submit(self, submission: Submission) -> Outcome:
        self._reach()
        async with self._turn:
            self.submitted.append(submission.key)
            row = self._store.submission(submission.key) or self._decide(submission)
        if self.lost_answers:
            self.lost_answers -= 1
            raise (ConnectorSilent if self.remembers else ConnectorUnsure)("The answer was lost.")
        return self._said(row)

    async def compare(self, handover: Handover) -> Likeness | None:
        self._reach()
        packages = [row.package for row in self._store.submissions_for(handover.application) if row.reference]
        return compared(handover.prints, package=packages[-1]) if packages else None

    async def forget(self, key: str) -> None:
        self._reach()
        self.forgotten.append(key)

    async def search(self, applicant: Applicant) -> tuple[str, ...]:
        self._reach()
        return self._store.applications_of(applicant)

    async def submissions(self, application: str) -> tuple[Submitted, ...]:
        self._reach()
        return tuple(Submitted(row.key, row.reference) for row in self._store.submissions_for(application))

    async def close(self) -> None:
        self._store.close()

    def _said(self, row: SubmissionRow) -> Outcome:
        return Pending() if self.patient else _outcome(row)

    def _reach(self) -> None:
        if self.trouble is not None:
            raise self.trouble

    def _decide(self, submission: Submission) -> SubmissionRow:
        at = self._clock.now()
        try:
            application = checked(submission.package).manifest.application_number
        except CheckFailed as failed:
            return self._store.decline(submission.key, application="", cause=failed.cause, at=at)
        row = self._store.application(application)
        if row is None or row.state not in OPEN_STATES:
            cause = Cause(part=None, code="application-unknown", sentence="The application does not take biometrics.")
            return self._store.decline(submission.key, application=application, cause=cause, at=at)
        return self._store.accept(submission.key, application=application, package=submission.package, at=at)


def _outcome(row: SubmissionRow) -> Outcome:
    if row.reference is not None:
        return Accepted(row.reference)
    assert row.cause is not None
    return Declined(Cause.model_validate_json(row.cause))
