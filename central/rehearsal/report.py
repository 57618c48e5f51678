"""What a rehearsal came to: counts, percentiles, and what the audit found."""

from typing import Self

from agent.wire import Stage
from agent.wire.document import Document
from central.rehearsal.audit import Verdict
from central.rehearsal.plan import Plan
from central.rehearsal.tally import Score, peak_a_second, percentiles_ms


class Report(Document):
    """Numbers, and ids of parcels where something is wrong: nothing of a person."""

    plan: Plan
    """What was rehearsed."""
    sealed: int
    """Parcels that stations sealed."""
    accepted: int
    """Of these MIGRIS accepted."""
    rejected: int
    """Of these MIGRIS refused."""
    unsettled: int
    """Of these central had not decided on, or a receipt had not arrived, when the time was over: stations have them."""
    lost: tuple[str, ...]
    """Parcels that no station has and that are not where their receipt says. None may be."""
    duplicated: tuple[str, ...]
    """Parcels that MIGRIS has more than once. None may be."""
    settling_s: float
    """Seconds from the last visit until everything was settled, or the time for it was over."""
    connects: int
    """How often stations came online."""
    connects_peak: int
    """The most of that within one second."""
    counts: dict[str, int]
    """What else was counted: messages, receipts, faults."""
    times_ms: dict[str, dict[str, float]]
    """Percentiles of what was timed, in milliseconds."""

    @classmethod
    def of(cls, plan: Plan, score: Score, *, verdict: Verdict, settling_s: float) -> Self:
        """The report."""
        stages = list(score.settled.values())
        return cls(
            plan=plan,
            sealed=len(score.sealed),
            accepted=stages.count(Stage.ACCEPTED),
            rejected=stages.count(Stage.REJECTED),
            unsettled=len(score.sealed - score.settled.keys()),
            lost=verdict.lost,
            duplicated=verdict.duplicated,
            settling_s=round(settling_s, 1),
            connects=len(score.connected_s),
            connects_peak=peak_a_second(score.connected_s),
            counts=dict(sorted(score.counts.items())),
            times_ms={name: percentiles_ms(values) for name, values in score.times_ms.items()},
        )

    @property
    def clean(self) -> bool:
        """Whether nothing was lost, nothing came twice, and everything was settled in time."""
        return not self.lost and not self.duplicated and not self.unsettled and not self.counts.get("conflicts")
