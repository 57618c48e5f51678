"""The fleet's layer: on top of the station's own files, if headquarters has signed it for this station."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.config.fleet import in_force, load_all, running, with_layer
from agent.config.layers import load_layers
from agent.errors import ConfigError, WireError
from tests.agent.courier.premises import CENTRAL_KEY, FOREIGN_KEY, Premises
from tests.agent.fleet.room import LAYER, configuration, place, signed
from vault.envelope import digest_of


@pytest.fixture
def premises(tmp_path: Path) -> Iterator[Premises]:
    opened = Premises(tmp_path)
    place(opened)
    (opened.paths.configuration / "50-site.toml").write_text("[courier]\nkeepalive_s = 11\nretry_max_s = 12.0\n")
    yield opened
    opened.close()


def test_it_lies_above_the_stations_own_files(premises: Premises) -> None:
    paths = premises.paths
    assert (in_force(paths), running(paths)) == (None, None)
    assert load_all(paths) == load_layers(paths.configuration)
    content = signed(configuration(3))
    paths.fleet_configuration.write_bytes(content)
    assert in_force(paths) == (configuration(3), digest_of(content))
    assert running(paths) == 3
    courier = load_all(paths)["courier"]
    assert isinstance(courier, dict)
    assert (courier["keepalive_s"], courier["retry_max_s"]) == (77, 12.0)
    assert with_layer(paths, LAYER) == load_all(paths)
    with pytest.raises(WireError):
        with_layer(paths, "[place]")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[courier]",
        signed(configuration(), FOREIGN_KEY),
        signed(configuration(station="vilnius-2")),
        signed(configuration(layer="[station]\npeer_users = [1]")),
        signed(configuration())[:-1],
    ],
)
def test_one_that_cannot_be_believed_is_passed_over(
    premises: Premises, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    paths = premises.paths
    paths.fleet_configuration.write_bytes(content)
    with pytest.raises(ConfigError, match="cannot be believed"):
        in_force(paths)
    assert load_all(paths) == load_layers(paths.configuration)
    assert running(paths) is None
    assert "own files are in force alone" in caplog.text


def test_one_whose_key_was_revoked_is_passed_over(premises: Premises) -> None:
    paths = premises.paths
    paths.fleet_configuration.write_bytes(signed(configuration()))
    assert running(paths) == 1
    paths.receipt_keys.write_text(CENTRAL_KEY.public.pem() + FOREIGN_KEY.public.pem())
    paths.revoked_receipt_keys.write_text(CENTRAL_KEY.public.pem())
    assert running(paths) is None


def test_one_that_cannot_be_read_is_passed_over(premises: Premises) -> None:
    premises.paths.fleet_configuration.mkdir()
    with pytest.raises(ConfigError, match="cannot be read"):
        in_force(premises.paths)
    assert running(premises.paths) is None
