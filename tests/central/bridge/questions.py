"""Questions as a station asks them, and answers as it reads them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.wire import Answer, ApplicationCheck, HandoverCheck, PersonCheck, Question
from agent.wire.document import DocumentT, read_plain
from agent.wire.question import ANSWER_KIND, QUESTION_KIND
from tests.central.clock import HandClock
from tests.central.headquarters import Station
from tests.central.parcels import OPEN_APPLICATION, context_of, new_id
from vault.envelope import Pinned, Plain, RecipientKey, VerifyingKey, open_sealed, seal


@dataclass(frozen=True)
class Asked:
    """A sealed question, and the key that the answer is for."""

    id: str
    content: bytes
    reply_key: RecipientKey


def asked(
    station: Station,
    *,
    application: str = OPEN_APPLICATION,
    check: PersonCheck | HandoverCheck | None = None,
    expires: datetime | None = None,
    kind: str = QUESTION_KIND,
    content: bytes | None = None,
    reply_public: bytes | None = None,
) -> Asked:
    reply_key, question = RecipientKey.generate(), new_id()
    document = Question.model_construct(
        id=question,
        check=check or ApplicationCheck(application=application),
        reply_key=reply_key.public.content if reply_public is None else reply_public,
        expires=expires or HandClock().now() + timedelta(seconds=10),
    )
    plain = document.canonical() if content is None else content
    context = context_of(station, parcel=question, size=len(plain), kind=kind)
    sent = seal(Plain(plain), context, recipient=station.recipient, signer=station.seal)
    return Asked(question, sent.content, reply_key)


def read_answer(receipt_key: VerifyingKey, content: bytes, question: Asked) -> Answer:
    """The answer, as its asker reads it."""
    return read_as(Answer, receipt_key, content=content, question=question)


def read_as(model: type[DocumentT], receipt_key: VerifyingKey, *, content: bytes, question: Asked) -> DocumentT:
    """An answer of another sort."""
    context, plain = open_sealed(content, recipient=question.reply_key, pinned=Pinned([receipt_key]))
    assert (context.parcel, context.kind) == (question.id, ANSWER_KIND)
    return read_plain(bytes(plain.view()), model)
