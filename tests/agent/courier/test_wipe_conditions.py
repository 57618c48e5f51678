"""Design section 5: one test for each condition of a wipe that does not hold, as central's words come over the link.

Each says that nothing was touched, byte for byte, and what the operator sees of it.
"""

import os
import shutil
import sqlite3
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from agent.courier.machine import ParcelEvent, ParcelState
from agent.courier.record import Parcel
from agent.courier.view import HistoryView
from agent.wire import Receipt, Stage, sign_document
from tests.agent.courier.office import DOWN, Office
from tests.agent.courier.premises import (
    BEGIN,
    CENTRAL_KEY,
    FOREIGN_KEY,
    LINK_KEY,
    Premises,
    a_receipt,
    new_id,
)
from vault.envelope import Pinned, Sealed, SigningKey, wrap

FAR = timedelta(days=4000)


def content(premises: Premises) -> dict[str, bytes]:
    """Everything that a wipe would touch."""
    folders = (premises.root / "spool", premises.root / "keys")
    return {path.name: path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file()}


def shown(premises: Premises, parcel: Parcel) -> tuple[str, str | None]:
    """State and trouble, as the operator's page has them from the courier."""
    history = premises.desk.history(parcel.id)
    assert history is not None
    assert history.tombstone is None, "a parcel that is there has none"
    view = HistoryView(premises.pinned, Pinned([LINK_KEY.public])).show(history)
    trouble = view["trouble"]
    return str(view["state"]), None if trouble is None else str(trouble)


def accepted(of: Parcel, **changes: object) -> Receipt:
    return a_receipt(of.id, stage=Stage.ACCEPTED, digest=of.digest).model_copy(update=changes)


async def said(premises: Premises, receipt: Receipt, *, key: SigningKey = CENTRAL_KEY, topic: str = "") -> None:
    """Central says it, over the link, and everything that follows from it was done."""
    async with Office(premises) as office:
        office.pipe.connect()
        office.pipe.say(DOWN.receipt(topic or receipt.parcel), sign_document(receipt, key))
        await office.settled()
        await office.rounds()


async def test_wrong_signer(premises: Premises, caplog: pytest.LogCaptureFixture) -> None:
    parcel = premises.spooled()
    before = content(premises)
    await said(premises, accepted(parcel), key=FOREIGN_KEY)
    assert content(premises) == before
    assert shown(premises, parcel) == ("sending", None), "as if nobody had said anything"
    assert "a message was not understood" in caplog.text


def test_revoked_key(premises: Premises) -> None:
    parcel = premises.spooled()
    signed = sign_document(accepted(parcel), CENTRAL_KEY)
    at = premises.clock.now()
    premises.store.apply(parcel.id, ParcelEvent.ACCEPTED_HEARD, at=at, receipt=(Stage.ACCEPTED, signed))
    before = content(premises)
    # the receipt was stored, and its key is believed no more when the courier goes on
    premises.paths.receipt_keys.write_text(FOREIGN_KEY.public.pem())
    again = premises.reopened()
    again.desk.resume()
    assert content(again) == before
    found = again.parcel(parcel.id)
    assert (found.state, found.trouble) == (ParcelState.QUARANTINED, "wipe-signature")
    again.close()


@pytest.mark.parametrize(
    "elsewhere", [{"station": "kaunas-1"}, {"tenant": "lv"}], ids=["other station", "other tenant"]
)
async def test_other_place(premises: Premises, elsewhere: dict[str, str], caplog: pytest.LogCaptureFixture) -> None:
    parcel = premises.spooled()
    before = content(premises)
    await said(premises, accepted(parcel, **elsewhere))
    assert content(premises) == before
    assert shown(premises, parcel) == ("sending", None)
    assert "a receipt came for another station" in caplog.text


async def test_other_parcel(premises: Premises, caplog: pytest.LogCaptureFixture) -> None:
    parcel = premises.spooled()
    before = content(premises)
    await said(premises, accepted(parcel, parcel=new_id()), topic=parcel.id)
    assert content(premises) == before
    assert shown(premises, parcel) == ("sending", None)
    assert "a receipt came for a parcel that is not here" in caplog.text


