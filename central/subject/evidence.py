"""Evidence for an audit, by period, in one folder: what was done, by whom, when, and that it was allowed.

Machine-readable lines, a list of their digests that is signed, and a page for people. Ledger lines are given as they
are, so that whoever has the folder follows the chain with any SHA-256; receipts and tombstones with their own
signatures.
Duty: R-DATA-8.
"""

import base64
import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, ClassVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from agent.wire import Instant, Receipt, Tombstone, WireError, read_signed, sign_document
from agent.wire.document import Document, instant_text
from agent.wire.ident import DigestText, Kid
from central.bridge.beside import opened_beside, writing_beside
from central.bridge.ledger import append_line, verify_ledger
from central.bridge.tables import LEDGER, EventRow, ReceiptRow, TombstoneRow
from central.errors import SubjectRefused
from central.paths import Paths, write_whole
from central.pki.keyring import OwnKeys
from central.subject.deadline import PLACE, day_of
from central.subject.letter import LETTERS
from central.subject.machine import Step
from central.subject.register import requests, steps
from central.subject.view import deadlines_shown
from vault.chain import GENESIS
from vault.envelope import Pinned, SigningKey, digest_of
from vault.ledger import Detail

ACCESSES = frozenset({"parcel-opened-for-subject"})
DISCLOSURES = frozenset({"subject-exported", "evidence-given"})
_SIGNED_LIST = "evidence.cose"

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days in Vilnius, both included."""

    first: date
    """The first day."""
    last: date
    """The last day."""

    def has(self, at: datetime) -> bool:
        """Whether the moment lies in it."""
        return self.first <= day_of(at) <= self.last

    def texts(self) -> tuple[str, str]:
        """From and before which moments, as the ledger writes them."""
        begin = datetime.combine(self.first, time(), PLACE).astimezone(UTC)
        end = datetime.combine(self.last + timedelta(days=1), time(), PLACE).astimezone(UTC)
        return instant_text(begin), instant_text(end)


class Evidence(Document):
    """What a folder of evidence holds, signed: nothing in it can be changed, added or taken out unnoticed."""

    content_type: ClassVar[str] = "application/x.smilius.evidence+json; v=1"

    first_day: date
    """The first day of the period, in Vilnius."""
    last_day: date
    """The last day."""
    files: dict[str, DigestText]
    """SHA-256 of each file by its name."""
    line_before: DigestText
    """Digest of the ledger's line before the extract, or 64 zeros."""
    head_number: int
    """Number of the ledger's newest line when the extract was made; the whole chain up to it was followed."""
    head_digest: DigestText
    """Its digest."""
    time: Instant
    """When it was made."""
    key: Kid
    """The receipt key that signs it."""


def gather(paths: Paths, period: Period, *, target: Path, at: datetime) -> Evidence:
    """Write the folder, which must not be there yet, and a line in the ledger that it was given.

    :raises: SubjectRefused when there is no such period, or it cannot be written there; ChainBroken when the ledger
        does not hold; SetUpError, CentralError.
    """
    if period.last < period.first:
        raise SubjectRefused("The period ends before it begins.")
    keys = OwnKeys(paths)
    key = keys.signer(at)
    try:
        target.mkdir(mode=0o700)
    except OSError as error:
        raise SubjectRefused("The folder is there already, or cannot be made.") from error
    with opened_beside(paths) as session:
        head, parts = verify_ledger(session), _parts(session, period, pinned=keys.pinned(), now=at)
        before = _line_before(session, parts["ledger"])
    files = {f"{name}.jsonl": _jsonl(records) for name, records in parts.items()}
    files["receipt-key.pem"] = "".join(one.key.pem() for one in keys.receipts()).encode()
    files["summary.md"] = _summary(parts, period, head=head.number).encode()
    evidence = Evidence(
        first_day=period.first,
        last_day=period.last,
        files={name: digest_of(content) for name, content in files.items()},
        line_before=before,
        head_number=head.number,
        head_digest=head.digest,
        time=at,
        key=key.kid,
    )
    _write(target, files, evidence=evidence, key=key)
    with writing_beside(paths) as session:
        detail: Detail = {
            "first_day": str(period.first),
            "last_day": str(period.last),
            "digest": digest_of(evidence.canonical()),
            "uid": os.getuid(),
        }
        append_line(session, at, kind="evidence-given", detail=detail)
    return evidence


def _parts(session: Session, period: Period, *, pinned: Pinned, now: datetime) -> dict[str, list[Record]]:
    lines = list(_ledger(session, period))
    bodies = [json.loads(line["body"]) for line in lines]
    return {
        "ledger": lines,
        "accesses": [body for body in bodies if body["kind"] in ACCESSES],
        "disclosures": [body for body in bodies if body["kind"] in DISCLOSURES or _step(body, Step.ANSWER)],
        "refusals": [body for body in bodies if _step(body, Step.REFUSE) or _step(body, Step.RETURN)],
        "receipts": list(_receipts(session, period, pinned=pinned)),
        "tombstones": list(_tombstones(session, period, pinned=pinned)),
        "events": list(_events(session, period)),
        "requests": list(_requests(session, period, now=now)),
    }


