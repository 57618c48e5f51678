import asyncio

import pytest
from pydantic import ValidationError

from drivers.contract.watch import Flaw, FlawBegan, Sighting, StateSeen
from drivers.safe.sim import Options, SimSafe
from tests.drivers.real_clock import RealClock

QUICK = {"role": "door", "debounce_ms": 5}


def _safe(**options: object) -> SimSafe:
    return SimSafe(Options.model_validate(options), clock=RealClock())


async def _seen(safe: SimSafe, count: int) -> list[Sighting]:
    async with asyncio.timeout(5):
        return [await safe.notice() for _ in range(count)]


def _told(seen: list[Sighting], *, since_ns: int) -> list[tuple[str, str, int]]:
    return [(one.contact, one.state, (one.at_ns - since_ns) // 10**6) for one in seen if isinstance(one, StateSeen)]


async def test_unless_said_there_are_four_contacts_at_rest() -> None:
    safe = _safe()
    async with safe.opened():
        seen = await _seen(safe, 4)
        readings = await safe.readings()
    assert [(one.contact, one.state) for one in readings] == [
        ("door", "closed"),
        ("lock", "locked"),
        ("tamper", "intact"),
        ("vibration", "still"),
    ]
    assert all(isinstance(one, StateSeen) and one.first for one in seen)


async def test_the_script_opens_and_closes_the_door_and_no_bounce_is_told() -> None:
    script = [
        {"at_ms": 40, "contact": "front", "state": "closed"},
        {"at_ms": 10, "contact": "front", "state": "open"},
        {"at_ms": 0, "contact": "back", "state": "open"},
    ]
    safe = _safe(contacts={"front": QUICK, "back": QUICK}, script=script)
    for _ in range(2):
        async with safe.opened():
            first, *others = await _seen(safe, 4)
        assert _told([first, *others], since_ns=first.at_ns) == [
            ("front", "closed", 0),
            ("back", "open", 0),
            ("front", "open", 10),
            ("front", "closed", 40),
        ]


async def test_a_shaken_safe_is_still_again_by_itself() -> None:
    contacts = {"shock": {"role": "vibration", "debounce_ms": 5}}
    safe = _safe(contacts=contacts, script=[{"at_ms": 5, "contact": "shock", "state": "shaken"}])
    async with safe.opened():
        first, *others = await _seen(safe, 3)
    assert _told(others, since_ns=first.at_ns) == [("shock", "shaken", 5), ("shock", "still", 12)]


async def test_a_door_that_moves_too_often_flaps() -> None:
    script = [{"at_ms": 10 * n, "contact": "front", "state": "open" if n % 2 else "closed"} for n in range(1, 5)]
    contacts = {"front": {"role": "door", "debounce_ms": 1, "flapping_changes": 2}}
    safe = _safe(contacts=contacts, script=script, bounces=0)
    async with safe.opened():
        seen = await _seen(safe, 4)
    assert [type(one) for one in seen] == [StateSeen, StateSeen, StateSeen, FlawBegan]
    assert isinstance(last := seen[-1], FlawBegan)
    assert last.flaw is Flaw.FLAPPING


async def test_a_sighting_that_nobody_waited_for_is_not_lost() -> None:
    safe = _safe(contacts={"front": QUICK}, script=[{"at_ms": 5, "contact": "front", "state": "open"}])
    async with safe.opened():
        (first,) = await _seen(safe, 1)
        waiting = asyncio.ensure_future(safe.notice())  # noqa: TID251 (cancelled right below)
        await asyncio.wait({waiting}, timeout=0.001)
        waiting.cancel()
        await asyncio.wait({waiting})
        assert waiting.cancelled()
        (opened,) = await _seen(safe, 1)
    assert _told([opened], since_ns=first.at_ns) == [("front", "open", 5)]


@pytest.mark.parametrize(
    "wrong",
    [
        {"contacts": {}},
        {"contacts": {"it": {"role": "cat"}}},
        {"script": [{"at_ms": 1, "contact": "cellar", "state": "open"}]},
        {"script": [{"at_ms": 1, "contact": "door", "state": "shaken"}]},
        {"script": [{"at_ms": -1, "contact": "door", "state": "open"}]},
        {"bounces": -1},
        {"seed": 1},
    ],
)
def test_options_are_checked(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Options.model_validate(wrong)
