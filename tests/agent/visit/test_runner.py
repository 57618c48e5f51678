"""Visits with a real worker process and simulated devices; the courier is a plain object with real keys and files."""

from pathlib import Path

from agent.visit.event import Accepted, Confirmed, RetakeAsked
from capture.profile import FaceRule, FingerRule, Profile
from capture.records.package import unpack
from tests.agent.visit.headquarters import APPLICATION
from tests.agent.visit.seat import Seat, seated
from vault.envelope import unwrap
from vault.labels import ParcelId

PROFILE = Profile(face=FaceRule(attempts=1, frames_per_attempt=1), finger=FingerRule(attempts=1))


def _package(seat: Seat, parcel: ParcelId) -> bytes:
    """As headquarters opens it."""
    (path,) = seat.claimed.incoming.iterdir()
    sealed = unwrap(path.read_bytes(), key=seat.courier.keys[parcel], parcel=parcel)
    return seat.claimed.headquarters.read(sealed.content, kind="enrolment")[1]


def _outside_the_database(seat: Seat) -> set[str]:
    """Every file; the database is the station's, and the worker does not know where it is."""
    return {name for name in seat.claimed.tree() if "station.db" not in name}


async def test_a_visit_by_simulated_people_is_sealed_for_headquarters(tmp_path: Path) -> None:
    async with seated(tmp_path, profile=PROFILE, real=True) as seat:
        before = _outside_the_database(seat)
        visit = await seat.open()
        # the simulated person smiles, and is a little soft
        await seat.decide(visit, "doubtful-portrait", Accepted("she always smiles"))
        first = await seat.asked(visit, "confirm")
        seat.chair.decide(visit, RetakeAsked("right-index"))
        await seat.until(visit, lambda view: view["sequence"] > first["sequence"] + 1)
        await seat.decide(visit, "confirm", Confirmed())
        view = await seat.settled(visit)
        assert (view["state"], view["end"]) == ("done", None)
        package = unpack(_package(seat, ParcelId(view["parcel"])))
        manifest = package.manifest
        assert (manifest.application_number, manifest.operator, manifest.parcel) == (
            APPLICATION,
            "op-7",
            view["parcel"],
        )
        assert manifest.face is not None
        assert manifest.face.accepted_with_reason == "she always smiles"
        assert [entry.attempts for entry in manifest.fingers] == [1, 1]
        steps = [entry["step"] for entry in view["timeline"]]
        assert steps[:4] == ["opened", "reserved", "worker-ready", "application-found"]
        assert steps[-3:] == ["packed", "sealed", "done"]
        assert [entry["ms"] for entry in view["timeline"]] == sorted(entry["ms"] for entry in view["timeline"])
        assert seat.open_lines() == []
        # of all that the worker had in its memory one file is left
        parcel = f"var/lib/smilius/courier/spool/incoming/{view['parcel']}.parcel"
        assert _outside_the_database(seat) == before | {parcel}