def _step(body: Record, step: Step) -> bool:
    return (body["kind"], body.get("step")) == ("subject-step", step.value)


def _ledger(session: Session, period: Period) -> Iterator[Record]:
    """From the first line of the period to its last: a clock that was set back leaves no gap."""
    columns, (begin, end) = LEDGER.c, period.texts()
    inside = [
        number
        for number, body in session.execute(select(columns.number, columns.body).execution_options(yield_per=1000))
        if begin <= json.loads(body)["time"] < end
    ]
    if not inside:
        return
    wanted = select(columns.number, columns.body, columns.digest).where(
        columns.number.between(min(inside), max(inside))
    )
    for number, body, digest in session.execute(wanted.order_by(columns.number)):
        yield {"number": number, "body": body, "digest": digest}


def _line_before(session: Session, lines: list[Record]) -> str:
    if not lines or lines[0]["number"] == 1:
        return GENESIS
    return str(session.scalars(select(LEDGER.c.digest).where(LEDGER.c.number == lines[0]["number"] - 1)).one())


def _receipts(session: Session, period: Period, *, pinned: Pinned) -> Iterator[Record]:
    wanted = select(ReceiptRow).order_by(ReceiptRow.tenant, ReceiptRow.station, ReceiptRow.number)
    for row in session.scalars(wanted):
        try:
            receipt = read_signed(row.signed, Receipt, pinned=pinned)
        except WireError:
            # signed by an earlier receipt key: whoever audits has it, or asks for it
            yield {"receipt": None, "verified": False, "signed": _text(row.signed)}
            continue
        if period.has(receipt.time):
            yield {"receipt": json.loads(receipt.canonical()), "verified": True, "signed": _text(row.signed)}


def _tombstones(session: Session, period: Period, *, pinned: Pinned) -> Iterator[Record]:
    for row in session.scalars(select(TombstoneRow).order_by(TombstoneRow.tenant, TombstoneRow.parcel)):
        try:
            tombstone = read_signed(row.signed, Tombstone, pinned=pinned)
        except WireError:
            yield {"tenant": row.tenant, "tombstone": None, "verified": False, "signed": _text(row.signed)}
            continue
        if period.has(tombstone.time):
            told = json.loads(tombstone.canonical())
            yield {"tenant": row.tenant, "tombstone": told, "verified": True, "signed": _text(row.signed)}


def _events(session: Session, period: Period) -> Iterator[Record]:
    for row in session.scalars(select(EventRow).order_by(EventRow.heard_at, EventRow.id)):
        if period.has(row.heard_at):
            yield {
                "tenant": row.tenant,
                "station": row.station,
                "event": row.id,
                "sort": row.content_type,
                "heard": instant_text(row.heard_at),
                "signed": _text(row.signed),
            }


def _requests(session: Session, period: Period, *, now: datetime) -> Iterator[Record]:
    """Those that came, moved or were due in the period; who asked is a reference elsewhere and not given."""
    for row in requests(session, open_only=False):
        taken, due = steps(session, row), deadlines_shown(session, row, now=now)
        moved = period.has(row.received_at) or any(period.has(step.at) for step in taken)
        if moved or any(period.first <= date.fromisoformat(str(one["by"])) <= period.last for one in due):
            yield {
                "request": row.id,
                "tenant": row.tenant,
                "kind": row.kind,
                "state": row.state,
                "received": instant_text(row.received_at),
                "steps": [
                    {"step": one.step, "at": instant_text(one.at), "instruction": one.instruction, "uid": one.uid}
                    for one in taken
                ],
                "deadlines": due,
            }


def _summary(parts: dict[str, list[Record]], period: Period, *, head: int) -> str:
    deadlines = [one for request in parts["requests"] for one in request["deadlines"]]
    said = {
        "period": period,
        "head": head,
        "counts": {name: len(records) for name, records in parts.items()},
        "kinds": sorted(Counter(json.loads(line["body"])["kind"] for line in parts["ledger"]).items()),
        "asked": sorted(Counter(request["kind"] for request in parts["requests"]).items()),
        "kept": sum(one["kept"] is True for one in deadlines),
        "missed": [
            (request["request"], one)
            for request in parts["requests"]
            for one in request["deadlines"]
            if one["kept"] is False
        ],
        "running": sum(one["kept"] is None for one in deadlines),
        "unverified": sum(not one["verified"] for one in (*parts["receipts"], *parts["tombstones"])),
    }
    return LETTERS.get_template("evidence.lt.j2").render(said)


def _write(target: Path, files: dict[str, bytes], *, evidence: Evidence, key: SigningKey) -> None:
    try:
        for name, content in files.items():
            write_whole(target / name, content)
        # the signed list comes last: a folder without it is not whole
        write_whole(target / _SIGNED_LIST, sign_document(evidence, key))
    except OSError as error:
        raise SubjectRefused("The evidence cannot be written there; what is there already is not whole.") from error


def _jsonl(records: Iterable[Record]) -> bytes:
    return b"".join(json.dumps(one, sort_keys=True, ensure_ascii=False).encode() + b"\n" for one in records)


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()
