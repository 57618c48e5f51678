"""What a technician is told of a restore."""

from collections.abc import Iterator

from agent.wire.document import instant_text
from provisioning.backup.restore import Restored


def sentences(restored: Restored) -> Iterator[str]:
    """One after the other; what is lost is said, and nothing of a person."""
    order, counts = restored.order, restored.counts
    if counts is None:
        yield f"The backup of {instant_text(order.made)} was restored here before."
    else:
        yield (
            f"The backup of {instant_text(order.made)} is restored: {counts.visits} visits, {counts.parcels} ended "
            f"parcels."
        )
        if counts.under_way:
            yield f"{counts.under_way} visits were under way, and have ended."
        stored = sum(one.stage is not None for one in counts.left)
        if stored:
            yield f"{stored} parcels were under way and are at headquarters."
        unknown = [one.parcel for one in counts.left if one.stage is None]
        if unknown:
            yield (
                f"{len(unknown)} parcels never reached headquarters; if they still exist, then on the old unit only: "
                f"{', '.join(unknown)}."
            )
        if counts.events_dropped:
            yield f"{counts.events_dropped} reports of the old unit were not receipted yet, and are left out."
    for one in order.resumptions:
        if one.gap is not None:
            yield one.gap
