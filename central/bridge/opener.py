"""The opener: the one process that has the recipient key. It opens in memory and hands to MIGRIS.

What a station sealed is foreign bytes: they are read not here but by the examiner, which has no key. The opener reads
requests from its standard input and writes responses to its standard output, several at a time; it has no database, and
writes no file but where the connector is a hand-off. When its input ends it ends.
"""

import logging
from collections.abc import Sequence
from datetime import timedelta

from agent.clock import Clock
from agent.logs import describe
from agent.wire import (
    Answer,
    ApplicationCheck,
    Candidate,
    Cause,
    HandoverAnswer,
    HandoverCheck,
    PersonAnswer,
    PersonCheck,
    Question,
    WireError,
)
from agent.wire.document import Document, read_plain
from agent.wire.question import ANSWER_KIND, CANDIDATES_MAX, QUESTION_KIND
from central.bridge.examination import Amended, Examine, Fit, Unfit, Unmerged
from central.bridge.examiner import Examiner
from central.bridge.frames import Answered, Ask, Deliver, Delivered, Enquire, Forget, Forgotten, Kept, Request, Response
from central.errors import ConnectorRefused, ConnectorSilent, ConnectorUnsure, ExaminerGone
from central.migris.connector import Accepted, Connector, Declined, Handover, Outcome, Pending, Submission
from central.pki.keyring import OwnKeys
from vault.envelope import (
    Context,
    Pinned,
    Plain,
    RecipientPublic,
    Sealed,
    VaultError,
    VerifyingKey,
    open_sealed,
    recipient_of,
    seal,
)

_log = logging.getLogger(__name__)

SKEW_ALLOWED = timedelta(hours=1)
"""So far a station's clock may be behind ours: as far as a new certificate allows it (`authority.BACKDATE`).

An expiry only spares MIGRIS work for nobody: a question that is played again is answered for a key that is gone."""


