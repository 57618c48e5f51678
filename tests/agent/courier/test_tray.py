"""What waits for the link: bounded, in order, a person's question first."""

from agent.courier.post import Outgoing
from agent.courier.tray import BULK_MAX, Tray


def message(name: str) -> Outgoing:
    return Outgoing(name, b"")


async def taken(tray: Tray, count: int) -> list[str]:
    return [(await tray.take()).topic for _ in range(count)]


async def test_messages_leave_in_their_order() -> None:
    tray = Tray()
    for name in "abc":
        tray.put(message(name))
    assert await taken(tray, 3) == ["a", "b", "c"]


async def test_a_question_goes_before_what_waits_already() -> None:
    tray = Tray()
    for name in "ab":
        tray.put(message(name))
    tray.put_question(message("first"))
    tray.put_question(message("second"))
    assert await taken(tray, 4) == ["first", "second", "a", "b"]


async def test_a_full_tray_takes_no_more_bulk_but_every_question() -> None:
    tray = Tray()
    for number in range(BULK_MAX + 10):
        tray.put(message(str(number)))
    tray.put_question(message("question"))
    assert await taken(tray, BULK_MAX + 1) == ["question", *map(str, range(BULK_MAX))]
    tray.put(message("room again"))
    assert await taken(tray, 1) == ["room again"]
