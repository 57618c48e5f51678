"""The drop over SFTP, at a real server on loopback: it conforms, believes one host key only, and leaves nothing."""

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import asyncssh
import pytest

from agent.clock import SystemClock
from central.errors import ConnectorSilent, SetUpError
from central.migris.choice import connector_of
from central.migris.handoff.connector import HandoffConnector
from central.migris.handoff.roll import Roll
from central.migris.handoff.sftp import SftpDrop
from central.paths import Paths
from central.settings import SftpSettings, check_settings, load_settings
from tests.central.headquarters import free_ports
from tests.central.migris.conformance import ConnectorConformance, FarSide, Questions
from tests.central.migris.handoff.clerk import ROLL, Clerk
from tests.central.migris.test_direct import NUMBERS
from tests.central.parcels import new_id

FILES = {"transaction.an2": b"ridges" * 40_000, "manifest.json": b"{}"}


@dataclass
class Server:
    """An SFTP server, the folder that it shows, and the key of its one user."""

    listening: asyncssh.SSHAcceptor
    folder: Path
    key: Path
    settings: SftpSettings

    async def cut(self) -> None:
        self.listening.close()
        await self.listening.wait_closed()


def public(key: asyncssh.SSHKey) -> str:
    return " ".join(key.export_public_key().decode().split()[:2])


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    host, user = asyncssh.generate_private_key("ssh-ed25519"), asyncssh.generate_private_key("ssh-ed25519")
    folder, key, known = tmp_path / "served" / "drop", tmp_path / "sftp.key", tmp_path / "known"
    folder.mkdir(parents=True)
    user.write_private_key(key)
    user.write_public_key(known)

    def shown(channel: asyncssh.SSHServerChannel[bytes]) -> asyncssh.SFTPServer:
        return asyncssh.SFTPServer(channel, chroot=str(tmp_path / "served").encode())

    listening = await asyncssh.listen(
        "127.0.0.1", 0, server_host_keys=[host], authorized_client_keys=str(known), sftp_factory=shown
    )
    settings = SftpSettings(
        host="127.0.0.1", port=listening.get_port(), user="smilius", folder="/drop", host_key=public(host)
    )
    yield Server(listening, folder, key, settings)
    listening.close()
    await listening.wait_closed()


@pytest.fixture
async def drop(server: Server) -> AsyncIterator[SftpDrop]:
    drop = SftpDrop(server.settings, key=server.key)
    yield drop
    await drop.close()


class TestSftpConnector(ConnectorConformance, Questions):
    @pytest.fixture
    def connector(self, drop: SftpDrop, tmp_path: Path) -> HandoffConnector:
        (tmp_path / "roll.csv").write_text(ROLL)
        roll = Roll(tmp_path / "roll.csv", max_age=timedelta(hours=1), clock=SystemClock())
        return HandoffConnector(drop, roll=roll, clock=SystemClock())

    @pytest.fixture
    def unreachable(self, server: Server) -> HandoffConnector:
        with free_ports(1) as (port,):
            settings = server.settings.model_copy(update={"port": port})
        return HandoffConnector(SftpDrop(settings, key=server.key), roll=None, clock=SystemClock())

    @pytest.fixture
    def far(self, server: Server) -> FarSide:
        return FarSide(*NUMBERS, decide=Clerk(server.folder).decide)


async def test_what_is_laid_down_is_there_whole_and_goes_whole(drop: SftpDrop, server: Server) -> None:
    one, other = f"lt.{new_id()}", f"lt.{new_id()}"
    begun = server.folder / "tmp" / one
    begun.mkdir(parents=True)
    (begun / "transaction.an2").write_bytes(b"rid")
    assert await drop.files(one) == {}
    for name in (other, one):
        await drop.put(name, FILES)
    assert await drop.files(one) == FILES
    assert await drop.names() == sorted([one, other])
    await drop.acknowledge(one, b"{}")
    place = server.folder / "out" / one
    (server.folder / "precious").write_bytes(b"a key")
    (place / "link").symlink_to(server.folder / "precious")
    (place / "made by a robot").mkdir()
    (place / "made by a robot" / "copy").write_bytes(b"ridges")
    await drop.wipe(one)
    await drop.wipe(one)
    assert not place.exists()
    assert (server.folder / "precious").read_bytes() == b"a key"
    assert await drop.acknowledgement(one) == b"{}"
    assert await drop.names() == [other]


async def test_another_servers_key_is_not_believed(server: Server) -> None:
    other = public(asyncssh.generate_private_key("ssh-ed25519"))
    drop = SftpDrop(server.settings.model_copy(update={"host_key": other}), key=server.key)
    with pytest.raises(ConnectorSilent):
        await drop.put(f"lt.{new_id()}", FILES)
    assert list(server.folder.iterdir()) == []


async def test_another_key_of_ours_is_not_let_in(server: Server, tmp_path: Path) -> None:
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(tmp_path / "other.key")
    drop = SftpDrop(server.settings, key=tmp_path / "other.key")
    with pytest.raises(ConnectorSilent):
        await drop.names()


async def test_a_line_that_was_cut_is_silence_once_said_and_then_made_anew(
    drop: SftpDrop, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    assert await drop.names() == []
    assert drop._client is not None
    drop._client.exit()
    with pytest.raises(ConnectorSilent):
        await drop.names()
    assert await drop.names() == []
    await server.cut()
    await drop.close()
    for _ in range(3):
        with pytest.raises(ConnectorSilent):
            await drop.names()
    assert [message.partition(":")[0] for message in caplog.messages] == [
        "the SFTP server is out",
        "the SFTP server is back",
        "the SFTP server is out",
    ]
    assert "smilius" not in caplog.text


def test_keys_that_cannot_be_read_are_said_at_the_start(server: Server, tmp_path: Path) -> None:
    with pytest.raises(SetUpError):
        SftpDrop(server.settings, key=tmp_path / "none")
    with pytest.raises(SetUpError):
        SftpDrop(server.settings.model_copy(update={"host_key": "ssh-ed25519 AAAA"}), key=server.key)


async def test_the_settings_lead_there(server: Server, headquarters: Paths) -> None:
    headquarters.key("sftp").write_bytes(server.key.read_bytes())
    migris = {"connector": "sftp", "sftp": server.settings.model_dump()}
    settings = check_settings({**load_settings(headquarters.settings).model_dump(), "migris": migris})
    connector = connector_of(headquarters, settings, clock=SystemClock())
    assert settings.migris.copies
    assert await connector.outcome(f"lt/{new_id()}") is None
    await connector.close()
