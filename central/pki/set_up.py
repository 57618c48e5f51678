"""Sets headquarters' side up in a folder, and enrols stations."""

import base64
import binascii
from datetime import datetime
from pathlib import Path

from agent.wire import EnrolmentAnswer, EnrolmentRequest, StationKeys
from agent.wire.ident import RESERVED_STATIONS
from central.broker.mosquitto import account_of, check_reach, write_configuration
from central.database import Server, migrate, place_of
from central.errors import RequestInvalid, SetUpError
from central.paths import MIGRIS_AUTHORITY, MIGRIS_CLIENT, MIGRIS_SERVER, Paths, sync_folder, write_secret, write_whole
from central.pki.authority import Authority, Pair
from central.pki.keyring import OwnKeys
from central.pki.order import order_public
from central.pki.registry import Registry
from central.settings import Settings, load_settings
from vault.envelope import KeyMissing, RecipientKey, RecipientPublic, SigningKey, VerifyingKey


def set_up(paths: Paths, settings: Settings, *, now: datetime, broker_user: str | None = None) -> None:
    """Authorities, certificates, keys, broker configuration, database.

    :param broker_user: account that the broker will run as; None is this process's own.
    :raises: SetUpError when the folder is set up already, was begun and cut off, or cannot be written, or when the
        broker's account cannot be given what it needs.
    """
    if paths.settings.exists():
        raise SetUpError("This folder is set up already.")
    account = account_of(broker_user)
    check_reach(paths, account)
    try:
        for folder in (paths.root, paths.pki, paths.stations, paths.broker):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        place = place_of(paths, settings)
        if isinstance(place, Server):
            # before anything is made here: it may not let us in
            migrate(place)
        _make_keys(paths, settings, now=now)
        write_configuration(paths, settings, account=account)
        # the bridge keeps its lock there, wherever its ledger is
        paths.bridge_database.parent.mkdir(mode=0o700, exist_ok=True)
        migrate(place)
        # written last: a folder that has it is whole
        write_whole(paths.settings, settings.text().encode())
    except OSError as error:
        raise SetUpError("The folder cannot be written.") from error


def _make_keys(paths: Paths, settings: Settings, *, now: datetime) -> None:
    founded, founded_for_migris = Authority.found("Smilius CA", now=now), Authority.found("Smilius MIGRIS CA", now=now)
    authority, for_migris = Authority(founded), Authority(founded_for_migris)
    _keep(paths, founded, name="ca")
    _keep(paths, authority.issue_server((settings.broker_host, "127.0.0.1"), now=now), name="broker")
    _keep(paths, authority.issue_client("central", now=now), name="central")
    _keep(paths, founded_for_migris, name=MIGRIS_AUTHORITY)
    _keep(paths, for_migris.issue_server(("localhost", "127.0.0.1"), now=now), name=MIGRIS_SERVER)
    _keep(paths, for_migris.issue_client("connector", now=now), name=MIGRIS_CLIENT)
    write_secret(paths.key("recipient"), base64.b64encode(RecipientKey.generate().content()).decode())
    write_secret(paths.key("receipt"), SigningKey.generate().pem())
    backup_public(paths)
    sync_folder(paths.pki)


def enrol(paths: Paths, request: EnrolmentRequest, *, now: datetime) -> EnrolmentAnswer:
    """Accept a station. :raises: RequestInvalid, SetUpError."""
    settings = load_settings(paths.settings)
    if request.station in RESERVED_STATIONS:
        raise RequestInvalid("This station name is reserved.")
    if request.tenant not in settings.tenants:
        raise RequestInvalid("This tenant is none of headquarters'.")
    try:
        VerifyingKey.from_pem(request.seal_public)
    except KeyMissing as error:
        raise RequestInvalid("The seal key of the request cannot be read.") from error
    broker_ca, keys = _read(paths.certificate("ca")), OwnKeys(paths)
    recipient, receipts = keys.recipients()[-1].key, keys.receipts()
    authority = Authority(Pair(_read(paths.key("ca")), broker_ca))
    name = f"{request.tenant}/{request.station}"
    certificate, link_public = authority.issue_station(request.link_request, common_name=name, now=now)
    Registry(paths.stations).add(
        StationKeys(
            tenant=request.tenant,
            station=request.station,
            link_public=link_public,
            seal_public=request.seal_public,
        ),
        now=now,
    )
    return EnrolmentAnswer(
        tenant=request.tenant,
        station=request.station,
        link_certificate=certificate,
        broker_ca=broker_ca,
        broker_host=settings.broker_host,
        broker_port=settings.broker_port,
        recipient_public=base64.b64encode(recipient.content),
        receipt_public=tuple(
            one.key.pem() for one in receipts if one.time.not_after is None or one.time.not_after > now
        ),
        order_public=order_public(paths),
        backup_public=base64.b64encode(backup_public(paths).content),
    )


def recipient_key(paths: Paths) -> RecipientKey:
    """Opens what stations seal now. :raises: SetUpError, KeyMissing."""
    keys = OwnKeys(paths)
    return keys.recipient(keys.recipients()[-1].key.kid)


def backup_key(paths: Paths) -> RecipientKey:
    """Opens stations' backups. The file may be kept elsewhere between restores. :raises: SetUpError, KeyMissing."""
    try:
        return RecipientKey(base64.b64decode(_read(paths.key("backup")), validate=True))
    except binascii.Error as error:
        raise SetUpError("The backups' key cannot be read.") from error


def backup_public(paths: Paths) -> RecipientPublic:
    """What backups are sealed for; a folder that was set up before there were backups gets its key now.

    :raises: SetUpError, KeyMissing.
    """
    public = paths.pki / "backup.pub"
    if not public.exists():
        if not paths.key("backup").exists():
            write_secret(paths.key("backup"), base64.b64encode(RecipientKey.generate().content()).decode())
        write_whole(public, base64.b64encode(backup_key(paths).public.content))
    try:
        return RecipientPublic(base64.b64decode(_read(public), validate=True))
    except binascii.Error as error:
        raise SetUpError("The backups' public key cannot be read.") from error


def receipt_key(paths: Paths, *, at: datetime) -> SigningKey:
    """Signs receipts, commands and central's tombstones now. :raises: KeyOutOfTime, KeyMissing, SetUpError."""
    return OwnKeys(paths).signer(at)


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise SetUpError("A key or certificate of headquarters cannot be read.") from error


def _keep(paths: Paths, pair: Pair, *, name: str) -> None:
    write_secret(paths.key(name), pair.key)
    paths.certificate(name).write_text(pair.certificate)
