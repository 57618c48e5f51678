"""agent/config/trust.py: the claim's keys have no time, a keyring's have; one that is not to be believed stops."""

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.config.paths import Paths
from agent.config.trust import Trust
from agent.errors import ConfigError, WireError
from agent.wire import Keyring, ReceiptEntry, RecipientEntry
from agent.wire.keyring import authorise
from central.pki.authority import Authority
from vault.envelope import RecipientKey, SigningKey
from vault.errors import KeyOutOfTime, SealBroken

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
DAY = timedelta(days=1)
FOUNDED = Authority.found("Smilius CA", now=NOW)
AUTHORITY = SigningKey.from_pem(FOUNDED.key)
OLD_RECEIPT, NEW_RECEIPT = SigningKey.generate(), SigningKey.generate()
OLD_RECIPIENT, NEW_RECIPIENT = RecipientKey.generate(), RecipientKey.generate()


class Clock:
    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> datetime:
        return self.time

    def monotonic_ns(self) -> int:
        return 0


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    paths = Paths(tmp_path)
    paths.make_folders()
    paths.broker_ca.write_text(FOUNDED.certificate)
    paths.recipient.write_text(b64encode(OLD_RECIPIENT.public.content).decode())
    paths.receipt_keys.write_text(OLD_RECEIPT.public.pem())
    return paths


def keyring(number: int = 1, *, days: int = 365) -> Keyring:
    """Old and new keys; the new ones end after so many days."""
    old, new, end = NOW + 30 * DAY, NOW - DAY, NOW + days * DAY
    return Keyring(
        id="01jd8x4w3v5qk6zr9t2m7n1pbc",
        number=number,
        recipients=(
            RecipientEntry(public=b64encode(OLD_RECIPIENT.public.content), not_before=None, not_after=old),
            RecipientEntry(public=b64encode(NEW_RECIPIENT.public.content), not_before=new, not_after=end),
        ),
        receipts=(
            ReceiptEntry(public=OLD_RECEIPT.public.pem(), not_before=None, not_after=old),
            ReceiptEntry(public=NEW_RECEIPT.public.pem(), not_before=new, not_after=end),
        ),
        issued=NOW,
    )


def take(trust: Trust, ring: Keyring) -> None:
    trust.take(ring, authorise(ring, authority=AUTHORITY))


def test_keys_of_the_claim_have_neither_beginning_nor_end(paths: Paths) -> None:
    clock = Clock()
    trust = Trust(paths, clock=clock)
    for moment in (NOW - 10_000 * DAY, NOW + 10_000 * DAY):
        clock.time = moment
        assert trust.recipient().kid == OLD_RECIPIENT.kid
        assert trust.receipts().key(OLD_RECEIPT.kid).kid == OLD_RECEIPT.kid
        assert trust.ends(within=timedelta.max / 2) == []
        assert trust.obstacle() is None
    assert trust.keyring() is None


def test_a_keyring_takes_the_place_of_all_before_and_whoever_holds_the_keys_sees_it(paths: Paths) -> None:
    clock = Clock()
    trust = Trust(paths, clock=clock)
    believed, known = trust.believed, trust.known
    with pytest.raises(SealBroken):
        believed.key(NEW_RECEIPT.kid)
    take(trust, keyring())
    for pinned in (believed, known, Trust(paths, clock=clock).believed):
        assert {pinned.key(key.kid).kid for key in (OLD_RECEIPT, NEW_RECEIPT)} == {OLD_RECEIPT.kid, NEW_RECEIPT.kid}
    assert trust.recipient().kid == NEW_RECIPIENT.kid
    # two keys overlap, and each ends by itself
    believed.at(NOW + 30 * DAY).key(OLD_RECEIPT.kid)
    with pytest.raises(KeyOutOfTime):
        believed.at(NOW + 31 * DAY).key(OLD_RECEIPT.kid)
    believed.at(NOW + 31 * DAY).key(NEW_RECEIPT.kid)
    assert paths.keyring.stat().st_mode & 0o777 == 0o644


