"""Headquarters' keys, and what it answers with them: questions are opened and answers sealed for real."""

from agent.visit.asking import NUMBER_KIND
from agent.wire import Answer, Applicant, ApplicationCheck, Question
from agent.wire.document import read_plain
from agent.wire.question import ANSWER_KIND, QUESTION_KIND
from vault.envelope import Context, Pinned, Plain, RecipientKey, RecipientPublic, SigningKey, open_sealed, seal

TENANT, STATION = "lt", "vilnius-1"
APPLICATION = "EA-2026-000123"
APPLICANT = Applicant(given_name="Jonė", surname="Jonaitytė", birth_date="1990-02-28", citizenship="LTU")


class Headquarters:
    """Opens what the station seals; knows one application."""

    def __init__(self, station: SigningKey) -> None:
        """:param station: the station's seal key, of which only the public half is used."""
        self.private = RecipientKey.generate()
        self.receipt = SigningKey.generate()
        self.pinned = Pinned([self.receipt.public])
        self.stations = Pinned([station.public])
        self.open = True

    def recipient(self) -> RecipientPublic:
        return self.private.public

    def receipts(self) -> Pinned:
        return self.pinned

    def read(self, sealed: bytes, *, kind: str) -> tuple[Context, bytes]:
        context, plain = open_sealed(sealed, recipient=self.private, pinned=self.stations)
        assert (context.tenant, context.station, context.kind) == (TENANT, STATION, kind)
        return context, bytes(plain.view())

    def question(self, sealed: bytes) -> Question:
        context, content = self.read(sealed, kind=QUESTION_KIND)
        question = read_plain(content, Question)
        assert context.parcel == question.id
        return question

    def number(self, sealed: bytes) -> str:
        return self.read(sealed, kind=NUMBER_KIND)[1].decode()

    def answer(self, sealed: bytes) -> bytes:
        """What MIGRIS would say."""
        question = self.question(sealed)
        known = question.check == ApplicationCheck(application=APPLICATION)
        answer = Answer(
            id=question.id,
            known=known,
            open=known and self.open,
            state="submitted" if known else None,
            applicant=APPLICANT if known else None,
        )
        return self.sealed_answer(answer.canonical(), to=question)

    def sealed_answer(self, content: bytes, *, to: Question, kind: str = ANSWER_KIND, station: str = STATION) -> bytes:
        plain = Plain(content)
        context = Context(
            tenant=TENANT, station=station, parcel=to.id, kind=kind, profile="-", plain_bytes=len(content)
        )
        return seal(plain, context, recipient=RecipientPublic(to.reply_key), signer=self.receipt).content
