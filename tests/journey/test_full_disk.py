"""The courier's disk becomes full while parcels are there: new visits are refused, nothing is wiped for space, and the
receipts that empty it are taken in without one free byte. The real processes, on a small file system of their own.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.config.paths import Paths
from tests.journey.consignment import Client, new_id
from tests.journey.processes import System
from tests.journey.verdict import check_ledger, check_wiped
from tests.small_disk import SmallDisk, mounted
from vault.disk import free_bytes, size_bytes
from vault.errors import DiskFailed
from vault.spool import deliver

MIB = 1 << 20
BALLAST_BYTES = 4 * MIB
LAYER = f"[courier]\nretry_max_s = 1.0\nfree_bytes_min = {4 * MIB}\nballast_bytes = {BALLAST_BYTES}\n"


@pytest.fixture
def disk(system: System, tmp_path: Path) -> Iterator[SmallDisk]:
    """All of the courier's state is on it."""
    paths: Paths = system.stage.station
    before = paths.courier.rename(tmp_path / "before")
    paths.courier.mkdir(mode=0o710)
    with mounted(tmp_path / "image", paths.courier, size_mib=32) as disk:
        shutil.copytree(before, paths.courier, dirs_exist_ok=True)
        (paths.configuration / "70-small.toml").write_text(LAYER)
        yield disk
        system.courier.stop()


def refused(courier: Client) -> bool:
    return bool(courier.ask("POST", "/v1/parcels", body={"parcel": new_id(), "kind": "enrolment"}).get("code"))


def test_a_full_disk_is_emptied_by_receipts_only(system: System, courier: Client, disk: SmallDisk) -> None:
    paths = system.stage.station
    system.broker.start()
    system.courier.start()
    sealed = {parcel: courier.consign(parcel).sealed for parcel in (new_id() for _ in range(3))}
    last = new_id()
    assert not courier.ask("POST", "/v1/parcels", body={"parcel": last, "kind": "enrolment"}).get("code")
    disk.fill()
    assert refused(courier)
    # a visit that was promised a place before finds none now: it hears so, and can be ended
    with pytest.raises(DiskFailed):
        deliver(paths.spool / "incoming", last, wrapped=bytes(MIB))
    assert courier.ask("DELETE", f"/v1/parcels/{last}") == {"parcel": last}
    assert list(paths.courier.rglob(f"*{last}*")) == []
    for parcel in sealed:
        assert courier.ask("GET", f"/v1/parcels/{parcel}")["state"] in {"spooled", "sending"}

    # the process ends and begins again without one free byte
    system.courier.kill()
    disk.fill()
    system.courier.start()
    assert refused(courier)
    for process in (system.migris, system.bridge):
        process.start()
    for parcel, content in sealed.items():
        check_wiped(system.stage, parcel, sealed=content, history=courier.wait(parcel, {"wiped", "quarantined"}))
    assert size_bytes(paths.ballast) < BALLAST_BYTES
    assert refused(courier)
    assert not system.courier.dead

    disk.empty()
    system.courier.stop()
    system.courier.start()
    parcel = new_id()
    content = courier.consign(parcel).sealed
    check_wiped(system.stage, parcel, sealed=content, history=courier.wait(parcel, {"wiped", "quarantined"}))
    assert size_bytes(paths.ballast) == BALLAST_BYTES
    assert free_bytes(paths.courier) > BALLAST_BYTES
    check_ledger(system.stage)
