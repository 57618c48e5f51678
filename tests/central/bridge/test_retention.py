"""What headquarters keeps, and for how long: refused parcels and events go when their time is over, with proof."""

import json
from collections.abc import Sequence

import pytest

from agent.wire import How, Tombstone, read_signed
from central.bridge.ledger import verify_ledger
from central.bridge.retention import Keeper, hold, holds, is_more, lift
from central.bridge.subject import Subject
from central.bridge.tables import EventRow, OutboxRow, ParcelRow, TombstoneRow
from central.cli import main
from central.errors import HoldUnknown
from central.paths import Paths
from central.settings import Retention
from tests.central.bridge.counter import Counter
from tests.central.bridge.test_delivery import REJECTED, UNREADABLE
from tests.central.clock import HandClock
from tests.central.headquarters import Station
from tests.central.parcels import sealed
from vault.envelope import Pinned
from vault.sweep import GOES_MAX, Swept

CONTENT = b"the sealed copy of a refused parcel"
PERIODS = Retention(rejected_parcel_days=90, event_days=1096, grace_hours=24)
TENANT = "lt"


class UnevenClock(HandClock):
    """A wall clock that steps, and a monotonic one that does not."""

    ran_s = 0.0

    def monotonic_ns(self) -> int:
        return round(self.ran_s * 1e9)

    def forward(self, **by: float) -> None:
        before = self.at
        super().forward(**by)
        self.ran_s += (self.at - before).total_seconds()

    def step(self, **by: float) -> None:
        super().forward(**by)


@pytest.fixture
def clock(counter: Counter) -> UnevenClock:
    return UnevenClock(counter.clock.now())


def keeper(counter: Counter, clock: UnevenClock, *, boot: str = "boot") -> Keeper:
    return Keeper(counter.engine, PERIODS, keys=counter.keys, clock=clock, boot=boot)


@pytest.fixture
def refused(counter: Counter, station: Station) -> Subject:
    subject = counter.store(sealed(station, CONTENT))
    counter.decide(subject, REJECTED)
    return subject


def verdicts(swept: Sequence[Swept]) -> list[str]:
    return [one.verdict.value for one in swept]


def test_a_refused_parcel_goes_when_its_time_and_its_grace_are_over(
    counter: Counter, clock: UnevenClock, refused: Subject
) -> None:
    keep = keeper(counter, clock)
    clock.forward(days=89)
    assert keep.run() == []
    clock.forward(days=2)
    assert verdicts(keep.run()) == ["waits"]
    clock.forward(hours=23)
    assert verdicts(keep.run()) == ["waits"]
    assert counter.count(OutboxRow) == 1
    clock.forward(hours=1)
    assert verdicts(keep.run(dry=True)) == ["goes"]
    assert counter.count(OutboxRow) == 1
    (gone,) = keep.run()
    assert (gone.item.id, gone.verdict.value) == (f"{TENANT}/{refused.id}", "goes")
    assert counter.count(OutboxRow) == 0
    assert CONTENT not in counter.disk()
    line = counter.lines()[-1]
    assert (line["kind"], line["class"], line["rule"]) == (
        "retention-deleted",
        "rejected-parcel",
        "rejected-parcel 90d",
    )
    assert (line["rows"], refused.id in json.dumps(line)) == (1, False)
    with counter.session() as session:
        row = session.get_one(TombstoneRow, (TENANT, refused.id))
        tombstone = read_signed(row.signed, Tombstone, pinned=Pinned([counter.key.public]))
        assert (tombstone.how, tombstone.stage, tombstone.digest) == (How.EXPIRED, "rejected", refused.digest)
        assert session.get_one(ParcelRow, (TENANT, refused.id)).wiped_at == clock.now()
    assert keep.run() == []


@pytest.mark.usefixtures("refused")
def test_a_clock_that_jumps_ahead_deletes_nothing(counter: Counter, clock: UnevenClock) -> None:
    keep = keeper(counter, clock)
    keep.run()
    clock.step(days=3650)
    # hour by hour, as the bridge looks: less than the grace
    for _ in range(23):
        clock.forward(hours=1)
        assert verdicts(keep.run()) == ["waits"]
    clock.step(days=-3650)
    clock.forward(hours=48)
    assert keep.run() == []
    assert counter.count(OutboxRow) == 1
    assert counter.kinds().count("clock-stepped") == 2
    # what was found due in the wrong year counts for nothing in the right one
    clock.forward(days=91)
    assert verdicts(keep.run()) == ["waits"]


@pytest.mark.usefixtures("refused")
def test_a_jump_while_the_machine_was_off_deletes_nothing_at_once(counter: Counter, clock: UnevenClock) -> None:
    keeper(counter, clock).run()
    clock.step(days=3650)
    clock.ran_s = 60
    assert verdicts(keeper(counter, clock, boot="next").run()) == ["waits"]
    assert counter.count(OutboxRow) == 1


