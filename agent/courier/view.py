"""A parcel's history as the station and the operator see it."""

import base64
import json

from agent.courier.record import History
from agent.errors import WireError
from agent.wire import Receipt, Tombstone, read_signed
from agent.wire.document import Document, instant_text
from vault.envelope import Pinned

View = dict[str, object]


class HistoryView:
    """Shows signed things both ways: their fields to read, and the signed bytes for whoever wants to verify."""

    def __init__(self, receipts: Pinned, tombstones: Pinned) -> None:
        """:param receipts: central's receipt keys. :param tombstones: the station's link key."""
        self._receipts = receipts
        self._tombstones = tombstones

    def show(self, history: History) -> View:
        """JSON-ready."""
        parcel = history.parcel
        stages = {stage.value: self._receipt(signed) for stage, signed in history.receipts.items()}
        return {
            "parcel": parcel.id,
            "kind": parcel.kind,
            "state": parcel.state.value,
            "digest": parcel.digest,
            "size": parcel.size,
            "trouble": parcel.trouble,
            "milestones": {state: instant_text(at) for state, at in history.milestones.items()},
            "receipts": stages,
            "tombstone": None if history.tombstone is None else self._tombstone(history.tombstone),
        }

    def _receipt(self, signed: bytes) -> View:
        return _both(signed, Receipt, pinned=self._receipts)

    def _tombstone(self, signed: bytes) -> View:
        return _both(signed, Tombstone, pinned=self._tombstones)


def _both(signed: bytes, model: type[Document], *, pinned: Pinned) -> View:
    """A document by a key that is not known here, such as that of the unit before this one, is shown as bytes only."""
    try:
        fields: View = json.loads(read_signed(signed, model, pinned=pinned).canonical())
    except WireError:
        fields = {"trusted": False}
    return {**fields, "signed": base64.b64encode(signed).decode()}
