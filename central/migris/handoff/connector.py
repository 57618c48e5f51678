"""The hand-off connector: a parcel is laid down in a drop, and what became of it is read from its acknowledgement.

An acknowledgement that cannot be read changes nothing: the parcel waits, and the log says so once.
"""

import asyncio
import hashlib
import json
import logging

from agent.clock import Clock
from agent.wire import Applicant, Likeness, WireError
from agent.wire.document import instant_text
from capture.records.errors import RecordError
from capture.records.package import TRANSACTION, unpack
from central.errors import ConnectorRefused, ConnectorSilent
from central.migris.connector import (
    ApplicationView,
    Declined,
    Handover,
    Outcome,
    Pending,
    Submission,
    Submitted,
)
from central.migris.handoff.acknowledgement import read_acknowledgement
from central.migris.handoff.drop import Drop, is_name
from central.migris.handoff.roll import Roll
from central.migris.refusal import cause_of_record

_log = logging.getLogger(__name__)

MANIFEST = "manifest.json"
"""Says whose application it is, when it was laid down, and what lies there."""


class HandoffConnector:
    """Hands over by a drop; answers questions from a roll, where there is one."""

    def __init__(self, drop: Drop, *, roll: Roll | None, clock: Clock) -> None:
        self._drop = drop
        self._roll = roll
        self._clock = clock
        self._turn = asyncio.Lock()
        self._unreadable: set[str] = set()

    @property
    def remembers(self) -> bool:
        """A parcel lies there under its key, and its acknowledgement stays."""
        return True

    async def outcome(self, key: str) -> Outcome | None:
        """What was said of it; *pending* while it lies there."""
        name = _name(key)
        content = await self._drop.acknowledgement(name)
        if content is not None:
            try:
                return read_acknowledgement(content)
            except WireError as error:
                self._complain(name, error.sentence)
        return Pending() if await self._drop.has(name) else None

    async def submit(self, submission: Submission) -> Outcome:
        """Lay it down, unless it lies there or was decided on."""
        name = _name(submission.key)
        # one at a time: two with one key must not both be new
        async with self._turn:
            before = await self.outcome(submission.key)
            if before is not None:
                return before
            try:
                files = self._files(name, submission)
            except RecordError as error:
                return Declined(cause_of_record(error))
            await self._drop.put(name, files)
        return Pending()

    async def forget(self, key: str) -> None:
        """Nothing of the parcel lies there but its acknowledgement, which has nothing of a person."""
        name = _name(key)
        await self._drop.wipe(name)
        self._unreadable.discard(name)

    async def find(self, application: str) -> ApplicationView | None:
        """As the roll has it."""
        return await asyncio.to_thread(self._asked().find, application)

    async def search(self, applicant: Applicant) -> tuple[str, ...]:
        """As the roll has it."""
        return await asyncio.to_thread(self._asked().search, applicant)

    async def compare(self, handover: Handover) -> Likeness | None:  # noqa: ARG002 (the protocol's)
        """Nobody compares here. :raises: ConnectorSilent."""
        raise ConnectorSilent("MIGRIS does not answer: a hand-off compares no prints.")

    async def submissions(self, application: str) -> tuple[Submitted, ...]:  # noqa: ARG002 (the protocol's)
        """Nobody keeps a list of them here. :raises: ConnectorSilent."""
        raise ConnectorSilent("MIGRIS does not answer: ask by hand what it has for the application.")

    async def close(self) -> None:
        """Close what is open to the drop."""
        await self._drop.close()

    def _asked(self) -> Roll:
        if self._roll is None:
            raise ConnectorSilent("MIGRIS does not answer: a hand-off without a roll of applications knows none.")
        return self._roll

    def _files(self, name: str, submission: Submission) -> dict[str, bytes]:
        package = unpack(submission.package)
        transaction, said = package.members[TRANSACTION], package.manifest
        entry = {
            "name": TRANSACTION,
            "size_bytes": len(transaction),
            "sha256": hashlib.sha256(transaction).hexdigest(),
        }
        manifest = {
            "version": 1,
            "parcel": name,
            "kind": said.kind.value,
            "application": said.application_number,
            "station": f"{said.tenant}/{said.station}",
            "handed": instant_text(self._clock.now()),
            "files": [entry],
        }
        return {TRANSACTION: transaction, MANIFEST: json.dumps(manifest, indent=1).encode()}

    def _complain(self, name: str, why: str) -> None:
        if name not in self._unreadable:
            self._unreadable.add(name)
            _log.warning("the acknowledgement of %s is not taken: %s", name, why)


def _name(key: str) -> str:
    """As the drop calls it. :raises: ConnectorRefused when that would be no name."""
    name = key.replace("/", ".", 1)
    if not is_name(name):
        raise ConnectorRefused("A parcel has an id that no file can be called by.")
    return name
