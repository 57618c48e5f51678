"""vault/keys/tpm.py against swtpm: what only a chip can promise."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulators.tpm import needs_tpm, tpm
from tests.vault.keys.homes import PARCELS
from tests.vault.station import OTHER_PARCEL, PARCEL
from vault.errors import KeyHomeFailed, KeyMissing
from vault.keys import KeyKind, ParcelKeys

pytestmark = needs_tpm


@pytest.fixture
def tcti() -> Iterator[str]:
    # a socket's path is short: pytest's folders are not
    with tempfile.TemporaryDirectory(prefix="tpm") as folder, tpm(Path(folder)) as found:
        yield found


def test_the_remnants_of_destroyed_keys_open_nothing_once_the_last_one_went(tcti: str, tmp_path: Path) -> None:
    from vault.keys.tpm import TpmHome

    keys = ParcelKeys(tmp_path, TpmHome(tcti, parcels=PARCELS).parcels)
    one, _ = keys.make(PARCEL), keys.make(OTHER_PARCEL)
    path = tmp_path / f"{PARCEL}.key"
    remnant = path.read_bytes()
    keys.destroy(PARCEL)
    path.write_bytes(remnant)
    # as long as another parcel needs it, what opened it is there: SECURITY.md
    assert keys.read(PARCEL) == one
    path.unlink()
    keys.destroy(OTHER_PARCEL)
    path.write_bytes(remnant)
    with pytest.raises(KeyMissing, match="forgotten"):
        keys.read(PARCEL)
    # a new one of the same number is another one
    ParcelKeys(tmp_path / "new", TpmHome(tcti, parcels=PARCELS).parcels).make(OTHER_PARCEL)
    with pytest.raises(KeyMissing, match="does not know this key"):
        keys.read(PARCEL)


def test_keys_that_stay_do_not_go_with_the_parcels(tcti: str, tmp_path: Path) -> None:
    from vault.keys.tpm import TpmHome

    home = TpmHome(tcti, parcels=PARCELS)
    locked, signer = home.lock(b"secret", name="link.key"), home.new_signer(name="seal.key")
    keys = ParcelKeys(tmp_path, home.parcels)
    keys.make(PARCEL)
    keys.destroy(PARCEL)
    assert home.unlock(locked, name="link.key") == b"secret"
    assert len(home.signer(signer, name="seal.key").sign(b"message")) == 64


def test_keys_outlive_the_power(tmp_path: Path) -> None:
    from vault.keys.tpm import TpmHome

    with tempfile.TemporaryDirectory(prefix="tpm") as folder:
        with tpm(Path(folder)) as tcti:
            home = TpmHome(tcti, parcels=PARCELS)
            key = ParcelKeys(tmp_path, home.parcels).make(PARCEL)
            made = home.new_signer(name="seal.key")
            kid = home.signer(made, name="seal.key").kid
        with tpm(Path(folder)) as tcti:
            home = TpmHome(tcti, parcels=PARCELS)
            assert ParcelKeys(tmp_path, home.parcels).read(PARCEL) == key
            signer = home.signer(made, name="seal.key")
            assert (signer.kid, len(signer.sign(b"message"))) == (kid, 64)


def test_a_chip_that_does_not_answer_says_nothing_of_a_key(tcti: str, tmp_path: Path) -> None:
    from vault.keys.tpm import TpmHome

    keys = ParcelKeys(tmp_path / "keys", TpmHome(tcti, parcels=PARCELS).parcels)
    key = keys.make(PARCEL)
    gone = ParcelKeys(tmp_path / "keys", TpmHome(f"swtpm:path={tmp_path}/nobody", parcels=PARCELS).parcels)
    with pytest.raises(KeyHomeFailed, match=r"^The TPM did not do what it was asked \(response 0x[0-9a-f]+\)\.$"):
        gone.read(PARCEL)
    with pytest.raises(KeyHomeFailed):
        gone.make(OTHER_PARCEL)
    assert not gone.exists(OTHER_PARCEL)
    assert keys.read(PARCEL) == key


def test_a_wipe_is_not_done_until_the_chip_has_forgotten(tcti: str, tmp_path: Path) -> None:
    from vault.keys.tpm import TpmHome

    keys = ParcelKeys(tmp_path / "keys", TpmHome(tcti, parcels=PARCELS).parcels)
    keys.make(PARCEL)
    remnant = (tmp_path / f"keys/{PARCEL}.key").read_bytes()
    gone = ParcelKeys(tmp_path / "keys", TpmHome(f"swtpm:path={tmp_path}/nobody", parcels=PARCELS).parcels)
    with pytest.raises(KeyHomeFailed):
        gone.destroy(PARCEL)
    keys.destroy(PARCEL)
    (tmp_path / f"keys/{PARCEL}.key").write_bytes(remnant)
    with pytest.raises(KeyMissing):
        keys.read(PARCEL)


def test_the_seal_key_is_nowhere_but_in_the_chip(tcti: str) -> None:
    from vault.keys.tpm import TpmHome

    home = TpmHome(tcti, parcels=PARCELS)
    signer = home.signer(home.new_signer(name="seal.key"), name="seal.key")
    assert (home.kind, repr(signer)) == (KeyKind.TPM, f"TpmSigner({signer.kid})")
    assert not hasattr(signer, "pem")


@pytest.mark.parametrize("size", [0, 1, 2, 3, 50, 150])
def test_a_key_that_was_torn_is_missing_and_not_the_chips_fault(tcti: str, size: int) -> None:
    from vault.keys.tpm import TpmHome

    home = TpmHome(tcti, parcels=PARCELS)
    beginning = len(b"SMILIUS-KEY tpm 1\n")
    with pytest.raises(KeyMissing):
        home.unlock(home.lock(b"secret", name="link.key")[: beginning + size], name="link.key")
    with pytest.raises(KeyMissing):
        home.signer(home.new_signer(name="seal.key")[: beginning + size], name="seal.key")
