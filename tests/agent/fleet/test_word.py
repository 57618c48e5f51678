"""The station's word: said to a real courier's socket, and again when it has changed."""

import asyncio
from pathlib import Path

import pytest
from starlette.applications import Starlette

from agent.errors import PeerSilent, Refused
from agent.fleet.api import station_route
from agent.fleet.word import Speaker, fingerprint
from agent.supervise import Supervisor
from agent.unix_http import ERROR_ANSWERS, UnixClient, UnixServer
from agent.wire import StationWord
from tests.agent.courier.office import Office
from tests.agent.courier.premises import Premises
from tests.agent.fleet.pictures import WORD, gallery, painter

PLACE = ("lt", "vilnius-1")


def test_a_fingerprint_tells_devices_apart_and_no_serial_number() -> None:
    first = fingerprint(PLACE, "camera", identity=("046d:082d", "A1B2"))
    assert first is not None
    assert len(first) == 16
    assert first == fingerprint(PLACE, "camera", identity=("046d:082d", "A1B2"))
    others = {
        fingerprint(PLACE, "camera", identity=("046d:082d", "A1B3")),
        fingerprint(("lt", "kaunas-1"), "camera", identity=("046d:082d", "A1B2")),
        fingerprint(PLACE, "fingerprint", identity=("046d:082d", "A1B2")),
    }
    assert len({first, *others}) == 4
    assert fingerprint(PLACE, "camera", identity=("", "")) is None


async def test_it_is_said_once_and_again_when_it_is_another(premises: Premises, short_folder: Path) -> None:
    office = Office(premises)
    painted = painter(premises, [])
    application = Starlette(
        routes=[station_route(gallery(office.courier, painted))],
        exception_handlers=ERROR_ANSWERS,  # type: ignore[arg-type]  # as the courier's own
    )
    words = [WORD]
    client = UnixClient(short_folder / "courier.sock", name="courier")
    speaker = Speaker(client, lambda: words[-1])
    with pytest.raises(PeerSilent):
        await speaker.say()
    async with office:
        server = UnixServer(application, short_folder / "courier.sock", users=frozenset())
        office.supervisor.must_live("api", server.serve())
        office.supervisor.at_shutdown("api", server.close)
        await speaker.say()
        assert painted.draw().word == WORD
        painted.hear(WORD.model_copy(update={"version": "0.0.1"}))
        await speaker.say()
        assert painted.draw().word != WORD, "the same was said a moment ago"
        words.append(WORD.model_copy(update={"warnings": ()}))
        await speaker.say()
        assert painted.draw().word == words[-1]
        with pytest.raises(Refused, match="not complete"):
            await client.ask("PUT", "/v1/station", body={"version": "0.1.0", "serial": "A1B2"})
        await client.close()


async def test_a_courier_that_comes_back_hears_it_at_once(premises: Premises, short_folder: Path) -> None:
    said: list[StationWord] = []

    def word() -> StationWord:
        said.append(WORD)
        return WORD

    client = UnixClient(short_folder / "nobody.sock", name="courier")
    supervisor = Supervisor()
    supervisor.must_live("word", Speaker(client, word).run())
    running = asyncio.get_running_loop().create_task(supervisor.run())
    await asyncio.wait({running}, timeout=0.2)
    assert said, "it tries"
    assert not running.done(), "nobody hears it, and the station goes on"
    supervisor.stop()
    assert await running == 0
    await client.close()
