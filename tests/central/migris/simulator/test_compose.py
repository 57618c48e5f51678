"""The simulator as a process: both doors, each for whom it is, and a good end."""

from pathlib import Path

import httpx

from central.migris.http import HttpConnector
from central.migris.tls import connector_tls
from central.settings import load_settings
from tests.central.headquarters import founded
from tests.central.parcels import OPEN_APPLICATION
from tests.central.processes import central, stop


async def test_it_is_ready_when_it_says_so_and_ends_well(tmp_path: Path) -> None:
    paths = founded(tmp_path / "central")
    settings = load_settings(paths.settings)
    with central("migris", paths) as process:
        connector = HttpConnector(settings.migris_url, tls=connector_tls(paths))
        view = await connector.find(OPEN_APPLICATION)
        assert view is not None
        assert view.open
        await connector.close()
        async with httpx.AsyncClient() as person:
            page = await person.get(f"http://localhost:{settings.migris_page_port}/")
            assert "Nothing was received yet." in page.text
            assert "server" not in page.headers
            # the page's door is not the machine interface's
            found = await person.post(f"http://localhost:{settings.migris_page_port}/v1/applications/find")
            assert found.status_code == 404
        assert stop(process) == 0
    log = (paths.root / "migris.log").read_text()
    assert not any(word in log for word in ("ERROR", "CRITICAL", "Traceback")), log
    assert OPEN_APPLICATION not in log
