"""The courier's process as systemd starts and ends it; its broker is nowhere, and that stops nothing."""

import asyncio
import signal
import subprocess
import sys
from base64 import b64decode
from pathlib import Path

import pytest

from agent.config.paths import Paths
from agent.errors import PeerSilent
from agent.unix_http import UnixClient
from tests.agent.claimed import claimed_station
from tests.agent.courier.premises import new_id
from tests.vault.keys.configured import configured
from vault.envelope import Sealed, wrap
from vault.keys import ParcelKeys
from vault.spool import deliver

ROOT = Path(__file__).resolve().parents[3]
SOON_S = 90.0


async def ready(client: UnixClient, *, keys: str = "software") -> None:
    while True:
        try:
            well = {"ready": True, "link": False, "dwelling": 0, "keys": keys, "key_warnings": []}
            health = await client.ask("GET", "/v1/health")
            traffic = health.pop("traffic")
            assert isinstance(traffic, dict)
            assert (traffic["mqtt"], traffic["rate_bytes_s"]) == ("5", None)
            assert health == well
        except PeerSilent:
            await asyncio.wait({asyncio.get_running_loop().create_future()}, timeout=0.02)
        else:
            return


class Life:
    """One process, from its first answer to its end."""

    def __init__(self, paths: Paths, *, keys: str = "software") -> None:
        self._paths = paths
        self._keys = keys
        self.client = UnixClient(paths.courier_socket, name="courier")

    async def __aenter__(self) -> "Life":
        command = (sys.executable, "-m", "agent", "courier", "--root", str(self._paths.root))
        self._process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stderr=subprocess.PIPE)
        async with asyncio.timeout(SOON_S):
            await ready(self.client, keys=self._keys)
        return self

    def core_limits(self) -> list[str]:
        """The kernel's word on how large a core this process may dump, soft and hard."""
        lines = Path(f"/proc/{self._process.pid}/limits").read_text().splitlines()
        (line,) = (line for line in lines if line.startswith("Max core file size"))
        return line.split()[4:6]

    async def __aexit__(self, *_exception: object) -> None:
        await self.client.close()
        if self._process.returncode is None:
            await self.end(signal.SIGKILL)

    async def end(self, number: signal.Signals) -> tuple[int | None, bytes]:
        """Its exit code and what it logged."""
        self._process.send_signal(number)
        async with asyncio.timeout(SOON_S):
            _, said = await self._process.communicate()
        return self._process.returncode, said


@pytest.mark.parametrize("kind", ["otp", "tpm"])
async def test_parcels_that_were_spooled_with_plain_keys_go_on_with_locked_ones(kind: str, short_folder: Path) -> None:
    plain = claimed_station(short_folder / "plain")
    parcel, sealed = new_id(), Sealed(b"sealed for central")
    key = ParcelKeys(plain.parcel_keys).make(parcel)
    root = short_folder / "locked"
    with configured(kind, root):
        paths = claimed_station(root)
        paths.parcel_keys.mkdir(mode=0o700)
        (plain.parcel_keys / f"{parcel}.key").rename(paths.parcel_keys / f"{parcel}.key")
        async with Life(paths, keys=kind) as life:
            body: dict[str, object] = {"parcel": parcel, "kind": "enrolment"}
            # the key is the one that the parcel has, however it lies on the disk now
            assert b64decode(str((await life.client.ask("POST", "/v1/parcels", body=body))["wrap_key"])) == key
            deliver(paths.spool / "incoming", parcel, wrapped=wrap(sealed, key=key, parcel=parcel))
            taken = await life.client.ask("POST", f"/v1/parcels/{parcel}/delivered")
            assert taken["digest"] == sealed.digest
            assert life.core_limits() == ["0", "0"]
        (file,) = paths.parcel_keys.iterdir()
        assert file.read_bytes().startswith(b"SMILIUS-KEY " + kind.encode())


async def test_a_second_courier_is_refused_and_the_first_one_stays(short_folder: Path) -> None:
    paths = claimed_station(short_folder)
    async with Life(paths) as first:
        command = (sys.executable, "-m", "agent", "courier", "--root", str(paths.root))
        second = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stderr=subprocess.PIPE)
        async with asyncio.timeout(SOON_S):
            _, said = await second.communicate()
        sentence = b"python -m agent: Another courier runs on this state already: there can be one only.\n"
        assert (second.returncode, said) == (2, sentence)
        await ready(first.client)


async def test_a_parcel_outlives_the_process(short_folder: Path) -> None:
    paths = claimed_station(short_folder)
    parcel, sealed = new_id(), Sealed(b"sealed for central")
    async with Life(paths) as first:
        body: dict[str, object] = {"parcel": parcel, "kind": "enrolment"}
        key = b64decode(str((await first.client.ask("POST", "/v1/parcels", body=body))["wrap_key"]))
        deliver(paths.spool / "incoming", parcel, wrapped=wrap(sealed, key=key, parcel=parcel))
        await first.client.ask("POST", f"/v1/parcels/{parcel}/delivered")
        code, said = await first.end(signal.SIGKILL)
    assert code == -signal.SIGKILL
    assert b"the broker is out: ConnectionRefusedError" in said
    async with Life(paths) as second:
        history = await second.client.ask("GET", f"/v1/parcels/{parcel}")
        assert (history["state"], history["digest"]) == ("spooled", sealed.digest)
        code, said = await second.end(signal.SIGTERM)
    assert code == 0
    assert [line for line in said.splitlines() if b"the broker is out" not in line] == []
    assert not paths.courier_socket.exists()
    assert [path.name for path in (paths.spool / "kept").iterdir()] == [f"{parcel}.parcel"]
