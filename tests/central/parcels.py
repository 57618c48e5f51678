"""Parcels as a station makes them: real records in a real package, sealed and billed with real keys."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from ulid import ULID

from agent.wire import Bill, ParcelKind, chunk_of, read_topic, sign_document
from agent.wire.bill import chunks_in
from capture.records import face_record, finger_record, jpeg, wsq
from capture.records.manifest import Kind
from capture.records.package import pack
from capture.records.transaction import DeviceName, FaceImage, FingerImage, write_transaction
from capture.sample import Quality
from central.bridge.message import Arrived
from drivers.contract import Finger
from tests.capture.records import specimens
from tests.central.headquarters import TENANT, Station
from vault.envelope import Context, Digest, Plain, digest_of, seal

OPEN_APPLICATION = "MIG-2026-000101"
CLOSED_APPLICATION = "MIG-2026-000199"
AT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)

_RIGHT = (Finger.RIGHT_INDEX, specimens.OWN_QUALITY)
_LEFT = (Finger.LEFT_INDEX, Quality(score=54, algorithm="NFIQ 2", version="2.3.0"))


def new_id() -> str:
    return str(ULID()).lower()


@cache
def print_wsq(*, slant: float = 0.3, width_px: int = 320, height_px: int = 480) -> bytes:
    """A print that decodes."""
    return wsq.encode(specimens.ridges(width_px, height_px, slant=slant), width_px=width_px, height_px=height_px)


@dataclass(frozen=True, kw_only=True)
class Visit:
    """What differs between the packages of these tests."""

    parcel: str
    tenant: str = TENANT
    station: str = "vilnius-1"
    application: str = OPEN_APPLICATION
    jpeg: bytes = specimens.jpeg_by_hand()
    right: bytes = print_wsq()
    left: bytes = print_wsq(slant=0.2)

    def package(self) -> bytes:
        """All the records of the visit, agreeing with each other."""
        prints = ((*_RIGHT, self.right), (*_LEFT, self.left))
        transaction = specimens.content(
            control_number=self.parcel,
            application_number=self.application,
            face=FaceImage(self.jpeg, (specimens.gate(),), DeviceName("Sony", "IMX477", "")),
            fingers=tuple(FingerImage(finger, content, quality, None) for finger, quality, content in prints),
        )
        members = {
            "transaction.an2": write_transaction(transaction),
            "portrait.fac": face_record.write(self.jpeg, eyes_px=specimens.EYES_PX, full_frontal=True),
        }
        for finger, quality, content in prints:
            members[f"{finger}.fir"] = finger_record.write(content, finger=finger, quality=quality.score)
        manifest = specimens.manifest(
            parcel=self.parcel,
            tenant=self.tenant,
            station=self.station,
            application_number=self.application,
            fingers=tuple(specimens.finger_entry(finger, content, quality) for finger, quality, content in prints),
        )
        face = manifest.face
        assert face is not None
        found = jpeg.read_header(self.jpeg)
        size = {
            "width_px": found.width_px,
            "height_px": found.height_px,
            "jpeg_bytes": len(self.jpeg),
            "compression_ratio": found.width_px * found.height_px * 3 / len(self.jpeg),
        }
        return pack(manifest.model_copy(update={"face": face.model_copy(update=size)}), members)


@dataclass(frozen=True)
class Parcel:
    """Something sealed, and the messages that carry it."""

    station: Station
    id: str
    content: bytes
    kind: ParcelKind = ParcelKind.ENROLMENT
    amends: str | None = None

    @property
    def digest(self) -> Digest:
        return digest_of(self.content)

    @property
    def chunks(self) -> int:
        return chunks_in(len(self.content))

    def bill(self, **changes: object) -> bytes:
        """The signed bill; a change is of one of its fields."""
        fields: dict[str, object] = {
            "tenant": self.station.tenant,
            "station": self.station.name,
            "parcel": self.id,
            "kind": self.kind,
            "digest": self.digest,
            "size": len(self.content),
            "chunks": self.chunks,
            "amends": self.amends,
            "time": AT,
            "key": self.station.link.kid,
        }
        return sign_document(Bill.model_validate({**fields, **changes}), self.station.link)

    def billed(self, **changes: object) -> Arrived:
        return arrived(self.station.topics.bill(self.id), self.bill(**changes))

    def chunk(self, number: int) -> Arrived:
        return arrived(self.station.topics.chunk(self.id, number), chunk_of(self.content, number))

    def whole(self) -> list[Arrived]:
        """Bill and every chunk."""
        return [self.billed(), *(self.chunk(number) for number in range(self.chunks))]


def arrived(topic: str, payload: bytes) -> Arrived:
    where = read_topic(topic)
    assert where is not None, "a topic that central understands"
    return Arrived(where, payload)


def context_of(station: Station, *, parcel: str, size: int, kind: str = "enrolment") -> Context:
    return Context(
        tenant=station.tenant,
        station=station.name,
        parcel=parcel,
        kind=kind,
        profile="lt-eresident/1",
        plain_bytes=size,
    )


def sealed(station: Station, content: bytes, *, parcel: str | None = None, amends: str | None = None) -> Parcel:
    """The content sealed for central by this station."""
    parcel = parcel or new_id()
    kind = ParcelKind.ENROLMENT if amends is None else ParcelKind.AMENDMENT
    context = context_of(station, parcel=parcel, size=len(content), kind=kind.value)
    content = seal(Plain(content), context, recipient=station.recipient, signer=station.seal).content
    return Parcel(station, parcel, content, kind, amends)


def amending(
    station: Station, amends: str, *, left: bytes | None = None, application: str = OPEN_APPLICATION
) -> Parcel:
    """The left index finger alone, given again."""
    parcel, left = new_id(), left or print_wsq(slant=0.25)
    finger, quality = _LEFT
    transaction = specimens.content(
        control_number=parcel,
        application_number=application,
        face=None,
        fingers=(FingerImage(finger, left, quality, None),),
        missing=(),
    )
    manifest = specimens.manifest(
        parcel=parcel,
        kind=Kind.AMENDMENT,
        amends=amends,
        tenant=station.tenant,
        station=station.name,
        application_number=application,
        face=None,
        fingers=(specimens.finger_entry(finger, left, quality),),
        missing=(),
    )
    members = {
        "transaction.an2": write_transaction(transaction),
        f"{finger}.fir": finger_record.write(left, finger=finger, quality=quality.score),
    }
    return sealed(station, pack(manifest, members), parcel=parcel, amends=amends)


def rejectable(station: Station, *, application: str = OPEN_APPLICATION) -> Parcel:
    """A whole visit whose left index finger's print lies on its side: MIGRIS takes no such print."""
    parcel = new_id()
    visit = Visit(
        parcel=parcel,
        tenant=station.tenant,
        station=station.name,
        application=application,
        left=print_wsq(width_px=480, height_px=320),
    )
    return sealed(station, visit.package(), parcel=parcel)


def visited(station: Station, *, application: str = OPEN_APPLICATION, jpeg: bytes | None = None) -> Parcel:
    """A whole visit, sealed."""
    parcel = new_id()
    visit = Visit(
        parcel=parcel,
        tenant=station.tenant,
        station=station.name,
        application=application,
        jpeg=specimens.jpeg_by_hand() if jpeg is None else jpeg,
    )
    return sealed(station, visit.package(), parcel=parcel)
