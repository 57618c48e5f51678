"""Headquarters with two people's order keys, a claimed station with parcels on its disk, and the commands of both."""

import os
import pwd
from dataclasses import dataclass
from pathlib import Path

import pytest

from agent.compose.migrate import run_migrations
from agent.compose.room import Room, open_room
from agent.config.paths import Paths
from agent.courier.record import Parcel
from central.cli import main as central
from provisioning.cli import main as smilius
from tests.agent.courier.premises import KIND, new_id
from vault.envelope import Sealed, wrap
from vault.spool import deliver


@dataclass(frozen=True)
class Household:
    folder: Path
    code: str

    @property
    def paths(self) -> Paths:
        return Paths(self.folder / "station")

    @property
    def headquarters(self) -> Path:
        return self.folder / "hq"

    def parcel(self, content: bytes) -> Parcel:
        """Sealed, delivered and taken in."""
        room = self.room()
        parcel = new_id()
        wrapped = wrap(Sealed(content), key=room.desk.reserve(parcel, kind=KIND), parcel=parcel)
        deliver(room.shelf.spool.incoming, parcel, wrapped=wrapped)
        room.desk.take_in()
        found = room.store.parcel(parcel)
        room.engine.dispose()
        assert found is not None
        return found

    def room(self) -> Room:
        return open_room(self.paths)

    def on_disk(self, parcel: Parcel) -> list[str]:
        return sorted(path.name for path in self.paths.root.rglob(f"*{parcel.id}*"))

    def orders(self, *options: str, action: str = "destroy") -> list[str]:
        """Two signed orders, as options of the technician's command."""
        order = self.folder / "order.json"
        written = ["order", "write", "--root", str(self.headquarters), "--tenant", "lt", "--station", "vilnius"]
        assert central([*written, "--action", action, "--reason", "reset", "--order", str(order), *options]) == 0
        given = []
        for name in ("one", "two"):
            signed = self.folder / f"{name}.order"
            key = self.folder / f"{name}.key"
            assert central(["order", "sign", "--order", str(order), "--key", str(key), "--signed", str(signed)]) == 0
            given += ["--order", str(signed)]
        return given

    def smilius(self, verb: str, *options: str) -> int:
        return smilius([verb, "--root", str(self.paths.root), *options])


def household(folder: Path, capsys: pytest.CaptureFixture[str]) -> Household:
    """All of it made with the commands that people use."""
    hq, root = folder / "hq", folder / "station"
    user = pwd.getpwuid(os.geteuid()).pw_name
    assert central(["init", "--root", str(hq), "--tenant", "lt", "--broker-user", user]) == 0
    for name in ("one", "two"):
        assert central(["order", "key", "--root", str(hq), "--key", str(folder / f"{name}.key")]) == 0
    request, answer = folder / "request", folder / "answer"
    named = ["--tenant", "lt", "--station", "vilnius", "--request", str(request)]
    assert smilius(["claim", "request", "--root", str(root), *named]) == 0
    assert central(["ca", "enrol", "--root", str(hq), "--request", str(request), "--answer", str(answer)]) == 0
    capsys.readouterr()
    assert smilius(["claim", "answer", "--root", str(root), "--answer", str(answer)]) == 0
    code = capsys.readouterr().out.splitlines()[0].removeprefix("Paper code: ")
    run_migrations(Paths(root))
    return Household(folder, code)
