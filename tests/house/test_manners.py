"""Manners of the tests and of the source: what is banned, and where it is allowed with a reason."""

import ast
import re

import pytest

from tests.house.source import ROOMS, ROOT, Source, product, suite, tracked

SLEEPS_ALLOWED = {
    "tests/journey/consignment.py": "a process that is being started has no event to wait for",
}
"""Files of tests that may sleep, and why."""

PATCHES_ALLOWED: dict[str, str] = {}
"""Files of tests that may patch, and why."""

OUTSIDE_ROOMS = {"tests", "image-build"}
"""Folders beside the rooms that may hold Python."""

_SLEEP = re.compile(r"\b(time|asyncio)\.sleep\(")
_PATCH = re.compile(r"\bmonkeypatch\b|\bunittest\.mock\b|\bmocker\b|\bMagicMock\b")
_UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|NotImplemented\b(?!Error)|work in progress)", re.IGNORECASE)


@pytest.mark.parametrize("source", suite(), ids=lambda source: source.name)
def test_tests_do_not_sleep_or_patch(source: Source) -> None:
    if source.name == "tests/house/test_manners.py":
        return
    assert source.name in SLEEPS_ALLOWED or not _SLEEP.search(source.text)
    assert source.name in PATCHES_ALLOWED or not _PATCH.search(source.text)


def test_what_is_allowed_is_still_needed() -> None:
    texts = {source.name: source.text for source in suite()}
    assert [name for name in SLEEPS_ALLOWED if not _SLEEP.search(texts.get(name, ""))] == []
    assert [name for name in PATCHES_ALLOWED if not _PATCH.search(texts.get(name, ""))] == []


@pytest.mark.parametrize("source", product(), ids=lambda source: source.name)
def test_nothing_is_unfinished(source: Source) -> None:
    assert not _UNFINISHED.search(source.text)


def test_every_python_file_stands_in_a_room() -> None:
    folders = {path.relative_to(ROOT).parts[0] for path in tracked() if path.suffix == ".py"}
    assert folders <= {*ROOMS, *OUTSIDE_ROOMS}


@pytest.mark.parametrize("source", product(), ids=lambda source: source.name)
def test_broad_handlers_are_in_supervise_only(source: Source) -> None:
    broad = [
        node.lineno
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id in {"Exception", "BaseException"}))
    ]
    assert len(broad) <= (2 if source.name == "agent/supervise.py" else 0)


def test_no_file_is_large_and_none_is_a_picture_of_a_person() -> None:
    large = [path.name for path in tracked() if path.stat().st_size > 5_000_000]
    assert large == []


def test_no_path_of_this_machine_is_in_a_file() -> None:
    texts = [path for path in tracked() if path.suffix in {".py", ".md", ".toml", ".sh", ".html", ".json", ".conf", ""}]
    banned = re.compile(r"/work/|/root/|/home/[a-z]+/")
    found = [path.name for path in texts if path.name != "test_manners.py" and banned.search(path.read_text("utf-8"))]
    assert found == []
