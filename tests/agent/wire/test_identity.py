"""agent/wire/identity.py: public halves only, bounded; bytes travel as base64 and are given as base64."""

import json
from base64 import b64decode, b64encode
from typing import Any

import pytest
from pydantic import ValidationError

from agent.errors import WireError
from agent.wire import EnrolmentAnswer, EnrolmentRequest
from agent.wire.document import read_plain
from tests.agent.wire.specimens import GOLDEN, PEM
from vault.envelope import RecipientKey

(ANSWER,) = (document for document, _ in GOLDEN if isinstance(document, EnrolmentAnswer))


def _refusal(**changes: object) -> str:
    fields: dict[str, Any] = {**json.loads(ANSWER.canonical()), **changes}
    with pytest.raises(WireError) as refused:
        read_plain(json.dumps(fields).encode(), EnrolmentAnswer)
    return refused.value.sentence


def test_bytes_are_given_as_base64_and_held_as_bytes() -> None:
    public = RecipientKey.generate().public.content
    answer = ANSWER.model_copy(update={"recipient_public": public})
    assert b64decode(json.loads(answer.canonical())["recipient_public"], validate=True) == public
    assert read_plain(answer.canonical(), EnrolmentAnswer).recipient_public == public
    fields = {**json.loads(ANSWER.canonical()), "recipient_public": b64encode(public)}
    assert EnrolmentAnswer(**fields).recipient_public == public
    # the canonical form has no line breaks, however long the key
    assert b"\\n" not in answer.canonical().partition(b"recipient_public")[2]


def test_bytes_that_are_no_base64_are_refused() -> None:
    for wrong in ("A", "A===", "QUJD\n", "QU JD", "ė"):
        assert _refusal(recipient_public=wrong) == "A enrolmentanswer is not complete: recipient_public."
    with pytest.raises(ValidationError):
        EnrolmentAnswer(**{**json.loads(ANSWER.canonical()), "recipient_public": b"\xff raw"})


@pytest.mark.parametrize("port", [0, -1, 65_536])
def test_a_port_is_one(port: int) -> None:
    assert _refusal(broker_port=port).endswith("broker_port.")


@pytest.mark.parametrize("pem", ["", " " + PEM, "BEGIN", PEM + "x" * 8192])
def test_pem_begins_as_pem_and_is_bounded(pem: str) -> None:
    assert _refusal(broker_ca=pem).endswith("broker_ca.")
    assert _refusal(receipt_public=[PEM, pem]).endswith("receipt_public.1.")


def test_a_request_has_no_place_for_a_private_key() -> None:
    assert set(EnrolmentRequest.model_fields) == {"tenant", "station", "link_request", "seal_public"}
