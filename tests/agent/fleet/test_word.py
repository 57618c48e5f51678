"""The station's word: said to a real courier's socket, and again when it has changed."""

import asyncio
from pathlib import Path

import pytest
from starlette.applications import Starlette

from agent.errors import PeerSilent, Refused
from agent.fleet.api import station_route
from agent.fleet.word import Speaker, Speech, fingerprint
from agent.supervise import Supervisor
from agent.unix_http import ERROR_ANSWERS, UnixClient, UnixServer
from agent.wire import StationWord
from tests.agent.courier.premises import Premises
from tests.agent.fleet.pictures import WORD
from tests.agent.fleet.room import Room, configuration, signed

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


def speech(words: list[StationWord], refusals: list[str | None], settled: list[int]) -> Speech:
    judged: list[str] = []

    def judge(layer: str) -> str | None:
        judged.append(layer)
        return refusals[-1]

    return Speech(word=lambda: words[-1], judge=judge, settled=lambda: settled.append(len(judged)))


async def test_it_is_said_again_and_again_and_judges_what_is_staged(premises: Premises, short_folder: Path) -> None:
    room = Room(premises)
    client = UnixClient(short_folder / "courier.sock", name="courier")
    words, settled = [WORD], list[int]()
    speaker = Speaker(client, speech(words, ["station.profile: it would not load"], settled))
    with pytest.raises(PeerSilent):
        await speaker.say()
    async with room.office:
        application = Starlette(
            routes=[station_route(room.gallery, room.change)],
            exception_handlers=ERROR_ANSWERS,  # type: ignore[arg-type]  # as the courier's own
        )
        server = UnixServer(application, short_folder / "courier.sock", users=frozenset())
        room.office.supervisor.must_live("api", server.serve())
        room.office.supervisor.at_shutdown("api", server.close)
        await speaker.say()
        assert room.painter.draw().word == WORD
        words.append(WORD.model_copy(update={"warnings": ()}))
        await speaker.say()
        assert room.painter.draw().word == words[-1]
        assert settled == [0, 0]
        room.desk.hear(signed(configuration()))
        await speaker.say()
        await speaker.say()
        assert settled == [0, 0, 1, 1], "what is staged is judged once"
        assert not room.desk.step(link_up=True, tried_s=0)
        assert room.desk.told().model_dump()["reason"] == "station-refuses"
        with pytest.raises(Refused, match="not complete"):
            await client.ask("PUT", "/v1/station", body={"version": "0.1.0", "serial": "A1B2"})
        await client.close()


async def test_a_station_whose_courier_is_not_there_goes_on(short_folder: Path) -> None:
    said: list[StationWord] = []

    def word() -> StationWord:
        said.append(WORD)
        return WORD

    client = UnixClient(short_folder / "nobody.sock", name="courier")
    supervisor = Supervisor()
    supervisor.must_live("word", Speaker(client, Speech(word=word, judge=str, settled=said.clear)).run())
    running = asyncio.get_running_loop().create_task(supervisor.run())
    await asyncio.wait({running}, timeout=0.2)
    assert said, "it tries, and nothing is settled"
    assert not running.done(), "nobody hears it, and the station goes on"
    supervisor.stop()
    assert await running == 0
    await client.close()
