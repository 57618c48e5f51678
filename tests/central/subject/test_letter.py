"""Drafts: every letter in both languages, with reasons and the way to complain, and marked as a draft."""

import pytest

from central.bridge.beside import writing_beside
from central.errors import SubjectRefused, SubjectRequestUnknown
from central.paths import Paths
from central.subject.letter import Letter, draft
from central.subject.machine import RequestKind
from central.subject.recipient import MIGRIS, cannot_be_told, name, was_told
from tests.central.subject.desk import NOW, in_order, ledger, registered

REASON = "Nepridėtas atstovo įgaliojimas & <parašas>."


@pytest.mark.parametrize("letter", Letter)
@pytest.mark.parametrize(
    ("language", "mark", "inspectorate"),
    [
        ("lt", "PROJEKTAS.", "Valstybinei duomenų apsaugos inspekcijai"),
        ("en", "DRAFT.", "Valstybinė duomenų apsaugos inspekcija"),
    ],
)
@pytest.mark.parametrize("kind", RequestKind)
def test_every_letter_names_request_and_inspectorate(
    headquarters: Paths, letter: Letter, kind: RequestKind, *, language: str, mark: str, inspectorate: str
) -> None:
    request = registered(headquarters, kind)
    text = draft(headquarters, request, letter=letter, language=language, reason=REASON)
    assert text.startswith(mark)
    assert request in text
    assert inspectorate in text
    assert "2026-11-22" in text
    assert (REASON in text) == (letter is not Letter.ANSWER)
    assert max(map(len, text.splitlines())) <= 130


def test_a_request_is_written_to_in_its_own_language(headquarters: Paths) -> None:
    text = draft(headquarters, registered(headquarters), letter=Letter.ANSWER, language=None, reason=None)
    assert "Dėl prašymo susipažinti su savo asmens duomenimis" in text
    assert "el. paštu" in text


def test_an_extension_says_until_when(headquarters: Paths) -> None:
    text = draft(headquarters, in_order(headquarters), letter=Letter.EXTENSION, language="lt", reason=REASON)
    assert "ne vėliau kaip 2027-02-22" in text


def test_an_answer_says_who_was_told_and_who_was_not(headquarters: Paths) -> None:
    request = in_order(headquarters, RequestKind.ERASURE)
    with writing_beside(headquarters) as session:
        for one in (MIGRIS, "archive"):
            name(session, request, recipient=one)
        session.flush()
        was_told(session, request, recipient=MIGRIS, reference="MD-9", at=NOW)
        cannot_be_told(session, request, recipient="archive", because="It was closed.", at=NOW)
    text = draft(headquarters, request, letter=Letter.ANSWER, language="en", reason=None)
    assert "Recipients of the data who were told: migris." in text
    assert "The recipient archive was not told, because: It was closed." in text


@pytest.mark.parametrize("letter", [letter for letter in Letter if letter is not Letter.ANSWER])
def test_a_letter_that_needs_a_reason_is_not_written_without(headquarters: Paths, letter: Letter) -> None:
    with pytest.raises(SubjectRefused, match="needs its reason"):
        draft(headquarters, registered(headquarters), letter=letter, language="lt", reason="")


def test_a_draft_changes_nothing(headquarters: Paths) -> None:
    request = registered(headquarters)
    before = ledger(headquarters)
    draft(headquarters, request, letter=Letter.ANSWER, language="lt", reason=None)
    assert ledger(headquarters) == before
    with pytest.raises(SubjectRequestUnknown):
        draft(headquarters, "2026-9999", letter=Letter.ANSWER, language="lt", reason=None)
