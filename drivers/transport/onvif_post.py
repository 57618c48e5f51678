"""How a question reaches one device over HTTP, and what of its answer is taken. By httpx.

onvif-zeep-async's own way verifies no certificate, follows redirects, and reads whatever comes; this one stands in its
place. It speaks to one address and no other, takes XML of bounded size only, and fails within its time.

Source: SOAP 1.2 part 2 section 7 (HTTP binding); RFC 7616 (digest authentication, by httpx).
"""

import asyncio
import ssl
from pathlib import Path
from typing import Any, Final, Literal

import httpx
from pydantic import Field, model_validator

from drivers.contract import DeniedFault, Fault, GoneFault, Options, OptionsFault, ProtocolFault, TimedOutFault
from drivers.transport.credentials import Credentials
from drivers.transport.soap_guard import BODY_BYTES_MAX, check_soap

_HUNG_UP: Final = ("Server disconnected", "peer closed connection")
"""How httpx's protocol error begins where the protocol was kept up to the end of the connection."""

SOAP_TYPES: Final = frozenset({"application/soap+xml", "text/xml", "application/xml"})


class OnvifOptions(Options):
    """Where the device is, and who asks."""

    host: str = Field(pattern=r"^[A-Za-z0-9.:_-]{1,253}$")
    """The device's name or address. Whatever other address the device tells is not used."""
    port: int = Field(default=80, ge=1, le=65535)
    """Its TCP port for ONVIF."""
    path: str = Field(default="/onvif/device_service", pattern=r"^/[!-~]{0,200}$")
    """The device service's path, which ONVIF fixes."""
    user: str = Field(default="", max_length=100)
    """The user's name, empty where the device asks for none."""
    password_file: Path | None = None
    """A file with the password on its only line, which others may not read."""
    tls: Literal["none", "verified", "pinned"] = "none"
    """`verified`: the certificate is good for the host's name; `pinned`: it, or who signed it, is the `ca_file`."""
    ca_file: Path | None = None
    """Who may have signed the device's certificate, or the certificate itself, as PEM; unless said, the system's."""
    answer_s: float = Field(default=10.0, ge=0.2, le=60)
    """Every answer must be there whole within so long."""
    adjust_time: bool = True
    """Whether questions carry the device's own time, without which one whose clock is wrong refuses the password."""

    @model_validator(mode="after")
    def _fits(self) -> "OnvifOptions":
        if self.tls == "pinned" and self.ca_file is None:
            raise ValueError("a pinned certificate is in the ca_file")
        return self

    @property
    def base(self) -> str:
        """Scheme, host and port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'http' if self.tls == 'none' else 'https'}://{host}:{self.port}"


class Post:
    """Sends envelopes to one device; zeep knows it as its transport."""

    cache: None = None

    def __init__(self, options: OnvifOptions, credentials: Credentials) -> None:
        """:raises: OptionsFault when the ca_file cannot be read."""
        self._options = options
        login = httpx.DigestAuth(credentials.user, credentials.password) if credentials.user else None
        self._client = httpx.AsyncClient(
            auth=login, verify=_trust(options), follow_redirects=False, trust_env=False, timeout=options.answer_s
        )

    async def hang_up(self) -> None:
        """Close every connection to the device."""
        await self._client.aclose()

    async def aclose(self) -> None:
        """Nothing: a service that is closed says so here, and others go on."""

    def load(self, url: str) -> bytes:  # noqa: ARG002 (whatever it is)
        """Refuses: every description that is needed is on the disk. :raises: ProtocolFault."""
        raise ProtocolFault("The device's answer needs a file from elsewhere.")

    async def post_xml(self, address: str, *said: Any) -> httpx.Response:
        """The answer, as zeep wants it: bounded, XML, in time.

        :param said: the envelope, an lxml element, and the headers.
        :raises: Fault.
        """
        from lxml import etree

        envelope, headers = said
        assert address.startswith(self._options.base + "/"), "only the configured device is spoken to"
        asked = etree.tostring(envelope, xml_declaration=True, encoding="utf-8")
        wanted = {**headers, "Accept-Encoding": "identity"}
        limit = asyncio.timeout(self._options.answer_s)
        try:
            async with limit, self._client.stream("POST", address, content=asked, headers=wanted) as answer:
                _check_head(answer)
                body = await _body(answer)
        except TimeoutError:
            if not limit.expired():
                raise
            raise TimedOutFault("The device did not answer in time.") from None
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, KeyError) as error:
            raise _meant(error) from None
        check_soap(body)
        return httpx.Response(answer.status_code, headers={"Content-Type": "text/xml"}, content=body)


def _trust(options: OnvifOptions) -> ssl.SSLContext | bool:
    if options.tls == "none":
        return False
    try:
        context = ssl.create_default_context(cafile=options.ca_file)
    except (OSError, ssl.SSLError):
        raise OptionsFault("The file with the device's certificate cannot be read.") from None
    if options.tls == "pinned":
        # a camera's certificate seldom names its address or keeps to today's rules: here it counts that it is this one
        context.check_hostname = False
        context.verify_flags = ssl.VERIFY_X509_PARTIAL_CHAIN
    return context


def _check_head(answer: httpx.Response) -> None:
    if answer.status_code in {401, 403}:
        raise DeniedFault("The device asks for another user or password.")
    if answer.is_redirect:
        raise ProtocolFault("The device wants to be asked elsewhere, which the station does not do.")
    kind = answer.headers.get("Content-Type", "").split(";")[0].strip().lower()
    if kind not in SOAP_TYPES:
        raise ProtocolFault("The device's answer is not of its protocol: is this its ONVIF port?")
    if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise ProtocolFault("The device's answer is packed, though it was asked not to be.")


async def _body(answer: httpx.Response) -> bytes:
    body = bytearray()
    async for part in answer.aiter_raw():
        body += part
        if len(body) > BODY_BYTES_MAX:
            raise ProtocolFault("The device's answer is too long.")
    return bytes(body)


def _meant(error: Exception) -> Fault:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return DeniedFault("The device's certificate is not one that the station trusts, or it speaks no TLS.")
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, httpx.TimeoutException):
        return TimedOutFault("The device did not answer in time.")
    if isinstance(error, httpx.NetworkError) or any(words in str(error) for words in _HUNG_UP):
        return GoneFault("The device cannot be reached, or hung up.")
    return ProtocolFault("The device's answer is not of its protocol: is this its ONVIF port?")
