"""agent/compose/keys.py: the configured home is the one that is opened, and each process has its own."""

from pathlib import Path

import pytest

from agent.compose.keys import Process, key_home
from agent.config.paths import Paths
from tests.vault.keys.configured import configured
from vault.errors import KeyMissing
from vault.keys import KeyKind


def test_without_a_word_keys_are_files(tmp_path: Path) -> None:
    assert key_home(Paths(tmp_path), "station").kind is KeyKind.FILE


@pytest.mark.parametrize("kind", ["credential", "otp", "tpm"])
def test_the_configured_home_is_opened(kind: str, tmp_path: Path) -> None:
    paths = Paths(tmp_path)
    paths.make_folders()
    processes: tuple[Process, ...] = ("station", "courier")
    with configured(kind, tmp_path):
        homes = [key_home(paths, process, make=True) for process in processes]
        assert [home.kind.value for home in homes] == [kind, kind]
        locked = homes[0].lock(b"secret", name="seal.key")
        assert key_home(paths, "station").unlock(locked, name="seal.key") == b"secret"
        if kind != "tpm":
            # one chip for both: there the files' owners keep them apart
            with pytest.raises(KeyMissing):
                homes[1].unlock(locked, name="seal.key")


def test_a_credential_that_nobody_made_is_missing(tmp_path: Path) -> None:
    with configured("credential", tmp_path), pytest.raises(KeyMissing, match="smilius-courier is not there"):
        key_home(Paths(tmp_path), "courier")
