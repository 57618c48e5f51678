"""The words of the contract show nothing of a person; its behaviour is `conformance`, which `test_http` runs."""

from agent.wire import Applicant
from central.migris.connector import ApplicationView, Submission

APPLICANT = Applicant(given_name="Ona", surname="Pavyzdė", birth_date="1991-03-14", citizenship="UKR")


def test_a_view_does_not_show_the_applicant() -> None:
    assert "Pavyzdė" not in repr(ApplicationView("submitted", open=True, applicant=APPLICANT))


def test_a_submission_shows_its_key_only() -> None:
    shown = repr(Submission(key="lt/01jd", application="MIG-2026-000101", package=b"a portrait"))
    assert shown == "Submission(key='lt/01jd')"
