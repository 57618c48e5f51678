"""agent/config/keys.py: where keys live is validated, and the shipped layer says so in both sections."""

from pathlib import Path

import pytest

from agent.config.keys import KeysChoice, keys_choice
from agent.config.layers import load_default, load_layers
from agent.errors import ConfigError


@pytest.mark.parametrize("process", ["station", "courier"])
def test_the_shipped_layer_has_plain_files(process: str) -> None:
    assert keys_choice(load_default(), process) == KeysChoice(home="file")


def test_each_process_has_its_own_choice(tmp_path: Path) -> None:
    (tmp_path / "50.toml").write_text('[courier.keys]\nhome = "tpm"\ntcti = "device:/dev/tpmrm1"\n')
    layers = load_layers(tmp_path)
    assert (keys_choice(layers, "station").home, keys_choice(layers, "courier").home) == ("file", "tpm")
    assert keys_choice(layers, "courier").tcti == "device:/dev/tpmrm1"


@pytest.mark.parametrize(
    ("table", "place"),
    [
        ('home = "hsm"', "station.keys.home"),
        ('home = "tpm"\ntcti = "device:/dev/tpm0 && rm"', "station.keys.tcti"),
        ('home = "tpm"\nparcels_handle = 1', "station.keys.parcels_handle"),
        ('home = "file"\nhandle = 1', "station.keys.handle"),
    ],
)
def test_what_is_no_choice_is_refused_by_name(tmp_path: Path, table: str, place: str) -> None:
    (tmp_path / "50.toml").write_text(f"[station.keys]\n{table}\n")
    with pytest.raises(ConfigError, match=rf"^The configuration would not load: {place}: "):
        keys_choice(load_layers(tmp_path), "station")
