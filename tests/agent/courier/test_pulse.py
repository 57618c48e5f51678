"""The self-ping: an answer that went all the way proves the link, and without one it is rebuilt, ever more rarely."""

import asyncio
import logging
from pathlib import Path

import pytest

from agent.courier.pulse import PATIENCE_MAX, Beat, Pulse
from agent.link import Link
from agent.wire import StationTopics
from tests.agent.broker import SOON_S, STATION, TENANT, Broker, quick_patience
from tests.agent.courier.counterpart import Counterpart
from tests.agent.courier.office import DOWN, Office
from tests.agent.courier.premises import Premises
from tests.agent.meddler import Meddler, Mischief

HERE = f"{TENANT}/{STATION}"
UP = StationTopics(TENANT, STATION)
EVERY_S = 60.0


def beats(pulse: Pulse, *, count: int, begin_s: float = 0.0, central_there: bool = True) -> list[Beat]:
    return [pulse.beat(now_s=begin_s + EVERY_S * number, central_there=central_there) for number in range(1, count + 1)]


def begun() -> Pulse:
    pulse = Pulse(EVERY_S)
    pulse.begun(now_s=0.0)
    return pulse


def test_who_speaks_is_not_asked() -> None:
    pulse = begun()
    pulse.heard(now_s=59.0)
    assert pulse.beat(now_s=60.0, central_there=True) is Beat.REST
    assert pulse.beat(now_s=120.0, central_there=True) is Beat.ASK


def test_without_an_answer_the_link_is_rebuilt_and_then_ever_more_rarely() -> None:
    pulse, rebuilt = begun(), []
    for number, beat in enumerate(beats(pulse, count=400)):
        if beat is Beat.REBUILD:
            rebuilt.append(number)
            pulse.begun(now_s=EVERY_S * (number + 1))
    gaps = [after - before for before, after in zip([-1, *rebuilt], rebuilt, strict=False)]
    assert gaps[:6] == [3, 5, 9, 17, 33, 65]
    assert max(gaps) == 1 + 2 * PATIENCE_MAX


def test_while_central_is_away_nothing_is_concluded() -> None:
    pulse = begun()
    assert set(beats(pulse, count=50, central_there=False)) == {Beat.ASK}
    pulse.begun(now_s=3000.0)
    assert beats(pulse, count=3, begin_s=3000.0) == [Beat.ASK, Beat.ASK, Beat.REBUILD]


def test_an_echo_is_an_answer_and_measures_the_way() -> None:
    pulse = begun()
    for number in range(1, 20):
        assert pulse.beat(now_s=EVERY_S * number, central_there=True) is Beat.ASK
        pulse.echoed(pulse.ask(now_s=EVERY_S * number), now_s=EVERY_S * number + 0.25)
        assert pulse.round_trip_s == 0.25


def test_an_echo_of_what_was_not_asked_is_no_answer() -> None:
    pulse = begun()
    assert pulse.beat(now_s=60.0, central_there=True) is Beat.ASK
    asked = pulse.ask(now_s=60.0)
    pulse.echoed(b"echo of somebody else", now_s=60.1)
    pulse.begun(now_s=61.0)
    pulse.echoed(asked, now_s=62.0)
    assert pulse.round_trip_s is None


async def test_questions_are_asked_and_their_echo_is_told(premises: Premises) -> None:
    async with Office(premises, echo_s=0.01) as office:
        office.pipe.connect()
        await office.settled()
        premises.clock.seconds += 1.0
        while office.courier.link_figures()["round_trip_ms"] is None:
            topic, content = await office.pipe.published()
            assert topic == UP.echo
            office.pipe.say(DOWN.echoed, content)
            await office.settled()
        assert office.courier.link_figures()["round_trip_ms"] == 0


async def test_a_link_that_only_looks_alive_is_rebuilt(
    broker: Broker, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    counterpart = Counterpart(tmp_path, broker)
    premises = counterpart.premises(tmp_path / "premises")
    meddler = Meddler(Mischief(), front=broker.server_tls(), back=broker.tls(HERE), broker_port=broker.port)
    caplog.set_level(logging.INFO)
    async with counterpart, meddler:
        link = Link(
            broker.address(HERE, port=meddler.port),
            topics=(*UP.from_central, UP.central_state),
            patience=quick_patience(),
        )
        async with Office(premises, link=link, echo_s=0.3) as office, asyncio.timeout(SOON_S):
            await counterpart.heard(UP.echo)
            while office.courier.link_figures()["round_trip_ms"] is None:
                await office.courier.change(within_s=0.05)
            meddler.deaf = True
            while len(meddler.connects) < 2:
                await office.courier.change(within_s=0.05)
            meddler.deaf = False
            parcel = await office.courier.at_desk(premises.spooled)
            office.courier.look()
            await counterpart.has(parcel.id)
    premises.close()
    assert "the broker is out: central does not answer through it" in caplog.text
