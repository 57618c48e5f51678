"""A mapping is read whole or refused, with the line that is wrong."""

from pathlib import Path

import pytest

from central.errors import SetUpError
from central.migris.mapping import load_mapping
from tests.central.migris.elsewhere import MAPPING
from tests.house.source import ROOT

GOOD = MAPPING.format(url="https://migris.example/api")


def line_of(text: str, wanted: str) -> int:
    return text.splitlines().index(wanted) + 1


def test_a_good_one_is_read(tmp_path: Path) -> None:
    path = tmp_path / "m.toml"
    path.write_text(GOOD)
    found = load_mapping(path)
    assert found.verdicts.parts == {"KR": "left-index", "DR": "right-index"}
    assert found.submit.body == "package"


@pytest.mark.parametrize(
    ("line", "instead", "said"),
    [
        ('path = "/prasymai/vienas"', 'path = "/prasymai?nr="', "find.path"),
        ('path = "/prasymai/vienas"', 'path = "/prasymai/{nr}"', "find.path"),
        ('KR = "left-index"', 'KR = "left-toe"', "verdicts.parts.KR"),
        ('BLOGAS_ATSPAUDAS = "print-unusable"', 'BLOGAS_ATSPAUDAS = "Bad print"', "verdicts.codes.BLOGAS_ATSPAUDAS"),
        ('accepted = ["PRIIMTA"]', "accepted = []", "verdicts.accepted"),
        ('url = "https://migris.example/api"', 'url = "http://migris.example/api"', "url"),
        ('reference = "sprendimas.nr"', 'reference = "sprendimas..nr"', "verdicts.reference"),
        ('unknown = ["NERASTA"]', 'unkown = ["NERASTA"]', "verdicts.unkown"),
        ('idempotency_header = "X-Uzklausa"', 'idempotency_header = "X: y"', "idempotency_header"),
    ],
)
def test_a_line_that_is_wrong_is_named(tmp_path: Path, line: str, instead: str, said: str) -> None:
    path = tmp_path / "m.toml"
    path.write_text(GOOD.replace(line, instead, 1))
    with pytest.raises(SetUpError) as refused:
        load_mapping(path)
    assert f"line {line_of(GOOD, line)}: {said}: " in refused.value.sentence


def test_what_is_missing_is_said_at_its_table(tmp_path: Path) -> None:
    path = tmp_path / "m.toml"
    path.write_text(GOOD.replace('state = "prasymas.busena"\n', ""))
    with pytest.raises(SetUpError, match=rf"line {line_of(GOOD, '[find]')}: find\.state: Field required"):
        load_mapping(path)


def test_pending_needs_a_query_and_a_query_its_key(tmp_path: Path) -> None:
    path = tmp_path / "m.toml"
    pending = GOOD.replace('unknown = ["NERASTA"]', 'pending = ["LAUKIA"]')
    path.write_text(pending.replace('[outcome]\npath = "/biometrija/busena"\n', ""))
    at = line_of(pending, 'pending = ["LAUKIA"]')
    with pytest.raises(SetUpError, match=f"line {at}: pending needs"):
        load_mapping(path)
    path.write_text(GOOD.replace('idempotency_header = "X-Uzklausa"', ""))
    with pytest.raises(SetUpError, match=rf"line {line_of(GOOD, '[outcome]')}: nothing carries the key"):
        load_mapping(path)


@pytest.mark.parametrize(
    ("content", "said"), [(b"url = \n", "line 1"), (b"\xff", "would not load"), (b"", "submit: Field required")]
)
def test_what_would_not_load_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "m.toml"
    path.write_bytes(content)
    with pytest.raises(SetUpError) as refused:
        load_mapping(path)
    assert said in refused.value.sentence
    with pytest.raises(SetUpError, match="cannot be read"):
        load_mapping(tmp_path / "none.toml")


def test_the_one_in_the_docs_is_good(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "migris-contract.md").read_text()
    (example,) = [part for part in text.split("```toml\n")[1:] if part.startswith("url = ")]
    path = tmp_path / "m.toml"
    path.write_text(example.split("```")[0])
    found = load_mapping(path)
    assert all(getattr(found, name) is not None for name in type(found).model_fields)
