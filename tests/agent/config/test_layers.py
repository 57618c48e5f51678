"""Layers of TOML: merged, refused with a sentence, shown."""

import json
from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict

from agent.config.layers import SECTIONS, changed, flatten, load_default, load_layers, merge, read_section
from agent.errors import ConfigError


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    port: int
    name: str = "x"


def folder(tmp_path: Path, **layers: str) -> Path:
    for name, text in layers.items():
        (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
    return tmp_path


def test_the_shipped_layer_loads_and_names_sections_that_exist() -> None:
    assert set(load_default()) <= SECTIONS
    assert "courier" in load_default()


def test_later_layers_win_key_by_key(tmp_path: Path) -> None:
    layers = load_layers(
        folder(
            tmp_path,
            a10="[courier]\nbroker_host = 'ten'\nbroker_port = 10\n",
            a20="[courier]\nbroker_host = 'ąžuolas'\n[station.camera]\ndriver = 'sim'\n",
        )
    )
    assert layers["courier"] == load_default()["courier"] | {"broker_host": "ąžuolas", "broker_port": 10}  # type: ignore[operator]  # a table
    assert read_section({"s": {"port": 1}}, "s", model=Section) == Section(port=1)


def test_without_a_folder_the_default_is_in_force(tmp_path: Path) -> None:
    assert load_layers(tmp_path / "nowhere") == load_default()


def test_other_files_are_no_layers(tmp_path: Path) -> None:
    (tmp_path / "10.toml~").write_text("[courier")
    (tmp_path / "README").write_text("not TOML")
    assert load_layers(tmp_path) == load_default()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"[courier\nsecret = 'k9'", "cannot be read"),
        (b"\xff\xfe", "cannot be read"),
        (b"[currier]\nsecret = 'k9'\n", "unknown section: currier"),
        (b"stray = 'k9'\n[zebra]\n", "unknown section: stray, zebra"),
    ],
)
def test_what_is_no_layer_is_refused_by_its_name(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "20-site.toml").write_bytes(content)
    with pytest.raises(ConfigError) as refused:
        load_layers(tmp_path)
    assert "20-site.toml" in refused.value.sentence
    assert said in refused.value.sentence
    assert "k9" not in refused.value.sentence
    assert str(tmp_path) not in refused.value.sentence


def test_a_folder_that_is_called_like_a_layer_is_refused(tmp_path: Path) -> None:
    (tmp_path / "30.toml").mkdir()
    with pytest.raises(ConfigError, match=r"30\.toml cannot be read"):
        load_layers(tmp_path)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"port": "k9"}, "s.port: "),
        ({"port": 1, "prot": "k9"}, "s.prot: "),
        ({}, "s.port: Field required"),
        ("k9", "s: "),
        ({"port": 1, "name": ["k9"]}, "s.name: "),
    ],
)
def test_a_section_that_would_not_load_is_refused_by_its_keys_and_never_its_values(table: object, said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        read_section({"s": table}, "s", model=Section)
    assert said in refused.value.sentence
    assert "k9" not in refused.value.sentence
    assert refused.value.__cause__ is None


def test_every_key_that_would_not_load_is_named() -> None:
    with pytest.raises(ConfigError, match=r"s\.name: .*; s\.more: .*|s\.port: .*; s\.name: .*; s\.more: "):
        read_section({"s": {"name": 1, "more": 2}}, "s", model=Section)


def test_a_table_may_be_replaced_by_a_value_and_the_other_way_round() -> None:
    assert merge({"a": {"b": 1}}, {"a": 2}) == {"a": 2}
    assert merge({"a": 2}, {"a": {"b": 1}}) == {"a": {"b": 1}}
    assert merge({"a": [1, 2]}, {"a": [3]}) == {"a": [3]}


def test_merging_changes_neither_layer() -> None:
    below: dict[str, object] = {"a": {"b": 1}}
    above = {"a": {"c": 2}}
    assert merge(below, above) == {"a": {"b": 1, "c": 2}}
    assert (below, above) == ({"a": {"b": 1}}, {"a": {"c": 2}})


def test_values_have_dotted_names() -> None:
    assert dict(flatten({"a": {"b": 1, "c": {"d": []}}, "e": {}})) == {"a.b": 1, "a.c.d": [], "e": {}}


def test_only_what_differs_is_shown_as_changed(tmp_path: Path) -> None:
    assert changed(load_default()) == {}
    text = "[courier]\nbroker_port = 8883\nkeepalive_s = 31\n[place]\ntenant = 'lt'\n[station.camera.options]\nx = 1\n"
    shown = changed(load_layers(folder(tmp_path, site=text)))
    assert shown == {"courier.keepalive_s": 31, "place.tenant": "lt", "station.camera.options.x": 1}
    assert json.dumps(shown)
