"""What a rehearsal counts and times, and what troupes tell of it. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence

from agent.wire import Stage, Ulid
from agent.wire.document import Document

MEASURES = ("connect", "bill_to_need", "parcel_to_stored", "parcel_to_decided", "receipt")
"""What is timed: from an attempt to being online; from a bill to the answer; from the seal to safe at central; from the
seal to MIGRIS's decision being heard; from a decision to its being heard."""

PERCENTILES = (50, 90, 99, 100)
"""Which are reported; the last is the longest."""


class News(Document):
    """What has happened in a troupe since it last told."""

    ready: bool = False
    """Every station of it is enrolled, and connects from now on."""
    online: int
    """Stations online now."""
    open: int
    """Parcels and events of its stations that are not settled now."""
    counts: dict[str, int]
    """How often what happened."""
    times_ms: dict[str, tuple[float, ...]]
    """What was timed, in milliseconds."""
    connected_s: tuple[float, ...]
    """When stations came online, on the machine's monotonic clock."""
    sealed: tuple[Ulid, ...]
    """Parcels that were sealed."""
    settled: dict[Ulid, Stage]
    """Parcels that were decided, and how; their stations have nothing of them any more."""


class Tally:
    """Gathers news until they are told."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._counts: Counter[str] = Counter()
        self._times_ms: dict[str, list[float]] = {}
        self._connected_s: list[float] = []
        self._sealed: list[str] = []
        self._settled: dict[str, Stage] = {}

    def count(self, what: str) -> None:
        """It has happened once more."""
        self._counts[what] += 1

    def time(self, measure: str, seconds: float) -> None:
        """It took so long. A decision's time is central's clock, which may be a little ahead of ours."""
        assert measure in MEASURES, "what is timed has a name"
        self._times_ms.setdefault(measure, []).append(round(max(0.0, seconds) * 1000, 3))

    def connected(self, at_s: float) -> None:
        """A station came online."""
        self._connected_s.append(at_s)

    def sealed(self, parcel: str) -> None:
        """A parcel is there."""
        self._sealed.append(parcel)

    def settled(self, parcel: str, stage: Stage) -> None:
        """A parcel's station has nothing of it any more."""
        self._settled[parcel] = stage

    def news(self, *, online: int, open_: int, ready: bool) -> News:
        """All of it, and begin anew."""
        news = News(
            ready=ready,
            online=online,
            open=open_,
            counts=dict(self._counts),
            times_ms={name: tuple(values) for name, values in self._times_ms.items()},
            connected_s=tuple(self._connected_s),
            sealed=tuple(self._sealed),
            settled=dict(self._settled),
        )
        self._begin()
        return news


class Score:
    """The whole fleet's, out of every troupe's news."""

    def __init__(self) -> None:
        self._online: list[int] = []
        self._open: list[int] = []
        self._ready: list[bool] = []
        self.counts: Counter[str] = Counter()
        self.times_ms: dict[str, list[float]] = {name: [] for name in MEASURES}
        self.connected_s: list[float] = []
        self.sealed: set[str] = set()
        self.settled: dict[str, Stage] = {}

    def expect(self) -> None:
        """There is one more troupe."""
        self._online.append(0)
        self._open.append(0)
        self._ready.append(False)

    @property
    def online(self) -> int:
        """Stations online now."""
        return sum(self._online)

    @property
    def open(self) -> int:
        """Parcels and events that are not settled now."""
        return sum(self._open)

    @property
    def ready(self) -> bool:
        """Whether every troupe has enrolled its stations."""
        return all(self._ready)

    def add(self, troupe: int, news: News) -> None:
        """One troupe's news."""
        self._online[troupe], self._open[troupe] = news.online, news.open
        self._ready[troupe] = self._ready[troupe] or news.ready
        self.counts.update(news.counts)
        for name, values in news.times_ms.items():
            self.times_ms[name].extend(values)
        self.connected_s.extend(news.connected_s)
        self.sealed.update(news.sealed)
        self.settled.update(news.settled)


def percentiles_ms(values: Iterable[float]) -> dict[str, float]:
    """The nearest-rank percentiles; empty where nothing was timed."""
    ordered = sorted(values)
    return {f"p{percent}": _nearest(ordered, percent) for percent in PERCENTILES} if ordered else {}


def peak_a_second(moments_s: Sequence[float]) -> int:
    """The most of these moments that lie within one second."""
    ordered = sorted(moments_s)
    first, peak = 0, 0
    for last, moment in enumerate(ordered):
        while moment - ordered[first] >= 1.0:
            first += 1
        peak = max(peak, last - first + 1)
    return peak


def _nearest(ordered: Sequence[float], percent: int) -> float:
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]
