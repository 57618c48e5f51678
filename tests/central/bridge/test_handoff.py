"""The bridge as a process with a hand-off: a clerk decides, the station is told, and only the decision is left."""

from collections.abc import Callable
from pathlib import Path

from agent.wire import Stage
from central.bridge.tables import HandedRow, TombstoneRow
from central.paths import Paths
from tests.central.bridge.conversation import Conversation, talking
from tests.central.bridge.counter import opened
from tests.central.headquarters import enrolled, founded
from tests.central.migris.handoff.clerk import Clerk
from tests.central.parcels import Parcel, visited
from tests.central.processes import broker, central, kill

HANDOFF = """
[migris]
connector = "handoff"
"""


def until(us: Conversation, parcel: Parcel, *, stage: Stage, seen: Callable[[], bool]) -> None:
    """Ask the bridge again and again, which is a round trip each, until something is to be seen on the disk."""
    while not seen():
        us.announce(parcel)
        us.receipt(parcel, stage)


def files(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_a_clerk_decides_and_nothing_is_left(tmp_path: Path) -> None:
    paths = founded(tmp_path / "central")
    paths.settings.write_text(paths.settings.read_text() + HANDOFF)
    station, clerk = enrolled(paths), Clerk(paths.handoff)
    parcel, refused = visited(station), visited(station)
    name = f"lt.{parcel.id}"
    with broker(paths), talking(station) as us:
        with central("bridge", paths) as bridge:
            us.until_central_is(online=True)
            us.deliver(parcel)
            until(us, parcel, stage=Stage.STORED, seen=(paths.handoff / "out" / name).is_dir)
            assert len(files(paths.handoff)) > 10_000
            kill(bridge)
        clerk.say(name, {"accepted": True, "reference": "MR-7"})
        clerk.say(f"lt.{refused.id}", {"accepted": False, "code": "print-unusable", "part": "left-index"})
        with central("bridge", paths):
            assert us.receipt(parcel, Stage.ACCEPTED).reference == "MR-7"
            until(us, parcel, stage=Stage.ACCEPTED, seen=lambda: not (paths.handoff / "out" / name).exists())
            us.deliver(refused)
            cause = us.receipt(refused, Stage.REJECTED).cause
            assert cause is not None
            assert (cause.part, cause.code) == ("left-index", "print-unusable")
            until(us, parcel, stage=Stage.ACCEPTED, seen=lambda: counted(paths) == (0, 1))
    assert len(files(paths.handoff)) < 1000, "two decisions"
    assert sorted(path.name for path in paths.handoff.rglob("*.json")) == sorted(
        [f"{name}.json", f"lt.{refused.id}.json"]
    )


def counted(paths: Paths) -> tuple[int, int]:
    """Parcels that a connector may keep, and tombstones."""
    counter = opened(paths)
    try:
        return counter.count(HandedRow), counter.count(TombstoneRow)
    finally:
        counter.engine.dispose()
