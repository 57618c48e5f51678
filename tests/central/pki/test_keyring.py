"""central/pki/keyring.py: which key signs and opens at which moment, and what is left when one was destroyed."""

from datetime import timedelta

import pytest

from agent.clock import SystemClock
from agent.wire import Keyring, KeyringHeld
from agent.wire.keyring import read_handover
from central.errors import SetUpError
from central.paths import Paths, destroy
from central.pki.keyring import OwnKeys, Timed, receipt_entry, recipient_entry
from central.pki.registry import Registry
from central.pki.set_up import enrol, recipient_key
from tests.central.headquarters import enrolled, request
from tests.central.parcels import new_id
from vault.envelope import (
    KeyMissing,
    KeyOutOfTime,
    Pinned,
    RecipientPublic,
    SigningKey,
    Validity,
    VerifyingKey,
)

NOW = SystemClock().now().replace(microsecond=0)
DAY = timedelta(days=1)


def published(keys: OwnKeys, *, end: Validity, begin: Validity) -> tuple[str, str]:
    """A keyring with a second key of each use, and their ids: `end` is the old ones' time, `begin` the new ones'."""
    sealing, signing = keys.make("recipient"), keys.make("receipt")
    assert isinstance(sealing, RecipientPublic)
    assert isinstance(signing, VerifyingKey)
    newest = keys.newest()
    keyring = Keyring(
        id=new_id(),
        number=1 if newest is None else newest.number + 1,
        recipients=(
            recipient_entry(Timed(keys.recipients()[-1].key, end)),
            recipient_entry(Timed(sealing, begin)),
        ),
        receipts=(receipt_entry(Timed(keys.receipts()[-1].key, end)), receipt_entry(Timed(signing, begin))),
        issued=NOW,
    )
    keys.publish(keyring)
    return sealing.kid, signing.kid


def test_the_first_keys_have_no_end(headquarters: Paths) -> None:
    keys = OwnKeys(headquarters)
    assert keys.newest() is None
    assert [one.time for one in keys.recipients()] == [one.time for one in keys.receipts()] == [Validity()]
    for at in (NOW - 10_000 * DAY, NOW + 10_000 * DAY):
        assert keys.signer(at).kid == keys.receipts()[0].key.kid
    assert keys.recipient(keys.recipients()[0].key.kid).kid == recipient_key(headquarters).kid


def test_the_newest_key_that_is_in_its_time_signs_and_an_expired_one_signs_nothing(headquarters: Paths) -> None:
    keys = OwnKeys(headquarters)
    old = keys.signer(NOW).kid
    _, new = published(keys, end=Validity(None, NOW + 30 * DAY), begin=Validity(NOW + DAY, NOW + 365 * DAY))
    # whoever looked before sees it too
    assert [keys.signer(NOW + days * DAY).kid for days in (0, 1, 365)] == [old, new, new]
    with pytest.raises(KeyOutOfTime, match="rotate") as refused:
        keys.signer(NOW + 366 * DAY)
    assert refused.value.code == "key-out-of-time"


def test_a_keyring_travels_with_both_signatures(headquarters: Paths) -> None:
    keys = OwnKeys(headquarters)
    old = keys.receipts()[0].key
    sealing, _ = published(keys, end=Validity(None, NOW + 30 * DAY), begin=Validity(NOW, None))
    authority = Pinned([VerifyingKey.from_certificate(headquarters.certificate("ca").read_text())])
    (handover,) = keys.handovers()
    keyring, authorised = read_handover(handover.signed, authority=authority, receipts=Pinned([old]))
    assert (keyring.id, keyring.number, keyring) == (handover.id, handover.number, keys.newest())
    assert headquarters.keyring(1).read_bytes() == authorised
    assert RecipientPublic(keyring.recipients[-1].public).kid == sealing


def test_a_rotation_that_was_cut_off_goes_on_with_the_key_that_it_made(headquarters: Paths) -> None:
    keys = OwnKeys(headquarters)
    made = keys.make("receipt").kid
    assert keys.make("receipt").kid == made
    published(keys, end=Validity(None, NOW + DAY), begin=Validity(NOW, None))
    assert keys.receipts()[-1].key.kid == made
    assert keys.make("receipt").kid != made


def test_what_was_sealed_for_a_destroyed_key_opens_no_more(headquarters: Paths) -> None:
    keys = OwnKeys(headquarters)
    first = keys.recipients()[0].key.kid
    sealing, _ = published(keys, end=Validity(None, NOW + DAY), begin=Validity(NOW, None))
    assert keys.recipient(first).kid == first
    assert {path.stat().st_mode & 0o777 for path in headquarters.pki.glob("*.key")} == {0o600}
    destroy(headquarters.key("recipient"))
    with pytest.raises(KeyMissing, match="retired"):
        keys.recipient(first)
    assert keys.recipient(sealing).kid == sealing
    assert (keys.private_file("recipient", first), keys.private_file("recipient", sealing) is None) == (None, False)


def test_a_retired_key_is_never_made_new(headquarters: Paths) -> None:
    keys = OwnKeys(headquarters)
    first, _ = published(keys, end=Validity(None, NOW + DAY), begin=Validity(NOW, None))
    second, _ = published(keys, end=Validity(None, NOW + DAY), begin=Validity(NOW, None))
    # the newest keyring does not name the first any more ... but one did
    third, _ = published(keys, end=Validity(None, NOW + DAY), begin=Validity(NOW, None))
    assert len({first, second, third}) == 3
    assert headquarters.key(f"recipient-{first}").exists()
    assert keys.make("recipient").kid not in {first, second, third}


@pytest.mark.parametrize("content", [b"", b"text"])
def test_a_keyring_that_cannot_be_believed_is_not_passed_over(headquarters: Paths, content: bytes) -> None:
    published(OwnKeys(headquarters), end=Validity(None, NOW + DAY), begin=Validity(NOW, None))
    headquarters.keyring(1).write_bytes(content)
    with pytest.raises(SetUpError, match="keyring"):
        OwnKeys(headquarters).signer(NOW)


def test_a_station_is_enrolled_with_the_keys_that_count(headquarters: Paths) -> None:
    keys = OwnKeys(headquarters)
    old = keys.receipts()[0].key
    sealing, signing = published(keys, end=Validity(None, NOW + DAY), begin=Validity(NOW, None))
    wanted = request(SigningKey.generate(), SigningKey.generate(), name="vilnius-1")
    for at, believed in ((NOW, {old.kid, signing}), (NOW + 2 * DAY, {signing})):
        answer = enrol(headquarters, wanted, now=at)
        assert RecipientPublic(answer.recipient_public).kid == sealing
        assert {VerifyingKey.from_pem(pem).kid for pem in answer.receipt_public} == believed


def test_a_stations_word_on_its_keyring_ends_with_its_unit(headquarters: Paths) -> None:
    enrolled(headquarters)
    registry = Registry(headquarters.stations)
    assert (registry.places(), registry.held("lt", "vilnius-1")) == ([("lt", "vilnius-1")], None)
    held = KeyringHeld(tenant="lt", station="vilnius-1", number=3, digest="a" * 64, needed=(), time=NOW)
    registry.hold(held)
    registry.hold(held.model_copy(update={"time": NOW - DAY, "needed": ("0" * 16,)}))
    assert registry.held("lt", "vilnius-1") == held
    assert registry.places() == [("lt", "vilnius-1")]
    # the same station, another unit
    enrolled(headquarters)
    assert registry.held("lt", "vilnius-1") is None
