"""A parcel's history as the operator reads it and as an auditor verifies it."""

import base64
import json

from agent.courier.view import HistoryView
from agent.wire import Receipt, Stage, Tombstone, read_signed
from tests.agent.courier.premises import CENTRAL_KEY, FOREIGN_KEY, LINK_KEY, Premises
from vault.envelope import Pinned

VIEW = HistoryView(Pinned([CENTRAL_KEY.public]), Pinned([LINK_KEY.public]))


def test_a_wiped_parcel_shows_receipts_and_tombstone_both_ways(premises: Premises) -> None:
    parcel = premises.spooled()
    premises.desk.due(parcel.id)
    premises.hear(parcel, Stage.STORED)
    accepted = premises.hear(parcel, Stage.ACCEPTED)
    history = premises.desk.history(parcel.id)
    assert history is not None
    shown = json.loads(json.dumps(VIEW.show(history)))
    assert {name: shown[name] for name in ("parcel", "kind", "state", "digest", "size", "trouble")} == {
        "parcel": parcel.id,
        "kind": "enrolment",
        "state": "wiped",
        "digest": parcel.digest,
        "size": parcel.size,
        "trouble": None,
    }
    assert list(shown["milestones"]) != []
    assert set(shown["milestones"]) == {"spooled", "sending", "stored", "accepted", "wiping", "wiped"}
    assert all(moment.endswith("Z") for moment in shown["milestones"].values())
    assert base64.b64decode(shown["receipts"]["accepted"]["signed"]) == accepted
    receipt = read_signed(accepted, Receipt, pinned=Pinned([CENTRAL_KEY.public]))
    assert shown["receipts"]["accepted"]["digest"] == receipt.digest == parcel.digest
    signed = base64.b64decode(shown["tombstone"]["signed"])
    assert read_signed(signed, Tombstone, pinned=Pinned([LINK_KEY.public])).how == shown["tombstone"]["how"] == "wiped"


def test_a_parcel_on_its_way_has_no_tombstone(premises: Premises) -> None:
    history = premises.desk.history(premises.spooled().id)
    assert history is not None
    shown = VIEW.show(history)
    assert (shown["tombstone"], shown["receipts"], shown["state"]) == (None, {}, "spooled")


def test_of_what_a_key_signed_that_is_not_known_here_nothing_is_believed(premises: Premises) -> None:
    parcel = premises.spooled()
    signed = premises.hear(parcel, Stage.STORED)
    premises.hear(parcel, Stage.ACCEPTED)
    history = premises.desk.history(parcel.id)
    assert history is not None
    # a unit that was replaced, and a receipt key of which nobody told this one
    shown = HistoryView(Pinned([FOREIGN_KEY.public]), Pinned([FOREIGN_KEY.public])).show(history)
    assert shown["state"] == "wiped"
    assert isinstance(shown["receipts"], dict)
    assert shown["receipts"]["stored"] == {"trusted": False, "signed": base64.b64encode(signed).decode()}
    assert shown["tombstone"] == {"trusted": False, "signed": base64.b64encode(history.tombstone or b"").decode()}
