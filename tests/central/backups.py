"""Backups as a station makes them, with ledgers of as many lines as a test wants; any part may be replaced."""

from base64 import b64encode
from dataclasses import dataclass

from agent.wire import BackupManifest, LeftParcel, RestoreRequest, sign_document
from agent.wire.archive import pack
from agent.wire.backup import LEFT, LINE_COLUMNS, MANIFEST, RESTORED, LedgerEnd
from agent.wire.document import instant_text
from agent.wire.table import Row, to_lines
from tests.central.headquarters import Station
from tests.central.parcels import AT, new_id
from vault.chain import EMPTY, Head
from vault.envelope import Context, Plain, RecipientKey, RecipientPublic, Signer, seal
from vault.ledger import line_after


def chain(kinds: list[str]) -> tuple[list[Row], Head]:
    """A ledger with lines of these kinds."""
    rows: list[Row] = []
    head = EMPTY
    for kind in kinds:
        head, body = line_after(head, kind=kind, time=instant_text(AT), detail={})
        rows.append((head.number, body, head.digest))
    return rows, head


def head_at(kinds: list[str]) -> Head:
    return chain(kinds)[1]


@dataclass(frozen=True, kw_only=True)
class Backup:
    """What a station packs."""

    station: Station
    recipient: RecipientPublic
    stations: list[str]
    """Kinds of the lines of the station's ledger."""
    couriers: list[str]
    """Of the courier's."""
    left: tuple[LeftParcel, ...] = ()

    def manifest(self, **changes: object) -> BackupManifest:
        ends = tuple(
            LedgerEnd(ledger=ledger, number=head.number, digest=head.digest)
            for ledger, head in (("station", head_at(self.stations)), ("courier", head_at(self.couriers)))
        )
        fields: dict[str, object] = {
            "format": 1,
            "id": new_id(),
            "tenant": self.station.tenant,
            "station": self.station.name,
            "unit": self.station.link.kid,
            "made": AT,
            "generation": self.stations.count(RESTORED),
            "station_revision": "0001",
            "courier_revision": "0004",
            "ends": ends,
            **changes,
        }
        return BackupManifest.model_validate(fields)

    def files(self, **changes: object) -> dict[str, bytes]:
        return {
            MANIFEST: self.manifest(**changes).canonical(),
            LEFT: b"".join(one.canonical() + b"\n" for one in self.left),
            "station/ledger_line.jsonl": to_lines(LINE_COLUMNS, chain(self.stations)[0]),
            "courier/ledger_line.jsonl": to_lines(LINE_COLUMNS, chain(self.couriers)[0]),
        }

    def sealed(self, **changes: object) -> bytes:
        return self.seal(self.files(**changes))

    def seal(self, files: dict[str, bytes], *, signer: Signer | None = None, **context: object) -> bytes:
        manifest = BackupManifest.model_validate_json(files[MANIFEST])
        plain = Plain(pack(files))
        fields: dict[str, object] = {
            "tenant": self.station.tenant,
            "station": self.station.name,
            "parcel": manifest.id,
            "kind": "backup",
            "profile": "backup/1",
            "plain_bytes": len(plain),
            **context,
        }
        said = Context(**fields)  # type: ignore[arg-type]  # as the test wants it
        return seal(plain, said, recipient=self.recipient, signer=signer or self.station.seal).content


def asked(station: Station, key: RecipientKey, /, **changes: object) -> bytes:
    """The request of a station's unit; a change is of one field of it."""
    request = RestoreRequest(
        tenant=station.tenant,
        station=station.name,
        unit=station.link.kid,
        recipient_public=b64encode(key.public.content),
        time=AT,
    )
    return sign_document(request.model_copy(update=changes), station.link)
