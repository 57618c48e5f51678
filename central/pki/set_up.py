"""Sets headquarters' side up in a folder, and enrols stations."""

import base64
import os
from datetime import datetime
from pathlib import Path

from agent.wire import EnrolmentAnswer, EnrolmentRequest, StationKeys
from agent.wire.ident import RESERVED_STATIONS
from central.broker.mosquitto import write_configuration
from central.database import migrate
from central.errors import RequestInvalid, SetUpError
from central.paths import Paths
from central.pki.authority import Authority, Pair
from central.pki.registry import Registry
from central.settings import Settings, load_settings
from vault.envelope import KeyMissing, RecipientKey, SigningKey, VerifyingKey


def set_up(paths: Paths, settings: Settings, *, now: datetime) -> None:
    """CA, certificates, keys, broker configuration, database. :raises: SetUpError when the folder is set up already."""
    if paths.settings.exists():
        raise SetUpError("This folder is set up already.")
    for folder in (paths.root, paths.pki, paths.stations, paths.broker):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    founded = Authority.found(now)
    authority = Authority(founded)
    _keep(paths, founded, name="ca")
    _keep(paths, authority.issue_server((settings.broker_host, "127.0.0.1"), now=now), name="broker")
    _keep(paths, authority.issue_server(("localhost", "127.0.0.1"), now=now), name="migris")
    _keep(paths, authority.issue_client("central", now=now), name="central")
    _write_secret(paths.key("recipient"), base64.b64encode(RecipientKey.generate().content()).decode())
    _write_secret(paths.key("receipt"), SigningKey.generate().pem())
    write_configuration(paths, settings)
    migrate(paths.bridge_database)
    # written last: a folder that has it is whole
    paths.settings.write_text(settings.text())


def enrol(paths: Paths, request: EnrolmentRequest, *, now: datetime) -> EnrolmentAnswer:
    """Accept a station. :raises: RequestInvalid, SetUpError."""
    settings = load_settings(paths.settings)
    if request.station in RESERVED_STATIONS:
        raise RequestInvalid("This station name is reserved.")
    try:
        VerifyingKey.from_pem(request.seal_public)
    except KeyMissing as error:
        raise RequestInvalid("The seal key of the request cannot be read.") from error
    authority = Authority(Pair(paths.key("ca").read_text(), paths.certificate("ca").read_text()))
    name = f"{request.tenant}/{request.station}"
    certificate, link_public = authority.issue_station(request.link_request, common_name=name, now=now)
    Registry(paths.stations).add(
        StationKeys(
            tenant=request.tenant,
            station=request.station,
            link_public=link_public,
            seal_public=request.seal_public,
        )
    )
    return EnrolmentAnswer(
        tenant=request.tenant,
        station=request.station,
        link_certificate=certificate,
        broker_ca=paths.certificate("ca").read_text(),
        broker_host=settings.broker_host,
        broker_port=settings.broker_port,
        recipient_public=base64.b64encode(recipient_key(paths).public.content),
        receipt_public=(receipt_key(paths).public.pem(),),
    )


def recipient_key(paths: Paths) -> RecipientKey:
    """Opens what stations seal; only the opener and the enrolment read it."""
    return RecipientKey(base64.b64decode(paths.key("recipient").read_text()))


def receipt_key(paths: Paths) -> SigningKey:
    """Signs receipts, answers and central's tombstones."""
    return SigningKey.from_pem(paths.key("receipt").read_text())


def _keep(paths: Paths, pair: Pair, *, name: str) -> None:
    _write_secret(paths.key(name), pair.key)
    paths.certificate(name).write_text(pair.certificate)


def _write_secret(path: Path, content: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(content)
