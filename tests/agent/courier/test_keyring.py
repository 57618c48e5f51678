"""agent/courier/keyring.py: taken with both signatures, told to central, with the former keys that are needed."""

from base64 import b64encode
from datetime import timedelta

import pytest

from agent.errors import WireError
from agent.wire import Keyring, KeyringHeld, ReceiptEntry, RecipientEntry, Stage, read_event, sign_document
from agent.wire.keyring import authorise, hand_over
from tests.agent.courier.office import DOWN, Office
from tests.agent.courier.premises import (
    AUTHORITY,
    BEGIN,
    CENTRAL_KEY,
    FOREIGN_KEY,
    LINK_KEY,
    RECIPIENT,
    STATION,
    TENANT,
    Premises,
    a_receipt,
    event_receipt,
    new_id,
)
from vault.envelope import Context, Pinned, Plain, RecipientKey, SigningKey, digest_of, seal
from vault.labels import ParcelId

SEAL, NEW_KEY, NEW_RECIPIENT = SigningKey.generate(), SigningKey.generate(), RecipientKey.generate()
CA = SigningKey.from_pem(AUTHORITY.key)


def keyring(number: int = 1, *, recipients: tuple[RecipientKey, ...] = (RECIPIENT, NEW_RECIPIENT)) -> Keyring:
    return Keyring(
        id=new_id(),
        number=number,
        recipients=tuple(
            RecipientEntry(public=b64encode(key.public.content), not_before=None, not_after=None) for key in recipients
        ),
        receipts=(
            ReceiptEntry(public=CENTRAL_KEY.public.pem(), not_before=None, not_after=BEGIN + timedelta(days=30)),
            ReceiptEntry(public=NEW_KEY.public.pem(), not_before=BEGIN, not_after=None),
        ),
        issued=BEGIN,
    )


def handed(ring: Keyring, *, by: SigningKey = CENTRAL_KEY, authority: SigningKey = CA) -> bytes:
    return hand_over(authorise(ring, authority=authority), by=by)


def sealed_for(premises: Premises, recipient: RecipientKey) -> ParcelId:
    """A parcel that was sealed for this key, taken in."""
    parcel = premises.reserved()
    context = Context(tenant=TENANT, station=STATION, parcel=parcel, kind="enrolment", profile="-", plain_bytes=7)
    sealed = seal(Plain(b"content"), context, recipient=recipient.public, signer=SEAL)
    premises.deliver(sealed.content, parcel=parcel)
    premises.desk.take_in()
    return parcel


def told(premises: Premises) -> list[tuple[int, tuple[str, ...]]]:
    """What central was told of keyrings, oldest first."""
    found = []
    for event in premises.store.open_events():
        signed = premises.store.open_event(event)
        assert signed is not None
        held = read_event(signed, pinned=Pinned([LINK_KEY.public]))
        if isinstance(held, KeyringHeld):
            found.append((held.number, held.needed))
    return found


def accepted(premises: Premises, parcel: ParcelId, *, key: SigningKey = NEW_KEY) -> None:
    digest = premises.parcel(parcel).digest
    receipt = a_receipt(parcel, stage=Stage.ACCEPTED, digest=digest, key=key.kid)
    premises.desk.hear_receipt(receipt, sign_document(receipt, key))


def test_a_keyring_is_taken_and_told_once(premises: Premises) -> None:
    premises.keyrings.look()
    assert told(premises) == []
    signed = handed(keyring())
    for _ in range(3):
        premises.keyrings.hear(signed)
        premises.keyrings.look()
    assert told(premises) == [(1, ())]
    assert premises.trust.recipient().kid == NEW_RECIPIENT.kid
    again = premises.reopened()
    assert again.trust.recipient().kid == NEW_RECIPIENT.kid
    # a new life tells once more: it does not remember that it did
    again.keyrings.look()
    again.keyrings.look()
    assert told(again) == [(1, ()), (1, ())]
    again.close()


def test_an_older_keyring_changes_nothing(premises: Premises) -> None:
    premises.keyrings.hear(handed(keyring(3)))
    premises.keyrings.hear(handed(keyring(2, recipients=(RECIPIENT,))))
    assert premises.trust.recipient().kid == NEW_RECIPIENT.kid
    assert told(premises) == [(3, ())]


