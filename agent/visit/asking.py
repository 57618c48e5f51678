"""Seals the worker's question to MIGRIS and opens the answer; the key to read it with is in this memory only."""

from base64 import b64encode
from typing import Protocol

from agent.visit.channel import ApplicationRead, AskApplication, QuestionSealed
from agent.wire import Answer, ApplicationCheck, Question
from agent.wire.document import read_plain
from agent.wire.question import ANSWER_KIND, QUESTION_KIND
from vault.envelope import Context, Pinned, RecipientKey, RecipientPublic, Signer, open_sealed, seal
from vault.errors import SealBroken
from vault.labels import Plain

NUMBER_KIND = "application-number"
"""The kind under which an application's number is sealed for central's eyes in the station's ledger."""


class CentralKeys(Protocol):
    """Central's keys; a worker that was started ahead may be older than they are, so they are asked for when needed."""

    def recipient(self) -> RecipientPublic:
        """What is sealed for now. :raises: KeyOutOfTime, KeyMissing, ConfigError."""
        ...

    def receipts(self) -> Pinned:
        """The keys that answers are believed from now. :raises: KeyMissing, ConfigError."""
        ...


class Asking:
    """One question at a time."""

    def __init__(self, tenant: str, station: str, *, signer: Signer, central: CentralKeys) -> None:
        self._place = (tenant, station)
        self._signer = signer
        self._central = central
        self._recipient: RecipientPublic | None = None
        self._asked: tuple[str, RecipientKey] | None = None

    @property
    def recipient(self) -> RecipientPublic:
        """What the visit seals for: chosen with its first question, so that it does not end under the client's hands.

        :raises: KeyOutOfTime, KeyMissing, ConfigError.
        """
        if self._recipient is None:
            self._recipient = self._central.recipient()
        return self._recipient

    def ask(self, command: AskApplication) -> QuestionSealed:
        """The sealed question, with a new reply key inside."""
        reply = RecipientKey.generate()
        self._asked = (command.question, reply)
        question = Question(
            id=command.question,
            check=ApplicationCheck(application=command.application),
            reply_key=b64encode(reply.public.content),
            expires=command.expires,
        )
        return QuestionSealed(
            sealed=b64encode(self._sealed(question.canonical(), kind=QUESTION_KIND, id_=command.question)),
            number_sealed=b64encode(self._sealed(command.application.encode(), kind=NUMBER_KIND, id_=command.question)),
        )

    def read(self, sealed: bytes) -> ApplicationRead:
        """What central answered. :raises: SealBroken when it is not the answer to what was asked."""
        if self._asked is None:
            raise SealBroken("Nothing was asked that this could answer.")
        question, reply = self._asked
        context, plain = open_sealed(sealed, recipient=reply, pinned=self._central.receipts())
        try:
            if (context.tenant, context.station, context.kind, context.parcel) != (*self._place, ANSWER_KIND, question):
                raise SealBroken("The answer is to another question.")
            answer = read_plain(bytes(plain.view()), Answer)
        finally:
            plain.zero()
        return ApplicationRead(known=answer.known, open=answer.open, failure=answer.failure, applicant=answer.applicant)

    def _sealed(self, content: bytes, *, kind: str, id_: str) -> bytes:
        plain = Plain(content)
        tenant, station = self._place
        context = Context(tenant=tenant, station=station, parcel=id_, kind=kind, profile="-", plain_bytes=len(plain))
        sealed = seal(plain, context, recipient=self.recipient, signer=self._signer)
        plain.zero()
        return sealed.content
