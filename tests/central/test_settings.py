"""`central.toml`: what it says comes back, and what would not load is refused with the fields' names."""

from pathlib import Path

import pytest

from central.errors import SetUpError
from central.settings import Settings, check_settings, load_settings
from tests.central.headquarters import settings

GIVEN = settings(ports=(1, 2, 65535), tenants=("lt", "lt-2"))


def test_what_is_written_is_what_is_read(tmp_path: Path) -> None:
    path = tmp_path / "central.toml"
    path.write_text(GIVEN.text())
    assert load_settings(path) == GIVEN


def test_the_port_of_migris_is_in_its_address() -> None:
    assert GIVEN.migris_port == 2
    assert check_settings({**GIVEN.model_dump(), "migris_url": "https://migris.example/api/v1"}).migris_port == 443


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://bridge@db.example:5433/smilius",
        "postgresql://db-1/smilius",
        "postgresql:///smilius?host=/run/postgresql",
        "postgresql://bridge@/smilius?host=/run/postgresql",
    ],
)
def test_a_servers_address_comes_back(tmp_path: Path, url: str) -> None:
    path, given = tmp_path / "central.toml", check_settings({**GIVEN.model_dump(), "database": url})
    path.write_text(given.text())
    assert load_settings(path) == given


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("broker_host", ""),
        ("broker_host", 'x"\nevil = "1'),
        ("broker_host", "a b"),
        ("broker_port", 0),
        ("broker_port", 65536),
        ("migris_url", "http://localhost:1"),
        ("migris_url", "https://localhost:99999"),
        ("migris_url", "https://user:secret@localhost:1"),
        ("migris_url", "https://localhost:1/?application=MIG-1"),
        ("migris_page_port", -1),
        ("tenants", ()),
        ("tenants", ("Lt",)),
        ("tenants", ('lt"]',)),
        ("tenants", ("lt/x",)),
        ("tenants", ("lt", "claim")),
        ("tenants", ("central",)),
        ("database", "sqlite:///bridge.db"),
        ("database", "postgresql://bridge:secret@db.example/smilius"),
        ("database", "postgresql://bridge@db.example/smilius?sslmode=disable"),
        ("database", "postgresql://bridge@db.example:70000/smilius"),
        ("database", "postgresql://bridge@db.example/"),
        ("database", "postgresql:///smilius?host=run/postgresql"),
        ("database", 'postgresql:///smilius?host=/run"\nmore = 1'),
        ("migris", {"connector": "carrier pigeon"}),
        ("migris", {"connector": "sftp"}),
        ("migris", {"connector": "http"}),
        ("migris", {"connector": "http", "mapping": "m.toml"}),
        ("migris", {"sftp": {"host": "drop.example", "user": "a b", "folder": "x", "host_key": "ssh-ed25519 AAAA"}}),
        ("migris", {"sftp": {"host": "drop.example", "user": "us", "folder": "x", "host_key": ""}}),
        ("migris", {"connector": "handoff", "handoff": {"folder": "drop"}}),
        ("migris", {"handoff": {"applications_max_age_hours": 0}}),
        ("more", 1),
    ],
)
def test_what_cannot_be_used_is_named(field: str, value: object) -> None:
    with pytest.raises(SetUpError) as refused:
        check_settings({**GIVEN.model_dump(), field: value})
    assert refused.value.sentence == f"These settings of headquarters cannot be used: {field}."


@pytest.mark.parametrize("content", [b"", b"broker_host =", b"\xff\xfe", b'broker_host = "localhost"'])
def test_a_file_that_would_not_load_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "central.toml"
    path.write_bytes(content)
    with pytest.raises(SetUpError):
        load_settings(path)


def test_a_folder_without_settings_is_not_set_up(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "central.toml", tmp_path / "file" / "central.toml"):
        with pytest.raises(SetUpError, match="not set up"):
            load_settings(path)
    (tmp_path / "central.toml").mkdir()
    with pytest.raises(SetUpError):
        load_settings(tmp_path / "central.toml")


def test_settings_cannot_be_changed_afterwards() -> None:
    with pytest.raises(ValueError, match="frozen"):
        setattr(Settings.model_validate(GIVEN.model_dump()), "broker_port", 1)  # noqa: B010 (the type forbids it too)
