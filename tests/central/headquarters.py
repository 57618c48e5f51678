"""Headquarters' folder, set up as `smilius-central init` does it, and stations enrolled there."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from agent.clock import SystemClock
from agent.wire import EnrolmentAnswer, EnrolmentRequest, Receipt, StationTopics, read_signed
from central.paths import Paths
from central.pki.set_up import enrol, receipt_key, set_up
from central.settings import Settings, load_settings
from vault.envelope import Pinned, RecipientPublic, SigningKey

TENANT = "lt"
TENANTS = (TENANT, "lt2")


@contextmanager
def free_ports(count: int) -> Iterator[tuple[int, ...]]:
    """Ports that nobody else is given while they are held."""
    holders = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    try:
        yield tuple(holder.getsockname()[1] for holder in holders)
    finally:
        for holder in holders:
            holder.close()


def settings(*, ports: tuple[int, int, int] = (8883, 8843, 8844), tenants: tuple[str, ...] = TENANTS) -> Settings:
    broker, migris, page = ports
    return Settings(
        broker_host="localhost",
        broker_port=broker,
        migris_url=f"https://localhost:{migris}",
        migris_page_port=page,
        tenants=tenants,
    )


def founded(root: Path, *, tenants: tuple[str, ...] = TENANTS, broker_user: str | None = None) -> Paths:
    """A whole folder, with ports that were free a moment ago."""
    paths = Paths(root)
    with free_ports(3) as ports:
        given = settings(ports=(ports[0], ports[1], ports[2]), tenants=tenants)
        set_up(paths, given, now=SystemClock().now(), broker_user=broker_user)
    return paths


def kept_on(paths: Paths, url: str) -> None:
    """From now on the ledger is in a server's database, which is migrated already."""
    given = load_settings(paths.settings).model_copy(update={"database": url})
    paths.settings.write_text(given.text())
    paths.bridge_database.unlink()


@dataclass(frozen=True)
class Station:
    """A station's keys and what headquarters gave it; `folder` has what its TLS needs."""

    tenant: str
    name: str
    link: SigningKey
    seal: SigningKey
    answer: EnrolmentAnswer
    folder: Path

    @property
    def identity(self) -> str:
        return f"{self.tenant}/{self.name}"

    @property
    def topics(self) -> StationTopics:
        return StationTopics(self.tenant, self.name)

    @property
    def recipient(self) -> RecipientPublic:
        return RecipientPublic(self.answer.recipient_public)

    def tls(self) -> ssl.SSLContext:
        return client_tls(self.folder / "ca.pem", certificate=self.folder / "link.pem", key=self.folder / "link.key")


def request(link: SigningKey, seal: SigningKey, *, name: str, tenant: str = TENANT) -> EnrolmentRequest:
    return EnrolmentRequest(
        tenant=tenant,
        station=name,
        link_request=link.certificate_request("whatever it calls itself"),
        seal_public=seal.public.pem(),
    )


def enrolled(paths: Paths, name: str = "vilnius-1", *, tenant: str = TENANT) -> Station:
    link, seal = SigningKey.generate(), SigningKey.generate()
    answer = enrol(paths, request(link, seal, name=name, tenant=tenant), now=SystemClock().now())
    folder = paths.root / "of stations" / tenant / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "ca.pem").write_text(answer.broker_ca)
    (folder / "link.pem").write_text(answer.link_certificate)
    (folder / "link.key").write_text(link.pem())
    return Station(tenant, name, link, seal, answer, folder)


def client_tls(ca: Path, *, certificate: Path | None = None, key: Path | None = None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(ca)
    if certificate is not None:
        context.load_cert_chain(certificate, key)
    return context


def read_receipt(paths: Paths, signed: bytes) -> Receipt:
    """The receipt, believed only with headquarters' receipt key."""
    return read_signed(signed, Receipt, pinned=Pinned([receipt_key(paths, at=SystemClock().now()).public]))
