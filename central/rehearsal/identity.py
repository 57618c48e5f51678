"""A simulated station's identity: keys made here, enrolled as any station is. They live in this process only."""

import os
import ssl
from dataclasses import dataclass
from datetime import datetime

from agent.wire import EnrolmentAnswer, EnrolmentRequest
from central.paths import Paths
from central.pki.set_up import enrol
from vault.envelope import Pinned, RecipientPublic, SigningKey, VerifyingKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who a simulated station is, and whom it believes."""

    tenant: str
    """Whose station."""
    name: str
    """Which station."""
    link: SigningKey
    """Signs bills and events, and is the certificate's key."""
    seal: SigningKey
    """Signs what is sealed."""
    answer: EnrolmentAnswer
    """What headquarters gave it."""

    @property
    def recipient(self) -> RecipientPublic:
        """Whom it seals for."""
        return RecipientPublic(self.answer.recipient_public)

    @property
    def receipts(self) -> Pinned:
        """Whose receipts it believes."""
        return Pinned([VerifyingKey.from_pem(pem) for pem in self.answer.receipt_public])

    def tls(self) -> ssl.SSLContext:
        """TLS 1.3 with its certificate, and headquarters' authority trusted only."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_verify_locations(cadata=self.answer.broker_ca)
        # the TLS library takes a key from a file only: this one is on no disk
        descriptor = os.memfd_create("key", os.MFD_CLOEXEC)
        with os.fdopen(descriptor, "wb", buffering=0) as file:
            file.write((self.answer.link_certificate + self.link.pem()).encode())
            context.load_cert_chain(f"/proc/self/fd/{descriptor}")
        return context


def enrolled(paths: Paths, tenant: str, *, name: str, now: datetime) -> Identity:
    """A station with new keys, enrolled; one of that name before is replaced. :raises: RequestInvalid, SetUpError."""
    link, seal = SigningKey.generate(), SigningKey.generate()
    request = EnrolmentRequest(
        tenant=tenant, station=name, link_request=link.certificate_request(name), seal_public=seal.public.pem()
    )
    return Identity(tenant=tenant, name=name, link=link, seal=seal, answer=enrol(paths, request, now=now))
