"""vault/keys/move.py: a key moves between homes whole, whatever is cut off, and nothing stays behind."""

from itertools import permutations
from pathlib import Path

import pytest

from tests.vault.disk_calls import Cut, DiskCalls, cut_before
from tests.vault.keys.homes import home
from vault.errors import KeyMissing
from vault.keys import (
    FileHome,
    KeyHome,
    Pseudonyms,
    end_replacements,
    is_movable,
    load_signer,
    load_signing_key,
    make_secret,
    make_signer,
    make_signing_key,
    move,
)

STEPS = 12


@pytest.mark.parametrize(("old", "new"), [*permutations(["file", "credential", "otp", "tpm"], 2)])
def test_the_links_key_and_the_pseudonyms_key_move_between_any_two_homes(old: str, new: str, tmp_path: Path) -> None:
    link, pseudonym = tmp_path / "link.key", tmp_path / "pseudonym.key"
    with home(old, tmp_path / "old") as former, home(new, tmp_path / "new") as there:
        kid = make_signing_key(link, former).kid
        make_secret(pseudonym, former)
        before = Pseudonyms(pseudonym, former).of("MIG-1")
        for path in (link, pseudonym):
            assert is_movable(path, former=former, home=there, signs=False)
            move(path, former=former, home=there)
            assert not is_movable(path, former=former, home=there, signs=False)
        assert load_signing_key(link, there).kid == kid
        assert Pseudonyms(pseudonym, there).of("MIG-1") == before
        with pytest.raises(KeyMissing, match="another home"):
            load_signing_key(link, former)
        assert {path.stat().st_mode & 0o777 for path in (link, pseudonym)} == {0o600}
    assert list(tmp_path.glob("*.former")) == []


@pytest.mark.parametrize(("old", "new"), [*permutations(["file", "credential", "otp"], 2)])
def test_the_seal_key_moves_where_a_home_locks_it(old: str, new: str, tmp_path: Path) -> None:
    seal = tmp_path / "seal.key"
    with home(old, tmp_path / "old") as former, home(new, tmp_path / "new") as there:
        kid = make_signer(seal, former).kid
        assert is_movable(seal, former=former, home=there, signs=True)
        move(seal, former=former, home=there)
        assert load_signer(seal, there).kid == kid


@pytest.mark.parametrize(("old", "new"), [("file", "tpm"), ("tpm", "file")])
def test_the_seal_key_of_a_chip_stays_there_and_none_comes_in(old: str, new: str, tmp_path: Path) -> None:
    seal = tmp_path / "seal.key"
    with home(old, tmp_path / "old") as former, home(new, tmp_path / "new") as there:
        make_signer(seal, former)
        before = seal.read_bytes()
        with pytest.raises(KeyMissing, match="chip's own"):
            is_movable(seal, former=former, home=there, signs=True)
    assert seal.read_bytes() == before


def test_what_was_never_made_or_is_of_neither_home_is_not_moved(tmp_path: Path) -> None:
    link = tmp_path / "link.key"
    with home("otp", tmp_path / "one") as one, home("credential", tmp_path / "two") as two:
        assert not is_movable(link, former=FileHome(), home=one, signs=False)
        make_signing_key(link, two)
        with pytest.raises(KeyMissing, match="another home"):
            is_movable(link, former=FileHome(), home=one, signs=False)


def opened(path: Path, homes: tuple[KeyHome, ...]) -> set[str]:
    """The ids that any of the homes finds in the file."""
    found = set()
    for one in homes:
        try:
            found.add(load_signing_key(path, one).kid)
        except KeyMissing:
            continue
    return found


@pytest.mark.parametrize("cut", range(STEPS))
def test_a_cut_at_any_step_loses_no_key_and_leaves_no_plain_one(tmp_path: Path, cut: int) -> None:
    folder = tmp_path / "keys"
    folder.mkdir()
    link = folder / "link.key"
    plain = make_signing_key(link).pem().encode()
    kid = load_signing_key(link).kid
    with home("otp", tmp_path / "home") as there:
        try:
            with DiskCalls(folder, before=cut_before(cut)) as calls:
                move(link, former=FileHome(), home=there)
            assert cut >= len(calls.steps)
        except Cut:
            pass
        assert opened(link, (FileHome(), there)) == {kid}
        # asking again goes on
        if is_movable(link, former=FileHome(), home=there, signs=False):
            move(link, former=FileHome(), home=there)
        end_replacements([link])
        assert load_signing_key(link, there).kid == kid
        left = {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.endswith(".writing")}
    assert list(left) == ["link.key"]
    assert plain not in left["link.key"]


def test_what_lay_in_the_former_home_is_overwritten_before_it_is_unlinked(tmp_path: Path) -> None:
    link = tmp_path / "link.key"
    plain = make_signing_key(link).pem().encode()
    seen: list[bytes] = []

    def look(step: str) -> None:
        if step == "unlink":
            seen.extend(path.read_bytes() for path in tmp_path.glob("*.former"))

    with home("otp", tmp_path / "home") as there, DiskCalls(tmp_path, before=look):
        move(link, former=FileHome(), home=there)
    assert seen
    assert all(plain not in content and len(content) == len(plain) for content in seen)
