"""The registry: what an enrolment writes is what the bridge believes, from the next message on."""

from datetime import timedelta
from pathlib import Path

import pytest

from agent.wire import StationKeys
from central.errors import SealKeyUnknown, StationUnknown
from central.pki.registry import FORMER_MAX, FormerSeals, Registry
from tests.central.parcels import AT
from vault.envelope import SealBroken, SigningKey

LINK, SEAL = SigningKey.generate(), SigningKey.generate()


def keys(station: str = "vilnius-1", *, link: SigningKey = LINK, seal: SigningKey = SEAL) -> StationKeys:
    return StationKeys(tenant="lt", station=station, link_public=link.public.pem(), seal_public=seal.public.pem())


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path)


def test_an_enrolled_stations_keys_are_found(registry: Registry) -> None:
    registry.add(keys(), now=AT)
    assert registry.known("lt", "vilnius-1").link.key(LINK.kid).pem() == LINK.public.pem()
    assert registry.known("lt", "vilnius-1").seal_public == SEAL.public.pem()
    with pytest.raises(SealBroken):
        registry.known("lt", "vilnius-1").link.key(SEAL.kid)


@pytest.mark.parametrize("place", [("lt", "kaunas-2"), ("lv", "vilnius-1")])
def test_a_station_that_is_not_enrolled_is_unknown(registry: Registry, place: tuple[str, str]) -> None:
    registry.add(keys(), now=AT)
    with pytest.raises(StationUnknown):
        registry.known(*place)
    with pytest.raises(StationUnknown):
        registry.known(*place)


def test_a_replaced_unit_is_believed_without_a_restart(registry: Registry, tmp_path: Path) -> None:
    registry.add(keys(), now=AT)
    registry.known("lt", "vilnius-1")
    new = SigningKey.generate()
    Registry(tmp_path).add(keys(link=new), now=AT)
    assert registry.known("lt", "vilnius-1").link.key(new.kid).pem() == new.public.pem()
    with pytest.raises(SealBroken):
        registry.known("lt", "vilnius-1").link.key(LINK.kid)


def test_a_station_that_was_taken_out_is_unknown_at_once(registry: Registry, tmp_path: Path) -> None:
    registry.add(keys(), now=AT)
    registry.known("lt", "vilnius-1")
    (tmp_path / "lt" / "vilnius-1.json").unlink()
    with pytest.raises(StationUnknown):
        registry.known("lt", "vilnius-1")


@pytest.mark.parametrize(
    "content",
    [b"", b"{", keys().canonical()[:-20], b'{"tenant":"lt"}'],
    ids=["empty", "opened", "cut-short", "incomplete"],
)
def test_a_file_that_cannot_be_read_is_one_stations_trouble(registry: Registry, tmp_path: Path, content: bytes) -> None:
    registry.add(keys(), now=AT)
    registry.add(keys("kaunas-2"), now=AT)
    (tmp_path / "lt" / "vilnius-1.json").write_bytes(content)
    with pytest.raises(StationUnknown):
        registry.known("lt", "vilnius-1")
    assert registry.known("lt", "kaunas-2").seal_public == SEAL.public.pem()


def test_a_key_that_is_none_is_one_stations_trouble(registry: Registry) -> None:
    registry.add(keys().model_copy(update={"link_public": "-----BEGIN PUBLIC KEY-----\nbm8=\n"}), now=AT)
    with pytest.raises(StationUnknown):
        registry.known("lt", "vilnius-1")


def replaced(registry: Registry, *seals: SigningKey) -> None:
    """The station was enrolled with each of these in turn."""
    for day, seal in enumerate(seals):
        registry.add(keys(seal=seal), now=AT + timedelta(days=day))


def test_a_replaced_seal_key_still_opens_what_was_billed_under_it(registry: Registry, tmp_path: Path) -> None:
    second, third = SigningKey.generate(), SigningKey.generate()
    replaced(registry, SEAL, second, third)
    known = Registry(tmp_path).known("lt", "vilnius-1")
    assert (known.seal_kid, known.seal_pem(None)) == (third.kid, third.public.pem())
    assert [known.seal_pem(key.kid) for key in (SEAL, second, third)] == [
        key.public.pem() for key in (SEAL, second, third)
    ]
    former = FormerSeals.model_validate_json((tmp_path / "lt" / "vilnius-1.former.json").read_bytes())
    assert [seal.replaced for seal in former.seals] == [AT + timedelta(days=1), AT + timedelta(days=2)]


def test_a_key_that_comes_back_is_kept_once(registry: Registry) -> None:
    second = SigningKey.generate()
    replaced(registry, SEAL, second, SEAL, second)
    former = registry.known("lt", "vilnius-1").former
    assert former is not None
    assert [seal.seal_public for seal in former.seals] == [second.public.pem(), SEAL.public.pem()]


def test_a_seal_key_that_was_never_the_stations_opens_nothing(registry: Registry) -> None:
    replaced(registry, SEAL, SigningKey.generate())
    with pytest.raises(SealKeyUnknown):
        registry.known("lt", "vilnius-1").seal_pem(SigningKey.generate().kid)


def test_a_former_key_that_was_taken_out_opens_nothing(registry: Registry, tmp_path: Path) -> None:
    replaced(registry, SEAL, SigningKey.generate())
    assert registry.known("lt", "vilnius-1").seal_pem(SEAL.kid)
    (tmp_path / "lt" / "vilnius-1.former.json").unlink()
    with pytest.raises(SealKeyUnknown):
        registry.known("lt", "vilnius-1").seal_pem(SEAL.kid)


def test_former_keys_that_cannot_be_read_keep_only_their_own_parcels_waiting(
    registry: Registry, tmp_path: Path
) -> None:
    second = SigningKey.generate()
    replaced(registry, SEAL, second)
    (tmp_path / "lt" / "vilnius-1.former.json").write_bytes(b"{")
    known = registry.known("lt", "vilnius-1")
    assert known.seal_pem(second.kid) == second.public.pem()
    with pytest.raises(StationUnknown, match="former"):
        known.seal_pem(SEAL.kid)
    with pytest.raises(StationUnknown, match="former"):
        registry.add(keys(seal=SigningKey.generate()), now=AT)
    assert registry.known("lt", "vilnius-1").seal_kid == second.kid, "no key was lost by writing the list anew"


def test_only_so_many_former_keys_are_kept(registry: Registry) -> None:
    seals = [SigningKey.generate() for _ in range(FORMER_MAX + 2)]
    replaced(registry, *seals)
    former = registry.known("lt", "vilnius-1").former
    assert former is not None
    assert [seal.seal_public for seal in former.seals] == [key.public.pem() for key in seals[1:-1]]


def test_a_file_that_may_not_be_read_is_one_stations_trouble(registry: Registry, tmp_path: Path) -> None:
    (tmp_path / "lt").write_text("a file where a folder should be")
    with pytest.raises(StationUnknown):
        registry.known("lt", "vilnius-1")


def test_nothing_unfinished_is_left_beside_the_files(registry: Registry, tmp_path: Path) -> None:
    registry.add(keys(), now=AT)
    registry.add(keys(), now=AT)
    assert [path.name for path in (tmp_path / "lt").iterdir()] == ["vilnius-1.json"]
