"""Which database a folder has."""

import pytest

from central.database import Server, open_database, place_of
from central.errors import SetUpError
from central.paths import Paths
from tests.central.headquarters import settings

URL = "postgresql://bridge@db.example/smilius"


def test_without_a_setting_it_is_the_folders_own_file(headquarters: Paths) -> None:
    assert place_of(headquarters, settings()) == headquarters.bridge_database


def test_a_servers_secrets_are_files_beside_the_keys(headquarters: Paths) -> None:
    headquarters.bridge_database.unlink()
    place = place_of(headquarters, settings().model_copy(update={"database": URL}))
    assert isinstance(place, Server)
    files = (place.password, place.authority, place.certificate, place.key)
    assert [path.name for path in files] == ["database.pass", "database-ca.pem", "database.pem", "database.key"]
    assert {path.parent for path in files} == {headquarters.pki}


def test_a_ledger_that_is_here_is_not_left_behind(headquarters: Paths) -> None:
    with pytest.raises(SetUpError, match="does not move"):
        place_of(headquarters, settings().model_copy(update={"database": URL}))


def test_either_is_opened(headquarters: Paths) -> None:
    kinds = []
    for place in (headquarters.bridge_database, Server(URL, *[headquarters.root / "absent"] * 4)):
        engine = open_database(place)
        kinds.append(engine.dialect.name)
        engine.dispose()
    assert kinds == ["sqlite", "postgresql"]
