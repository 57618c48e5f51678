"""What `python -m agent config` shows."""

import json
from pathlib import Path

import pytest

from agent.compose.config import changed_view, effective_view
from agent.config.layers import SECTIONS
from agent.config.paths import Paths
from agent.errors import ConfigError


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    found = Paths(tmp_path)
    found.configuration.mkdir(parents=True)
    (found.configuration / "10.toml").write_text("[place]\ntenant = 'lt'\nstation = 'vilnius-1'\n")
    return found


def test_everything_in_force_is_shown_defaults_included(paths: Paths) -> None:
    view = effective_view(paths)
    assert set(view) == SECTIONS
    shown = json.loads(json.dumps(view))
    assert shown["place"] == {"tenant": "lt", "station": "vilnius-1"}
    assert shown["courier"]["keepalive_s"] == 30
    # also what only the models know
    assert shown["station"]["profile"]["finger"]["ppi"] == 500


def test_the_difference_alone_is_shown(paths: Paths) -> None:
    (paths.configuration / "20.toml").write_text("[courier]\nkeepalive_s = 31\n")
    assert changed_view(paths) == {"courier.keepalive_s": 31, "place.station": "vilnius-1", "place.tenant": "lt"}


def test_what_would_not_load_is_not_shown(paths: Paths) -> None:
    (paths.configuration / "20.toml").write_text("[courier]\nkeepalive_s = 'k9'\n")
    for view in (effective_view, changed_view):
        with pytest.raises(ConfigError, match=r"courier\.keepalive_s") as refused:
            view(paths)
        assert "k9" not in refused.value.sentence
