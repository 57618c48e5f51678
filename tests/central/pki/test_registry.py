"""The registry: what an enrolment writes is what the bridge believes, from the next message on."""

from pathlib import Path

import pytest

from agent.wire import StationKeys
from central.errors import StationUnknown
from central.pki.registry import Registry
from vault.envelope import SealBroken, SigningKey

LINK, SEAL = SigningKey.generate(), SigningKey.generate()


def keys(station: str = "vilnius-1", *, link: SigningKey = LINK, seal: SigningKey = SEAL) -> StationKeys:
    return StationKeys(tenant="lt", station=station, link_public=link.public.pem(), seal_public=seal.public.pem())


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path)


def test_an_enrolled_stations_keys_are_found(registry: Registry) -> None:
    registry.add(keys())
    assert registry.link("lt", "vilnius-1").key(LINK.kid).pem() == LINK.public.pem()
    assert registry.seal_pem("lt", "vilnius-1") == SEAL.public.pem()
    with pytest.raises(SealBroken):
        registry.link("lt", "vilnius-1").key(SEAL.kid)


@pytest.mark.parametrize("place", [("lt", "kaunas-2"), ("lv", "vilnius-1")])
def test_a_station_that_is_not_enrolled_is_unknown(registry: Registry, place: tuple[str, str]) -> None:
    registry.add(keys())
    with pytest.raises(StationUnknown):
        registry.link(*place)
    with pytest.raises(StationUnknown):
        registry.seal_pem(*place)


def test_a_replaced_unit_is_believed_without_a_restart(registry: Registry, tmp_path: Path) -> None:
    registry.add(keys())
    registry.link("lt", "vilnius-1")
    new = SigningKey.generate()
    Registry(tmp_path).add(keys(link=new))
    assert registry.link("lt", "vilnius-1").key(new.kid).pem() == new.public.pem()
    with pytest.raises(SealBroken):
        registry.link("lt", "vilnius-1").key(LINK.kid)


def test_a_station_that_was_taken_out_is_unknown_at_once(registry: Registry, tmp_path: Path) -> None:
    registry.add(keys())
    registry.link("lt", "vilnius-1")
    (tmp_path / "lt" / "vilnius-1.json").unlink()
    with pytest.raises(StationUnknown):
        registry.link("lt", "vilnius-1")


@pytest.mark.parametrize("content", [b"", b"{", keys().canonical()[:-20], b'{"tenant":"lt"}'])
def test_a_file_that_cannot_be_read_is_one_stations_trouble(registry: Registry, tmp_path: Path, content: bytes) -> None:
    registry.add(keys())
    registry.add(keys("kaunas-2"))
    (tmp_path / "lt" / "vilnius-1.json").write_bytes(content)
    with pytest.raises(StationUnknown):
        registry.seal_pem("lt", "vilnius-1")
    assert registry.seal_pem("lt", "kaunas-2") == SEAL.public.pem()


def test_a_key_that_is_none_is_one_stations_trouble(registry: Registry) -> None:
    registry.add(keys().model_copy(update={"link_public": "-----BEGIN PUBLIC KEY-----\nbm8=\n"}))
    with pytest.raises(StationUnknown):
        registry.link("lt", "vilnius-1")


def test_nothing_unfinished_is_left_beside_the_files(registry: Registry, tmp_path: Path) -> None:
    registry.add(keys())
    registry.add(keys())
    assert [path.name for path in (tmp_path / "lt").iterdir()] == ["vilnius-1.json"]