@pytest.mark.parametrize("folder", ["spool/kept", "keys"])
@pytest.mark.parametrize("stage", [Stage.ACCEPTED, Stage.REJECTED])
async def test_changed_on_the_disk(premises: Premises, stage: Stage, folder: str) -> None:
    parcel = premises.spooled()
    (file,) = (premises.root / folder).iterdir()
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    before = content(premises)
    await said(premises, accepted(parcel, stage=stage))
    assert content(premises) == before
    assert shown(premises, parcel) == ("quarantined", "wipe-disk")


async def test_other_content_under_the_same_key(premises: Premises) -> None:
    parcel = premises.spooled()
    (file,) = (premises.root / "spool/kept").iterdir()
    file.write_bytes(wrap(Sealed(b"another sealed thing"), key=premises.keys.read(parcel.id), parcel=parcel.id))
    before = content(premises)
    await said(premises, accepted(parcel))
    assert content(premises) == before
    assert shown(premises, parcel) == ("quarantined", "wipe-digest")


async def test_only_stored(premises: Premises) -> None:
    parcel = premises.spooled()
    before = content(premises)
    await said(premises, accepted(parcel, stage=Stage.STORED))
    assert content(premises) == before
    assert shown(premises, parcel) == ("stored", None)


async def test_replayed_from_another_parcel_with_the_same_content(premises: Premises) -> None:
    one, other = premises.spooled(), premises.spooled()
    assert one.digest == other.digest
    await said(premises, accepted(one))
    before = content(premises)
    assert set(before) == {f"{other.id}.parcel", f"{other.id}.key"}
    await said(premises, accepted(one), topic=other.id)
    assert content(premises) == before
    assert shown(premises, other) == ("sending", None)


async def test_replayed_for_a_parcel_that_was_begun_anew(premises: Premises) -> None:
    earlier = accepted(premises.spooled(b"an earlier content"))
    parcel = premises.spooled()
    before = content(premises)
    await said(premises, earlier.model_copy(update={"parcel": parcel.id}))
    assert content(premises) == before
    assert shown(premises, parcel) == ("quarantined", "wipe-digest")


@pytest.mark.parametrize("ours_s", [-FAR.total_seconds(), 0.0, FAR.total_seconds()])
@pytest.mark.parametrize("centrals", [BEGIN - FAR, BEGIN, BEGIN + FAR])
async def test_no_clock_has_a_say(premises: Premises, ours_s: float, centrals: object) -> None:
    premises.clock.seconds = ours_s
    parcel = premises.spooled()
    await said(premises, accepted(parcel, stage=Stage.STORED, time=centrals))
    assert shown(premises, parcel) == ("stored", None)
    await said(premises, accepted(parcel, time=centrals))
    assert (content(premises), premises.parcel(parcel.id).state) == ({}, ParcelState.WIPED)


def test_the_receipt_is_on_the_disk_before_the_key_is_touched(premises: Premises, tmp_path: Path) -> None:
    parcel = premises.spooled()
    seen = AtFirstSync(premises.root / "courier.db", tmp_path / "copy", key=premises.root / "keys" / f"{parcel.id}.key")
    receipt, signed = premises.signed(parcel, Stage.ACCEPTED)
    untouched = seen.key.read_bytes()
    with seen:
        premises.desk.hear_receipt(receipt, signed)
    assert premises.parcel(parcel.id).state is ParcelState.WIPED
    assert seen.overwritten != untouched, "what was synced first is the key's own destruction"
    with closing(sqlite3.connect(tmp_path / "copy" / "courier.db")) as copy:
        assert copy.execute("SELECT state FROM parcel").fetchall() == [("wiping",)]
        assert copy.execute("SELECT stage, signed FROM receipt").fetchall() == [("accepted", signed)]
        assert copy.execute("SELECT count(*) FROM tombstone").fetchone() == (0,)
    with premises.engine.connect() as connection:
        # FULL: a commit is synced when it returns
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2


class AtFirstSync:
    """While entered, copies the database as the disk has it, at the first file that the desk itself syncs."""

    def __init__(self, database: Path, copy: Path, *, key: Path) -> None:
        self.key = key
        self.overwritten = b""
        self._database = database
        self._copy = copy

    def __enter__(self) -> "AtFirstSync":
        sys.setprofile(self._see)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)

    def _see(self, _frame: FrameType, event: str, called: Any) -> None:
        if event == "c_call" and called is os.fsync and not self.overwritten:
            self.overwritten = self.key.read_bytes()
            self._copy.mkdir()
            for suffix in ("", "-wal"):
                name = self._database.name + suffix
                shutil.copyfile(self._database.with_name(name), self._copy / name)