def test_a_hold_keeps_what_is_due_until_it_is_lifted(
    counter: Counter, clock: UnevenClock, refused: Subject, headquarters: Paths
) -> None:
    keep = keeper(counter, clock)
    item = f"{TENANT}/{refused.id}"
    number = hold(headquarters, "rejected-parcel", item=item, reason="court case 1", at=clock.now())
    (shown,) = holds(headquarters)
    assert (json.loads(shown)["item"], json.loads(shown)["reason"]) == (item, "court case 1")
    clock.forward(days=200)
    keep.run()
    clock.forward(days=200)
    assert verdicts(keep.run()) == ["held"]
    lift(headquarters, number, reason="case closed", at=clock.now())
    with pytest.raises(HoldUnknown):
        lift(headquarters, number, reason="case closed", at=clock.now())
    assert verdicts(keep.run()) == ["goes"]
    assert counter.count(OutboxRow) == 0
    assert [kind for kind in counter.kinds() if kind.startswith("retention")] == [
        "retention-held",
        "retention-lifted",
        "retention-deleted",
    ]


def test_a_hold_of_a_whole_class_keeps_all_of_it(
    counter: Counter, clock: UnevenClock, refused: Subject, headquarters: Paths
) -> None:
    hold(headquarters, "rejected-parcel", item=None, reason="audit", at=clock.now())
    clock.forward(days=200)
    assert verdicts(keeper(counter, clock).run()) == ["held"]


def test_what_was_set_aside_is_kept_whatever_its_age(counter: Counter, clock: UnevenClock, station: Station) -> None:
    aside = counter.store(sealed(station, b"unreadable"))
    counter.decide(aside, UNREADABLE)
    waiting = counter.store(sealed(station, b"waiting"))
    keep = keeper(counter, clock)
    clock.forward(days=10_000)
    keep.run()
    clock.forward(days=10_000)
    keep.run()
    assert counter.count(OutboxRow) == len({aside.id, waiting.id})


def test_events_go_after_three_years(counter: Counter, clock: UnevenClock) -> None:
    with counter.session() as session:
        event = EventRow(tenant=TENANT, station="vilnius-1", id="e", content_type="t", digest="ab", signed=b"signed")
        event.heard_at = clock.now()
        session.add(event)
        session.commit()
    keep = keeper(counter, clock)
    clock.forward(days=1095)
    assert keep.run() == []
    clock.forward(days=1)
    assert verdicts(keep.run()) == ["waits"]
    clock.forward(days=1)
    assert verdicts(keep.run()) == ["goes"]
    assert counter.count(EventRow) == 0


def test_many_go_in_several_runs(counter: Counter, clock: UnevenClock) -> None:
    number = GOES_MAX + 20
    with counter.session() as session:
        for one in range(number):
            row = EventRow(tenant=TENANT, station="vilnius-1", id=f"e{one}", content_type="t", digest="ab", signed=b"s")
            row.heard_at = clock.now()
            session.add(row)
        session.commit()
    keep = keeper(counter, clock)
    clock.forward(days=1096)
    keep.run()
    clock.forward(days=1)
    assert len(keep.run(dry=True)) == number
    first, second, third = keep.run(), keep.run(), keep.run()
    assert (len(first), is_more(first), len(second), is_more(second), third) == (GOES_MAX, True, 20, False, [])
    assert counter.count(EventRow) == 0
    assert counter.kinds() == ["retention-deleted"] * number


def test_the_chain_holds_after_all_of_it(counter: Counter, clock: UnevenClock, refused: Subject) -> None:
    keep = keeper(counter, clock)
    for _ in range(3):
        clock.forward(days=100)
        keep.run()
    with counter.session() as session:
        head = verify_ledger(session)
    assert head.number == len(counter.lines())


def test_the_command_shows_holds_and_lifts(
    headquarters: Paths, counter: Counter, capsys: pytest.CaptureFixture[str]
) -> None:
    root = ("--root", str(headquarters.root))
    assert main(["retention", "run", "--dry-run", *root]) == 0
    assert main(["retention", "hold", "--class", "event", "--reason", "an audit", *root]) == 0
    assert main(["retention", "holds", *root]) == 0
    assert main(["retention", "lift", "--hold", "1", "--reason", "it is over", *root]) == 0
    assert main(["retention", "lift", "--hold", "1", "--reason", "it is over", *root]) == 2
    said = capsys.readouterr()
    number, shown = said.out.splitlines()
    assert (number, json.loads(shown)["class"]) == ("1", "event")
    assert said.err == "smilius-central: No such hold stands: see `smilius-central retention holds`.\n"
    assert counter.kinds() == ["retention-held", "retention-lifted"]
