"""The sentry: strangers once a day, and different things read, not requests. Also holds broker.py."""

from agent.guard.broker import unknown_broker
from agent.guard.cause import Cause
from agent.guard.sentry import Sentry
from agent.unix_http import Exchange
from agent.wire import Trigger
from tests.agent.courier.premises import BEGIN, HandClock

LIMIT = 5
HOUR_S, DAY_S = 3600, 86_400


class Post:
    """A sentry, and what it suspects."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.suspected: list[Cause] = []
        self.sentry = Sentry("courier", reads_per_hour=LIMIT, suspect=self.suspected.append, clock=self.clock)

    def read(self, number: int, *, uid: int = 7, method: str = "GET", status: int = 200) -> None:
        self.sentry.answered(Exchange(uid, method, f"/v1/parcels/{number}", status))


def test_a_stranger_is_suspected_once_a_day() -> None:
    post = Post()
    for _ in range(1000):
        post.sentry.refused(65534)
    post.sentry.refused(33)
    assert [(one.trigger, one.what) for one in post.suspected] == [
        (Trigger.UNKNOWN_USER, "uid 65534 at the courier"),
        (Trigger.UNKNOWN_USER, "uid 33 at the courier"),
    ]
    post.clock.seconds = DAY_S
    post.sentry.refused(33)
    assert len(post.suspected) == 3


def test_many_different_ones_within_an_hour_are_a_mass_read() -> None:
    post = Post()
    for number in range(LIMIT):
        post.clock.seconds = number
        post.read(number)
        post.read(number, uid=8)
    assert post.suspected == []
    post.read(LIMIT)
    (cause,) = post.suspected
    assert (cause.trigger, cause.what, cause.records) == (Trigger.MASS_READ, "uid 7 at the courier", LIMIT + 1)
    assert 0 <= (cause.since - BEGIN).total_seconds() < 1


def test_the_same_one_again_and_what_showed_nothing_do_not_count() -> None:
    post = Post()
    for _ in range(100):
        post.read(1)
    for number in range(100):
        post.read(number, status=409)
        post.read(number, method="DELETE")
        post.sentry.answered(Exchange(7, "GET", "/v1/health", 200))
    assert post.suspected == []


def test_slowly_is_work() -> None:
    post = Post()
    for number in range(100):
        post.clock.seconds = number * HOUR_S / (LIMIT - 1)
        post.read(number)
    assert post.suspected == []


def test_a_foreign_certificate_is_suspected_and_an_old_one_is_not() -> None:
    # 19 is a foreign authority's own, 62 another host's, 9 and 10 are the broker's own out of its time
    causes = {code: unknown_broker(code, at=BEGIN) for code in (9, 10, 19, 62)}
    assert [code for code, cause in causes.items() if cause is not None] == [19, 62]