def test_sealed_is_for_the_newest_key_or_for_none(paths: Paths) -> None:
    clock = Clock()
    trust = Trust(paths, clock=clock)
    take(trust, keyring(days=90))
    for moment, says in ((NOW - 2 * DAY, "has not begun"), (NOW + 91 * DAY, "is over")):
        clock.time = moment
        with pytest.raises(KeyOutOfTime, match=says) as refused:
            trust.recipient()
        assert refused.value.code == "key-out-of-time"
        obstacle = trust.obstacle()
        assert obstacle is not None
        assert (obstacle.reason, says in obstacle.sentence) == ("key-out-of-time", True)
    clock.time = NOW + 90 * DAY
    assert trust.obstacle() is None


def test_the_end_of_a_key_in_use_is_said_before_it_comes(paths: Paths) -> None:
    clock = Clock()
    trust = Trust(paths, clock=clock)
    take(trust, keyring(days=90))
    clock.time = NOW + 59 * DAY
    # that the former ones have ended is as it should be
    assert trust.ends(within=30 * DAY) == []
    clock.time = NOW + 60 * DAY
    said = [one.view() for one in trust.ends(within=30 * DAY)]
    end = {"not_after": "2027-02-20T08:00:00.000Z", "state": "ends-soon"}
    assert said == [
        {"use": "recipient", "key": NEW_RECIPIENT.kid, **end},
        {"use": "receipt", "key": NEW_RECEIPT.kid, **end},
    ]
    clock.time = NOW + 91 * DAY
    assert [one.over for one in trust.ends(within=timedelta())] == [True, True]


def test_a_revoked_key_stays_revoked_whatever_a_keyring_says(paths: Paths) -> None:
    trust = Trust(paths, clock=Clock())
    paths.revoked_receipt_keys.write_text(OLD_RECEIPT.public.pem())
    take(trust, keyring())
    with pytest.raises(SealBroken):
        trust.believed.key(OLD_RECEIPT.kid)
    assert trust.known.key(OLD_RECEIPT.kid).kid == OLD_RECEIPT.kid


@pytest.mark.parametrize("content", [b"", b"text", authorise(keyring(), authority=SigningKey.generate())])
def test_a_keyring_that_cannot_be_believed_is_not_passed_over(paths: Paths, content: bytes) -> None:
    trust = Trust(paths, clock=Clock())
    paths.keyring.write_bytes(content)
    with pytest.raises(ConfigError, match="cannot be believed"):
        Trust(paths, clock=Clock())
    obstacle = trust.obstacle()
    assert obstacle is not None
    assert obstacle.sentence.startswith("Nothing can be sealed for headquarters.")


def test_a_keyring_that_cannot_be_read_is_not_passed_over(paths: Paths) -> None:
    paths.keyring.mkdir()
    with pytest.raises(ConfigError, match="cannot be read"):
        Trust(paths, clock=Clock())


def test_a_keyring_that_cannot_be_worked_with_changes_nothing(paths: Paths) -> None:
    trust = Trust(paths, clock=Clock())
    ring = keyring()
    no_key = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"
    for field, entry in (
        ("receipts", ReceiptEntry(public=no_key, not_before=None, not_after=None)),
        ("recipients", RecipientEntry(public=b64encode(b"no key"), not_before=None, not_after=None)),
    ):
        with pytest.raises(WireError, match="no key"):
            take(trust, ring.model_copy(update={field: (entry,)}))
    paths.revoked_receipt_keys.write_text(OLD_RECEIPT.public.pem() + NEW_RECEIPT.public.pem())
    with pytest.raises(WireError, match="was revoked here"):
        take(trust, ring)
    assert not paths.keyring.exists()
    assert trust.recipient().kid == OLD_RECIPIENT.kid
    assert trust.believed.key(OLD_RECEIPT.kid).kid == OLD_RECEIPT.kid


def test_health_says_that_nothing_can_be_read(paths: Paths) -> None:
    trust = Trust(paths, clock=Clock())
    paths.keyring.mkdir()
    (said,) = trust.warnings(within=DAY)
    assert said == {"state": "unreadable", "sentence": "Central's keyring cannot be read."}
