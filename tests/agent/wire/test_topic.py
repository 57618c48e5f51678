"""agent/wire/topic.py: what one side writes the other side reads, and nothing outside the grammar is read at all."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agent.wire import CentralTopics, StationTopics, Upward, read_topic
from agent.wire.ident import NAME_PATTERN, RESERVED_STATIONS, ULID_PATTERN

ID = "01jd8x4w3v5qk6zr9t2m7n1pbc"
names = st.from_regex(NAME_PATTERN, fullmatch=True).filter(lambda name: name not in RESERVED_STATIONS)
ids = st.from_regex(ULID_PATTERN, fullmatch=True)

_NAME, _ID = r"(?!(?:central|claim)/)[a-z0-9][a-z0-9-]{0,39}", r"[0-7][0-9a-hjkmnp-tv-z]{25}"
UPWARD = re.compile(
    rf"smilius/1/{_NAME}/{_NAME}/up/(state|twin|echo|parcel/{_ID}/(m|[0-9]|[1-9][0-9]|1[01][0-9]|12[0-7])|(ask|event)/{_ID})"
)
"""The grammar of design section 6, written a second time."""


@given(names, names, ids, st.integers(0, 127))
def test_central_reads_what_a_station_writes(tenant: str, station: str, id_: str, number: int) -> None:
    topics = StationTopics(tenant, station)
    read = {
        topics.state: ("state", "", ""),
        topics.echo: ("echo", "", ""),
        topics.bill(id_): ("parcel", id_, "m"),
        topics.chunk(id_, number): ("parcel", id_, str(number)),
        topics.ask(id_): ("ask", id_, ""),
        topics.event(id_): ("event", id_, ""),
    }
    for topic, wanted in read.items():
        assert read_topic(topic) == Upward(tenant, station, *wanted)
        assert UPWARD.fullmatch(topic)


@given(names, names, ids)
def test_a_station_reads_what_central_writes_to_it(tenant: str, station: str, id_: str) -> None:
    here, central = StationTopics(tenant, station), CentralTopics(tenant, station)
    assert here.read(central.need(id_)) == ("need", id_)
    assert here.read(central.receipt(id_)) == ("receipt", id_)
    assert here.read(central.answer(id_)) == ("answer", id_)
    assert here.read(central.command(id_)) == ("command", id_)
    assert here.read(central.keyring(id_)) == ("keyring", id_)
    assert here.read(central.config) == ("config", "")
    assert (here.echoed, here.read(here.echoed)) == (central.echoed, None)
    assert here.read(central.operators) == ("operators", "")
    assert here.read(central.permission(id_)) == ("permission", id_)
    assert here.central_state == central.state(tenant) == CentralTopics.state(tenant)


def test_topics_are_these() -> None:
    topics, central = StationTopics("lt", "vilnius-1"), CentralTopics("lt", "vilnius-1")
    assert [topics.state, topics.bill(ID), topics.chunk(ID, 12), topics.ask(ID), topics.event(ID)] == [
        "smilius/1/lt/vilnius-1/up/state",
        f"smilius/1/lt/vilnius-1/up/parcel/{ID}/m",
        f"smilius/1/lt/vilnius-1/up/parcel/{ID}/12",
        f"smilius/1/lt/vilnius-1/up/ask/{ID}",
        f"smilius/1/lt/vilnius-1/up/event/{ID}",
    ]
    assert [central.need(ID), central.receipt(ID), central.answer(ID), central.state("lt")] == [
        f"smilius/1/lt/vilnius-1/dn/need/{ID}",
        f"smilius/1/lt/vilnius-1/dn/receipt/{ID}",
        f"smilius/1/lt/vilnius-1/dn/answer/{ID}",
        "smilius/1/lt/central/state",
    ]
    assert (topics.from_central, CentralTopics.subscription) == (
        (
            "smilius/1/lt/vilnius-1/dn/+/+",
            "smilius/1/lt/vilnius-1/dn/config",
            "smilius/1/lt/vilnius-1/dn/operators",
            "smilius/1/lt/vilnius-1/dn/echo",
        ),
        "smilius/1/+/+/up/#",
    )


BEGINNING = "smilius/1/lt/vilnius-1/up"
OUTSIDE = [
    "",
    "smilius",
    "smilius/2/lt/vilnius-1/up/state",
    "/smilius/1/lt/vilnius-1/up/state",
    "smilius/1/lt/vilnius-1/dn/state",
    "smilius/1/lt/vilnius-1/up",
    "smilius/1/lt/vilnius-1/up/",
    f"{BEGINNING}/state/",
    f"{BEGINNING}/state\n",
    f"{BEGINNING}/state/{ID}",
    f"{BEGINNING}/twin/{ID}",
    f"{BEGINNING}/echo/1",
    f"{BEGINNING}/ask",
    f"{BEGINNING}/ask/{ID}/m",
    f"{BEGINNING}/ask/{ID.upper()}",
    f"{BEGINNING}/ask/{ID}\n",
    f"{BEGINNING}/event/{ID[:-1]}",
    f"{BEGINNING}/event/8{ID[1:]}",
    f"{BEGINNING}/parcel/{ID}",
    f"{BEGINNING}/parcel/{ID}/",
    f"{BEGINNING}/parcel/{ID}/m/",
    f"{BEGINNING}/parcel/{ID}/M",
    f"{BEGINNING}/parcel/{ID}/128",
    f"{BEGINNING}/parcel/{ID}/007",
    f"{BEGINNING}/parcel/{ID}/-1",
    f"{BEGINNING}/parcel/{ID}/+1",
    f"{BEGINNING}/parcel/{ID}/1_0",
    f"{BEGINNING}/parcel/{ID}/٣",
    f"{BEGINNING}/parcel/{ID}/²",
    f"{BEGINNING}/parcel/+/m",
    f"{BEGINNING}/#",
    "smilius/1/lt\n/vilnius-1/up/state",
    "smilius/1/LT/vilnius-1/up/state",
    "smilius/1//vilnius-1/up/state",
    "smilius/1/+/vilnius-1/up/state",
    f"smilius/1/lt/{'a' * 41}/up/state",
    "smilius/1/lt/-vilnius/up/state",
    "smilius/1/lt/central/up/state",
    "smilius/1/lt/claim/up/state",
    "smilius/1/claim/0123456789abcdef/up",
    "smilius/1/claim/0123456789abcdef/up/state",
    "smilius/1/central/vilnius-1/up/state",
]


@pytest.mark.parametrize("topic", OUTSIDE)
def test_what_no_station_should_send_is_not_read(topic: str) -> None:
    assert read_topic(topic) is None
    assert not UPWARD.fullmatch(topic)


WORDS = {level for topic in OUTSIDE for level in topic.split("/")} | {ID, "m", "9", "need", "receipt", "answer"}
levels = st.sampled_from(sorted(WORDS)) | st.text(max_size=5)


def _below(beginning: str) -> st.SearchStrategy[str]:
    return st.lists(levels, max_size=4).map(lambda parts: "/".join([beginning, *parts]))


@given(st.lists(levels, max_size=9).map("/".join) | _below(BEGINNING))
@example(f"{BEGINNING}/state")
def test_exactly_the_grammar_is_read(topic: str) -> None:
    assert (read_topic(topic) is not None) == (UPWARD.fullmatch(topic) is not None)


DOWN = "smilius/1/lt/vilnius-1/dn"


@pytest.mark.parametrize(
    "topic",
    [
        "",
        DOWN,
        f"{DOWN}/config/",
        f"{DOWN}/config/{ID}",
        f"{DOWN}/need",
        f"{DOWN}/need/",
        f"{DOWN}/need/{ID}/x",
        f"{DOWN}/need/{ID}\n",
        f"{DOWN}/need/{ID.upper()}",
        f"{DOWN}/renew/{ID}",
        f"{DOWN}/Receipt/{ID}",
        f"{DOWN}//{ID}",
        f"smilius/1/lt/vilnius-2/dn/receipt/{ID}",
        f"smilius/1/lv/vilnius-1/dn/receipt/{ID}",
        f"smilius/1/lt/vilnius-1/up/event/{ID}",
        "smilius/1/lt/central/state",
        f"{DOWN}/{DOWN}/need/{ID}",
    ],
)
def test_what_is_not_for_this_station_or_not_known_is_not_read(topic: str) -> None:
    assert StationTopics("lt", "vilnius-1").read(topic) is None


@given(_below(DOWN))
def test_nothing_comes_down_but_what_is_known(topic: str) -> None:
    known = re.fullmatch(rf"{DOWN}/(need|receipt|answer)/({_ID})", topic)
    read = StationTopics("lt", "vilnius-1").read(topic)
    assert read == (None if known is None else (known[1], known[2]))