@pytest.mark.parametrize(
    ("by", "authority"), [(FOREIGN_KEY, CA), (CENTRAL_KEY, FOREIGN_KEY), (CENTRAL_KEY, CENTRAL_KEY)]
)
def test_a_keyring_with_one_signature_is_refused_and_changes_nothing(
    premises: Premises, by: SigningKey, authority: SigningKey
) -> None:
    with pytest.raises(WireError):
        premises.keyrings.hear(handed(keyring(), by=by, authority=authority))
    assert (premises.trust.recipient().kid, told(premises)) == (RECIPIENT.kid, [])


def test_the_new_keys_receipts_are_believed_and_wipe_from_then_on(premises: Premises) -> None:
    parcel = sealed_for(premises, RECIPIENT)
    accepted(premises, parcel)
    # nobody has heard of that key: the wipe refuses, whatever came this far
    assert premises.parcel(parcel).trouble == "wipe-signature"
    premises.keyrings.hear(handed(keyring()))
    premises.desk.retry(parcel)
    assert premises.parcel(parcel).state.value == "wiped"


def test_an_expired_keys_receipt_wipes_nothing(premises: Premises) -> None:
    premises.keyrings.hear(handed(keyring()))
    parcel = premises.spooled()
    receipt = a_receipt(parcel.id, stage=Stage.ACCEPTED, digest=parcel.digest, time=BEGIN + timedelta(days=31))
    premises.desk.hear_receipt(receipt, sign_document(receipt, CENTRAL_KEY))
    assert premises.parcel(parcel.id).trouble == "wipe-key-out-of-time"
    assert len(premises.on_disk(parcel.id)) == 2


def test_a_former_key_is_needed_until_central_has_decided_on_all_that_was_sealed_for_it(premises: Premises) -> None:
    old, new = sealed_for(premises, RECIPIENT), sealed_for(premises, NEW_RECIPIENT)
    premises.keyrings.hear(handed(keyring()))
    accepted(premises, new)
    premises.keyrings.look()
    assert told(premises) == [(1, (RECIPIENT.kid,))]
    accepted(premises, old)
    premises.keyrings.look()
    assert told(premises) == [(1, (RECIPIENT.kid,)), (1, ())]


def test_a_visit_that_runs_may_have_begun_with_the_former_key(premises: Premises) -> None:
    parcel = premises.reserved()
    premises.keyrings.hear(handed(keyring()))
    assert told(premises) == [(1, (RECIPIENT.kid,))]
    premises.desk.release(parcel)
    premises.keyrings.look()
    assert told(premises)[1:] == [(1, ())]


def test_what_cannot_be_read_may_be_sealed_for_any_former_key(premises: Premises) -> None:
    parcel = sealed_for(premises, NEW_RECIPIENT)
    (premises.root / "keys" / f"{parcel}.key").unlink()
    premises.keyrings.hear(handed(keyring()))
    assert told(premises) == [(1, (RECIPIENT.kid,))]


async def test_a_keyring_comes_over_the_link_and_its_event_is_receipted(premises: Premises) -> None:
    async with Office(premises) as office:
        office.pipe.connect()
        ring = keyring()
        office.pipe.say(DOWN.keyring(ring.id), handed(ring, by=FOREIGN_KEY))
        office.pipe.say(DOWN.keyring(ring.id), handed(ring))
        topic, signed = await office.pipe.published()
        held = read_event(signed, pinned=Pinned([LINK_KEY.public]))
        assert isinstance(held, KeyringHeld)
        assert (held.number, held.digest) == (1, digest_of(authorise_again(premises)))
        event = topic.rsplit("/", 1)[1]
        receipt = event_receipt(event, digest=digest_of(signed), key=NEW_KEY.kid)
        office.pipe.say(DOWN.receipt(event), sign_document(receipt, NEW_KEY))
        await office.settled()
        assert premises.store.open_events() == []


def authorise_again(premises: Premises) -> bytes:
    """What the authority signed, as it lies on the disk."""
    return premises.paths.keyring.read_bytes()


def test_a_disk_that_fails_takes_no_keyring_and_it_comes_again(premises: Premises) -> None:
    premises.paths.keyring.mkdir()
    premises.keyrings.hear(handed(keyring()))
    premises.keyrings.look()
    assert (told(premises), premises.trust.believed.key(CENTRAL_KEY.kid).kid) == ([], CENTRAL_KEY.kid)
    premises.paths.keyring.rmdir()
    premises.keyrings.hear(handed(keyring()))
    assert told(premises) == [(1, ())]
