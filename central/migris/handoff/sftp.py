"""The same drop at an SFTP server: its host key is pinned, our key is a file, nothing of a user's SSH is read.

SFTP cannot sync a folder, and an overwritten file is as gone as the server's disk lets it be: what the sealed copy here
does not make good, an agreement with whoever runs the server must. Source: draft-ietf-secsh-filexfer-02; OpenSSH's
PROTOCOL, sections `posix-rename@openssh.com` and `fsync@openssh.com`.
"""

import asyncio
import contextlib
import logging
import os
import stat
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TypeVar, cast

import asyncssh

from agent.logs import Outage
from central.errors import ConnectorSilent, SetUpError
from central.migris.handoff.drop import ACK, ACK_BYTES_MAX, FOLDERS, OUT, WRITING, by_age, is_name
from central.settings import SftpSettings

_log = logging.getLogger(__name__)

TIME_LIMIT_S = 60.0
"""One step with the server may take this long."""

FILE_BYTES_MAX = 8 * 1024 * 1024
"""No file of a parcel is larger."""

_Result = TypeVar("_Result")
_Work = Callable[[asyncssh.SFTPClient], Awaitable[_Result]]


class SftpDrop:
    """One connection, made when it is needed and given up when it fails."""

    def __init__(self, settings: SftpSettings, *, key: Path) -> None:
        """:param key: our private key. :raises: SetUpError when it, or the server's, cannot be read."""
        self._settings = settings
        try:
            self._pinned = asyncssh.import_public_key(settings.host_key)
            self._key = asyncssh.read_private_key(key)
        except (OSError, asyncssh.KeyImportError) as error:
            raise SetUpError("The SFTP server's host key or our own key cannot be read.") from error
        self._turn = asyncio.Lock()
        self._open = contextlib.AsyncExitStack()
        self._client: asyncssh.SFTPClient | None = None
        self._outage = Outage(_log, name="the SFTP server")
        # its own lines name the user and the server with each connection
        logging.getLogger("asyncssh").setLevel(logging.WARNING)

    async def has(self, name: str) -> bool:
        """Whether the parcel lies there."""
        return await self._do(lambda sftp: sftp.isdir(f"{OUT}/{name}"))

    async def names(self) -> list[str]:
        """What lies there, the oldest parcel first."""
        found = await self._do(lambda sftp: sftp.listdir(OUT))
        return sorted(filter(is_name, found), key=by_age)

    async def files(self, name: str) -> dict[str, bytes]:
        """The parcel's files; none when it does not lie there."""

        async def work(sftp: asyncssh.SFTPClient) -> dict[str, bytes]:
            place, found = f"{OUT}/{name}", {}
            for file in await _plain_files(sftp, place):
                found[file] = await _read(sftp, f"{place}/{file}", most=FILE_BYTES_MAX)
            return found

        return await self._do(work)

    async def put(self, name: str, files: Mapping[str, bytes]) -> None:
        """Lay a parcel down: it is there whole or not at all, and synced where the server can."""

        async def work(sftp: asyncssh.SFTPClient) -> None:
            writing = f"{WRITING}/{name}"
            # what an earlier life began and did not finish
            await _wipe(sftp, writing)
            await sftp.mkdir(writing)
            for file, content in files.items():
                await _write(sftp, f"{writing}/{file}", content=content)
            await sftp.posix_rename(writing, f"{OUT}/{name}")

        await self._do(work)

    async def acknowledgement(self, name: str) -> bytes | None:
        """What was said of the parcel, or None."""

        async def work(sftp: asyncssh.SFTPClient) -> bytes | None:
            with contextlib.suppress(asyncssh.SFTPNoSuchFile):
                return await _read(sftp, f"{ACK}/{name}.json", most=ACK_BYTES_MAX)
            return None

        return await self._do(work)

    async def acknowledge(self, name: str, content: bytes) -> None:
        """Say something of the parcel: whole or not at all."""

        async def work(sftp: asyncssh.SFTPClient) -> None:
            writing = f"{WRITING}/{name}.json"
            await _write(sftp, writing, content=content)
            await sftp.posix_rename(writing, f"{ACK}/{name}.json")

        await self._do(work)

    async def wipe(self, name: str) -> None:
        """Nothing of the parcel is there but its acknowledgement; its files are overwritten first."""

        async def work(sftp: asyncssh.SFTPClient) -> None:
            for folder in (OUT, WRITING):
                await _wipe(sftp, f"{folder}/{name}")

        await self._do(work)

    async def close(self) -> None:
        """Close the connection."""
        self._client = None
        await self._open.aclose()

    async def _do(self, work: _Work[_Result]) -> _Result:
        async with self._turn:
            try:
                async with asyncio.timeout(TIME_LIMIT_S):
                    done = await work(self._client or await self._connect())
            except (OSError, asyncssh.Error, TimeoutError) as error:
                self._outage.begin(type(error).__name__)
                # asking an ended connection to end may fail as it did
                with contextlib.suppress(OSError, asyncssh.Error):
                    await self.close()
                raise ConnectorSilent("The hand-off's SFTP server cannot be used.") from error
            self._outage.end()
            return done

    async def _connect(self) -> asyncssh.SFTPClient:
        connection = await asyncssh.connect(
            self._settings.host,
            self._settings.port,
            username=self._settings.user,
            client_keys=[self._key],
            known_hosts=([self._pinned], [], []),
            server_host_key_algs=[self._pinned.get_algorithm()] if not _is_rsa(self._pinned) else "default",
            config=None,
            agent_path=None,
            connect_timeout=TIME_LIMIT_S,
            keepalive_interval=TIME_LIMIT_S,
        )
        await self._open.enter_async_context(connection)
        client = await self._open.enter_async_context(connection.start_sftp_client())
        await client.chdir(self._settings.folder)
        for folder in FOLDERS:
            if not await client.isdir(folder):
                await client.mkdir(folder)
        self._client = client
        return client


def _is_rsa(key: asyncssh.SSHKey) -> bool:
    return key.get_algorithm() == "ssh-rsa"


async def _read(sftp: asyncssh.SFTPClient, path: str, *, most: int) -> bytes:
    async with sftp.open(path, "rb") as file:
        # the library's types do not know what the mode says
        return cast(bytes, await file.read(most))


async def _write(sftp: asyncssh.SFTPClient, path: str, *, content: bytes, mode: str = "wb") -> None:
    async with sftp.open(path, mode) as file:
        await file.write(content)
        # an extension: where it is missing, the sealed copy here is what a cut at the server costs nothing of
        with contextlib.suppress(asyncssh.SFTPOpUnsupported):
            await file.fsync()


async def _plain_files(sftp: asyncssh.SFTPClient, place: str) -> list[str]:
    """Files in a folder, and no links; none when there is no such folder."""
    try:
        names = [str(one) for one in await sftp.listdir(place) if one not in {".", ".."}]
    except asyncssh.SFTPNoSuchFile:
        return []
    return [name for name in names if stat.S_ISREG((await sftp.lstat(f"{place}/{name}")).permissions or 0)]


async def _wipe(sftp: asyncssh.SFTPClient, place: str) -> None:
    """Overwrite and remove every file, then the folder with all that is left in it."""
    for name in await _plain_files(sftp, place):
        size = (await sftp.lstat(f"{place}/{name}")).size or 0
        await _write(sftp, f"{place}/{name}", content=os.urandom(size), mode="r+b")
        await sftp.remove(f"{place}/{name}")
    if await sftp.lexists(place):
        await sftp.rmtree(place)
