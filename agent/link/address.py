"""Where the broker is, who we are to it, and which MQTT is spoken."""

import ssl
from dataclasses import dataclass

from agent.link.speech import Pin


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where the broker is and who we are to it."""

    host: str
    """Name or address, as the broker's certificate has it."""
    port: int
    """TLS port."""
    identity: str
    """The certificate's name, `tenant/station` or `central`; also the client id."""
    keepalive_s: int
    """MQTT keep-alive."""
    tls: ssl.SSLContext
    """Client certificate, and the CA that the broker is verified with."""
    mqtt: Pin = "auto"
    """The MQTT that is spoken."""
