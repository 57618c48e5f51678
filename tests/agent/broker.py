"""A real mosquitto with TLS, client certificates and the shipped ACL, on a port of its own."""

import asyncio
import os
import random
import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import paho.mqtt.client as mqtt

from agent.link import Address, Heard, Link, Pin
from agent.patience import Patience
from central.broker.mosquitto import write_configuration
from central.paths import Paths
from central.pki.authority import Authority, Pair
from central.settings import Settings

TENANT, STATION = "lt", "vilnius-1"
SOON_S = 90.0
"""What has not happened by then does not happen."""

_RETRY_MAX_S = 0.05


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Broker:
    """Startable, killable, startable again under the same name."""

    def __init__(self, folder: Path) -> None:
        self.paths = Paths(folder)
        for part in (self.paths.pki, self.paths.broker):
            part.mkdir(parents=True)
        self.port = free_port()
        now = datetime.now(UTC)  # noqa: TID251 (certificates are of today)
        founded = Authority.found("Smilius CA", now=now)
        self.authority = Authority(founded)
        self._now = now
        self._keep("ca", founded)
        self._keep("broker", self.authority.issue_server(("localhost", "127.0.0.1"), now=now))
        settings = Settings(
            broker_host="localhost",
            broker_port=self.port,
            migris_url="https://localhost:1",
            migris_page_port=1,
            tenants=(TENANT,),
        )
        write_configuration(self.paths, settings)
        with (self.paths.broker / "mosquitto.conf").open("a") as configuration:
            configuration.write("log_type information\n")
        self._running: subprocess.Popen[bytes] | None = None

    def _keep(self, name: str, pair: Pair) -> None:
        self.paths.key(name).write_text(pair.key)
        self.paths.certificate(name).write_text(pair.certificate)

    def limit(self, setting: str, value: int) -> None:
        """Before the start: another value than the shipped one."""
        path = self.paths.broker / "mosquitto.conf"
        path.write_text(re.sub(rf"^{setting} .*$", f"{setting} {value}", path.read_text(), flags=re.MULTILINE))
        assert f"{setting} {value}\n" in path.read_text()

    def start(self) -> None:
        mosquitto = shutil.which("mosquitto", path=os.environ["PATH"] + ":/usr/sbin:/usr/local/sbin")
        assert mosquitto, "mosquitto is installed by image-build/venv.sh"
        command = [mosquitto, "-c", str(self.paths.broker / "mosquitto.conf")]
        self._running = subprocess.Popen(command, stderr=subprocess.PIPE)
        said = self._running.stderr
        assert said is not None
        assert any(line.endswith(b" running\n") for line in said)

    def kill(self) -> None:
        if self._running is not None:
            self._running.kill()
            self._running.communicate()
            self._running = None

    def tls(self, identity: str, *, ca: str | None = None) -> ssl.SSLContext:
        """What a client of this name connects with."""
        self._keep("client", self.authority.issue_client(identity, now=self._now))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_verify_locations(cadata=ca or self.paths.certificate("ca").read_text())
        context.load_cert_chain(self.paths.certificate("client"), self.paths.key("client"))
        return context

    def server_tls(self) -> ssl.SSLContext:
        """What another server under the broker's name serves with."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.paths.certificate("broker"), self.paths.key("broker"))
        return context

    def address(
        self,
        identity: str,
        *,
        keepalive_s: int = 30,
        port: int | None = None,
        tls: ssl.SSLContext | None = None,
        mqtt: Pin = "auto",
    ) -> Address:
        return Address(
            host="localhost",
            port=port or self.port,
            identity=identity,
            keepalive_s=keepalive_s,
            tls=tls or self.tls(identity),
            mqtt=mqtt,
        )


def quick_patience() -> Patience:
    return Patience(_RETRY_MAX_S, random.Random(1))


class Listening:
    """A running link and all that it heard."""

    def __init__(
        self,
        address: Address,
        *topics: str,
        acknowledge_late: bool = False,
        library: Callable[..., mqtt.Client] = mqtt.Client,
    ) -> None:
        self.link = Link(
            address, topics=topics, patience=quick_patience(), acknowledge_late=acknowledge_late, library=library
        )
        self.link.settled = self._settled
        self.heard: list[Heard] = []
        self.answered: list[tuple[str, bool]] = []
        """What the broker took of all that was published here, and what it refused."""
        self._news = asyncio.Event()
        state = f"{TENANT}/central/state" if address.identity == "central" else f"{address.identity}/up/state"
        self._will = (f"smilius/1/{state}", b"gone")

    async def __aenter__(self) -> "Listening":
        self._running = asyncio.get_running_loop().create_task(self.link.run(self._hear, will=self._new_will))
        return self

    def _new_will(self, _connection: int) -> tuple[str, bytes]:
        self._news.set()
        return self._will

    async def __aexit__(self, *_exception: object) -> None:
        await self.end()

    async def end(self) -> None:
        self._running.cancel()
        await asyncio.wait({self._running})

    def _hear(self, heard: Heard) -> None:
        self.heard.append(heard)
        self._news.set()

    def _settled(self, topic: str, taken: bool) -> None:
        self.answered.append((topic, taken))
        self._news.set()

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait for news until this holds."""
        async with asyncio.timeout(SOON_S):
            while not holds():
                self._news.clear()
                await self._news.wait()

    async def up(self, times: int = 1) -> None:
        await self.until(lambda: self.count("up") >= times)

    def count(self, what: str) -> int:
        return sum(heard.what == what for heard in self.heard)

    @property
    def messages(self) -> list[tuple[str, bytes]]:
        return [(heard.topic, heard.payload) for heard in self.heard if heard.what == "message"]