class Opener:
    """Opens with the recipient key that a seal names, until that is retired; signs answers with the receipt key."""

    def __init__(self, keys: OwnKeys, *, connector: Connector, examiner: Examiner, clock: Clock) -> None:
        self._keys = keys
        self._connector = connector
        self._examiner = examiner
        self._clock = clock

    async def respond(self, request: Request) -> Response:
        """Whatever is asked for. Every outcome is a value."""
        match request:
            case Deliver():
                return await self.deliver(request)
            case Enquire():
                return await self.enquire(request)
            case Forget():
                return await self.forget(request)
            case Ask():
                return await self.answer(request)

    async def enquire(self, request: Enquire) -> Delivered:
        """What became of a parcel that MIGRIS has; *unsure* when it does not know it any more."""
        try:
            outcome = await self._connector.outcome(f"{request.tenant}/{request.parcel}")
        except ConnectorSilent:
            return Delivered(number=request.number, result="silent")
        except ConnectorRefused:
            return Delivered(number=request.number, result="refused")
        if outcome is None:
            return Delivered(number=request.number, result="unsure")
        return self._delivered(request.number, outcome)

    async def forget(self, request: Forget) -> Forgotten:
        """Have the connector wipe what it keeps of a parcel."""
        try:
            await self._connector.forget(f"{request.tenant}/{request.parcel}")
        except ConnectorSilent:
            return Forgotten(number=request.number, done=False)
        return Forgotten(number=request.number, done=True)

    async def deliver(self, request: Deliver) -> Delivered:
        """Open, have it checked, hand to MIGRIS. Every outcome is a value; the plain content is forgotten."""
        plains: list[Plain] = []
        try:
            plains.append(self._open(request, request, kind=request.kind, id_=request.parcel))
            for kept in request.amended:
                plains.append(self._open(request, kept, kind=kept.kind, id_=kept.parcel))
            return await self._checked(request, plains)
        except VaultError as error:
            _log.error("parcel %s does not open: %s", request.parcel, error.code)
            return Delivered(number=request.number, result="unreadable")
        except ConnectorSilent:
            return Delivered(number=request.number, result="silent")
        except ConnectorRefused:
            return Delivered(number=request.number, result="refused")
        except ConnectorUnsure:
            return Delivered(number=request.number, result="unsure")
        except ExaminerGone as error:
            _log.error("parcel %s is not checked: %s", request.parcel, error.sentence)
            return Delivered(number=request.number, result="unchecked")
        finally:
            for plain in plains:
                plain.zero()

    async def answer(self, request: Ask) -> Answered:
        """Open a question, ask MIGRIS, seal the answer for the asker's ephemeral key."""
        try:
            question = self._question(request)
            recipient = RecipientPublic(question.reply_key)
        except (VaultError, WireError) as error:
            _log.warning("a question was not readable: %s", error.code)
            return Answered(number=request.number, content=None)
        late = self._clock.now() - question.expires
        if late > SKEW_ALLOWED:
            place = f"{request.tenant}/{request.station}"
            _log.warning(
                "a question from %s was refused: by our clock it ended %d s ago; is its clock right?",
                place,
                late.total_seconds(),
            )
            return Answered(number=request.number, content=None)
        answer = Plain((await self._ask_migris(question)).canonical())
        try:
            return Answered(number=request.number, content=self._seal(request, answer, recipient=recipient).content)
        except VaultError as error:
            _log.error("an answer cannot be signed: %s", describe(error))
            return Answered(number=request.number, content=None)
        finally:
            answer.zero()

    def _question(self, request: Ask) -> Question:
        plain = self._open(request, request, kind=QUESTION_KIND, id_=request.question)
        try:
            question = read_plain(bytes(plain.view()), Question)
        finally:
            plain.zero()
        if question.id != request.question:
            raise WireError("The question is another than its seal says.")
        return question

    def _seal(self, request: Ask, answer: Plain, *, recipient: RecipientPublic) -> Sealed:
        context = Context(
            tenant=request.tenant,
            station=request.station,
            parcel=request.question,
            kind=ANSWER_KIND,
            profile="-",
            plain_bytes=len(answer),
        )
        return seal(answer, context, recipient=recipient, signer=self._keys.signer(self._clock.now()))

    def _open(self, request: Deliver | Ask, sealed: Deliver | Ask | Kept, *, kind: str, id_: str) -> Plain:
        pinned = Pinned([VerifyingKey.from_pem(sealed.seal_public)])
        recipient = self._keys.recipient(recipient_of(sealed.content))
        context, plain = open_sealed(sealed.content, recipient=recipient, pinned=pinned)
        wanted = (request.tenant, request.station, kind, id_)
        if (context.tenant, context.station, context.kind, context.parcel) != wanted:
            raise VaultError("The seal is another's than its bill says.")
        return plain

    async def _checked(self, request: Deliver, plains: Sequence[Plain]) -> Delivered:
        """:param plains: the parcel's, and then what it amends, oldest first."""
        package, *amended = (bytes(plain.view()) for plain in plains)
        parts = zip(amended, request.amended, strict=True)
        asked = Examine(
            package=package, amended=tuple(Amended(package=content, part=kept.part) for content, kept in parts)
        )
        match await self._examiner.examine(asked):
            case Unfit(cause=cause):
                _log.error("parcel %s does not hold a package: %s", request.parcel, cause.code)
                return Delivered(number=request.number, result="unfit", cause=cause)
            case Unmerged(cause=cause):
                return Delivered(number=request.number, result="rejected", cause=cause)
            case Fit() as fit:
                outcome = await self._hand_over(request, fit, package=fit.whole or package)
                return self._delivered(request.number, outcome)

    async def _hand_over(self, request: Deliver, fit: Fit, *, package: bytes) -> Outcome:
        if (fit.tenant, fit.station, fit.parcel, fit.kind, fit.amends) != _place(request):
            return Declined(
                Cause(part=None, code="package-other-parcel", sentence="The package is another than its bill says.")
            )
        key = f"{request.tenant}/{request.parcel}"
        # an earlier life of this process may have submitted it and not heard the answer
        if self._connector.remembers:
            before = await self._connector.outcome(key)
            if before is not None:
                return before
        elif request.again:
            raise ConnectorUnsure("An earlier attempt ended without a word, and MIGRIS cannot be asked.")
        return await self._connector.submit(Submission(key=key, application=fit.application, package=package))

    def _delivered(self, number: int, outcome: Outcome) -> Delivered:
        match outcome:
            case Accepted(reference):
                return Delivered(number=number, result="accepted", reference=reference)
            case Declined(cause):
                return Delivered(number=number, result="rejected", cause=cause)
            case Pending():
                return Delivered(number=number, result="pending")

    async def _ask_migris(self, question: Question) -> Document:
        match question.check:
            case ApplicationCheck():
                return await self._check(question.id, question.check)
            case PersonCheck():
                return await self._look_for(question.id, question.check)
            case HandoverCheck():
                return await self._compare(question.id, question.check)

    async def _check(self, id_: str, check: ApplicationCheck) -> Answer:
        try:
            view = await self._connector.find(check.application)
        except (ConnectorSilent, ConnectorRefused) as error:
            return Answer(id=id_, known=False, open=False, state=None, applicant=None, failure=error.code)
        if view is None:
            return Answer(id=id_, known=False, open=False, state=None, applicant=None)
        return Answer(id=id_, known=True, open=view.open, state=view.state, applicant=view.applicant)

    async def _look_for(self, id_: str, check: PersonCheck) -> PersonAnswer:
        try:
            numbers = await self._connector.search(check.person)
            views = [(number, await self._connector.find(number)) for number in numbers[:CANDIDATES_MAX]]
        except (ConnectorSilent, ConnectorRefused) as error:
            return PersonAnswer(id=id_, applications=(), failure=error.code)
        found = [Candidate(application=number, open=view.open, state=view.state) for number, view in views if view]
        return PersonAnswer(id=id_, applications=tuple(found))

    async def _compare(self, id_: str, check: HandoverCheck) -> HandoverAnswer:
        prints = {sample.finger: sample.wsq for sample in check.prints}
        try:
            likeness = await self._connector.compare(Handover(check.application, prints))
        except (ConnectorSilent, ConnectorRefused) as error:
            return HandoverAnswer(id=id_, likeness=None, failure=error.code)
        return HandoverAnswer(id=id_, likeness=likeness)


def _place(request: Deliver) -> tuple[str, str, str, str, str | None]:
    return request.tenant, request.station, request.parcel, request.kind, request.amends
