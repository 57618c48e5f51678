"""The settings' connector is the one that is made."""

from pathlib import Path

from agent.clock import SystemClock
from central.migris.choice import connector_of
from central.migris.connector import Pending
from central.migris.handoff.connector import HandoffConnector
from central.migris.http import HttpConnector
from central.migris.mapped import MappedConnector
from central.paths import Paths
from central.settings import check_settings, load_settings
from tests.central.migris.conformance import submission
from tests.central.migris.elsewhere import MAPPING
from tests.central.migris.handoff.clerk import OPEN, ROLL
from tests.central.parcels import Visit, new_id


async def test_the_simulator_is_what_is_there_without_a_word(headquarters: Paths) -> None:
    connector = connector_of(headquarters, load_settings(headquarters.settings), clock=SystemClock())
    assert isinstance(connector, HttpConnector)
    await connector.close()


async def test_a_handoff_uses_the_folder_and_the_roll_that_are_named(headquarters: Paths, tmp_path: Path) -> None:
    given = submission(Visit(parcel=new_id()))
    (tmp_path / "roll.csv").write_text(ROLL)
    settings = load_settings(headquarters.settings).model_dump()

    async def handed(handoff: dict[str, str]) -> HandoffConnector:
        migris = {"connector": "handoff", "handoff": handoff}
        connector = connector_of(headquarters, check_settings({**settings, "migris": migris}), clock=SystemClock())
        assert isinstance(connector, HandoffConnector)
        assert await connector.submit(given) == Pending()
        return connector

    parcel = Path("out") / given.key.replace("/", ".") / "transaction.an2"
    await handed({})
    assert (headquarters.handoff / parcel).is_file()
    connector = await handed({"folder": str(tmp_path / "drop"), "applications": str(tmp_path / "roll.csv")})
    assert (tmp_path / "drop" / parcel).is_file()
    view = await connector.find(OPEN)
    assert view is not None
    assert view.open


async def test_http_speaks_as_its_mapping_says(headquarters: Paths, tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_text(MAPPING.format(url="https://migris.example/api"))
    migris = {"connector": "http", "mapping": str(tmp_path / "m.toml")}
    settings = check_settings({**load_settings(headquarters.settings).model_dump(), "migris": migris})
    connector = connector_of(headquarters, settings, clock=SystemClock())
    assert isinstance(connector, MappedConnector)
    assert not settings.migris.copies
    await connector.close()
