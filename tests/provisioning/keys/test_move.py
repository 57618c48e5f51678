"""`smilius keys move` on a whole station: its identity and its waiting parcels are the same in another home."""

from pathlib import Path

import pytest

from agent.compose.keys import key_home
from agent.config.paths import Paths
from agent.instance import only_instance
from provisioning.claim.identity import make_request
from provisioning.cli import main
from tests.vault.keys.configured import configured
from tests.vault.station import OTHER_PARCEL, PARCEL
from vault.keys import ParcelKeys, Pseudonyms, load_signer, load_signing_key


def made(paths: Paths) -> tuple[str, str, str, bytes]:
    """What a station is by its keys."""
    station, courier = key_home(paths, "station"), key_home(paths, "courier")
    return (
        load_signing_key(paths.link_key, courier).kid,
        load_signer(paths.seal_key, station).kid,
        Pseudonyms(paths.pseudonym_key, station).of("MIG-1"),
        ParcelKeys(paths.parcel_keys, courier.parcels).read(PARCEL),
    )


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    """A station whose keys are plain files, with a parcel that waits."""
    paths = Paths(tmp_path)
    make_request(paths, tenant="lt", station="vilnius-1")
    ParcelKeys(paths.parcel_keys).make(PARCEL)
    return paths


def run(paths: Paths, *arguments: str) -> int:
    return main(["keys", "move", *arguments, "--root", str(paths.root)])


@pytest.mark.parametrize("kind", ["credential", "otp"])
def test_all_keys_move_there_and_back(kind: str, paths: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    before = made(paths)
    with configured(kind, paths.root):
        # root may make the credential: this is what the command does first
        assert run(paths, "--from", "file") == 0
        assert made(paths) == before
        assert "courier: link.key was moved to" in capsys.readouterr().out
        keys = [path for path in paths.root.rglob("*.key") if "var" in path.parts]
        assert len(keys) == 4
        assert all(path.read_bytes().startswith(b"SMILIUS-KEY " + kind.encode()) for path in keys)
        # again: nothing is left to do
        assert run(paths, "--from", "file") == 0
        assert capsys.readouterr().out == f"courier: 0 keys of waiting parcels were moved to {kind}.\n"
        settings = (paths.configuration / "05-keys.toml").read_text()
        (paths.configuration / "05-keys.toml").write_text(settings.replace(f'home = "{kind}"', 'home = "file"'))
        assert run(paths, "--from", kind) == 0
        assert made(paths) == before
    assert not any(path.read_bytes().startswith(b"SMILIUS-KEY") for path in keys)


def test_the_couriers_keys_move_into_a_tpm_and_out_again(paths: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    before = made(paths)
    with configured("tpm", paths.root):
        assert run(paths, "--from", "file") == 2
        assert capsys.readouterr().err == (
            "smilius: The key seal.key cannot be moved: in a TPM a key that signs is the chip's own.\n"
        )
        assert b"SMILIUS-KEY" not in paths.link_key.read_bytes(), "nothing was touched"
        assert run(paths, "--from", "file", "--process", "courier") == 0
        courier = key_home(paths, "courier")
        keys = ParcelKeys(paths.parcel_keys, courier.parcels)
        assert (load_signing_key(paths.link_key, courier).kid, keys.read(PARCEL)) == (before[0], before[3])
        keys.make(OTHER_PARCEL)
        settings = (paths.configuration / "05-keys.toml").read_text()
        (paths.configuration / "05-keys.toml").write_text(settings.replace('home = "tpm"', 'home = "file"'))
        assert run(paths, "--from", "tpm", "--process", "courier") == 0
        assert made(paths) == before


def test_a_station_that_runs_is_not_touched(paths: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    with configured("otp", paths.root), only_instance(paths.courier, name="courier"):
        assert run(paths, "--from", "file") == 2
        assert "Another courier runs" in capsys.readouterr().err
        assert b"SMILIUS-KEY" not in paths.seal_key.read_bytes()


def test_a_configuration_that_was_not_changed_is_said(paths: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(paths, "--from", "file") == 2
    said = "smilius: The configuration names file for the station still: change it first.\n"
    assert capsys.readouterr().err == said
