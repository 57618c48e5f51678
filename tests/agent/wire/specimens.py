"""One document of every sort, with the bytes that it has always had, and the keys to sign with."""

from base64 import b64encode
from datetime import UTC, datetime

from agent.wire import (
    Answer,
    Applicant,
    ApplicationCheck,
    Bill,
    Breach,
    Candidate,
    Cause,
    CentralPresence,
    Command,
    CommandOutcome,
    CommandResult,
    CommandVerb,
    Decommission,
    DestroyOrder,
    Document,
    Dwell,
    EnrolmentAnswer,
    EnrolmentRequest,
    HandoverAnswer,
    Holding,
    How,
    Keyring,
    KeyringHeld,
    LedgerAlarm,
    LedgerHead,
    Likeness,
    Need,
    ParcelKind,
    PermissionHeld,
    PersonAnswer,
    Quarantine,
    Question,
    Receipt,
    ReceiptEntry,
    RecipientEntry,
    Stage,
    StationKeys,
    StationPresence,
    StationWord,
    Tombstone,
    TransferPermission,
    Trigger,
    Twin,
)
from agent.wire.backup import BackupManifest, LedgerEnd, LeftParcel, RestoreOrder, RestoreRequest, Resumption
from agent.wire.configuration import Configuration, TwinConfiguration
from agent.wire.roster import Roster, RosterEntry
from agent.wire.twin import TwinDevice, TwinKeys, TwinQueue
from vault.envelope import Pinned, SigningKey

KEY = SigningKey.generate()
PINNED = Pinned([KEY.public])
TIME = datetime(2026, 11, 22, 4, 30, 0, 123999, tzinfo=UTC)
PARCEL = "01jd8x4w3v5qk6zr9t2m7n1pbc"
DIGEST = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
KID = "0123456789abcdef"
PEM = "-----BEGIN PUBLIC KEY-----\nAA==\n-----END PUBLIC KEY-----\n"

_PLACE = '"station":"vilnius-1","tenant":"lt"'
_TIME = '"time":"2026-11-22T04:30:00.123Z"'
_PEM = PEM.replace("\n", "\\n")

BILL = Bill(
    tenant="lt",
    station="vilnius-1",
    parcel=PARCEL,
    kind=ParcelKind.AMENDMENT,
    digest=DIGEST,
    size=65_537,
    chunks=2,
    amends=PARCEL[:-1] + "d",
    time=TIME,
    key=KID,
)
NEED = Need(digest=DIGEST, missing=(0, 127))
RECEIPT = Receipt(
    tenant="lt",
    station="vilnius-1",
    parcel=PARCEL,
    kind="enrolment",
    digest=DIGEST,
    size=65_537,
    stage=Stage.REJECTED,
    cause=Cause(part="right-index", code="quality-too-low", sentence="Atspaudas neryškus."),
    reference=None,
    index=7,
    previous="0" * 64,
    time=TIME,
    key=KID,
)
TOMBSTONE = Tombstone(
    parcel=PARCEL,
    kind="enrolment",
    digest=DIGEST,
    stage="accepted",
    receipt=DIGEST,
    how=How.WIPED,
    authorised_by=KID,
    time=TIME,
    verified=True,
)
HEAD = LedgerHead(tenant="lt", station="vilnius-1", ledger="courier", number=9, digest=DIGEST, time=TIME)
LEDGER_ALARM = LedgerAlarm(
    tenant="lt",
    station="vilnius-1",
    ledger="station",
    code="ledger-cut-off",
    number=3,
    digest=DIGEST,
    known_number=9,
    known_digest=DIGEST,
    time=TIME,
)
COMMAND = Command(
    tenant="lt",
    station="vilnius-1",
    id=PARCEL,
    verb=CommandVerb.FIND,
    parcels=(PARCEL,),
    counter=7,
    issued=TIME,
    expires=TIME,
    key=KID,
)
RESULT = CommandResult(
    command=PARCEL,
    verb=CommandVerb.FIND,
    outcome=CommandOutcome.DONE,
    holdings=(
        Holding(
            parcel=PARCEL,
            state="spooled",
            file=True,
            key=True,
            receipts=("stored",),
            tombstone=False,
            restricted=False,
        ),
    ),
    time=TIME,
)
QUARANTINE = Quarantine(parcel=PARCEL, kind="enrolment", digest=DIGEST, trouble="wipe-digest", time=TIME)
DWELL = Dwell(parcel=PARCEL, kind="enrolment", digest=DIGEST, state="sending", spooled_at=TIME, time=TIME)
BREACH = Breach(
    tenant="lt",
    station="vilnius-1",
    trigger=Trigger.LEDGER_BROKEN,
    what="courier line 7",
    records=31,
    since=TIME,
    time=TIME,
)
DECOMMISSION = Decommission(
    tenant="lt",
    station="vilnius-1",
    unit=KID,
    reason="reset",
    authorised_by="paper-code",
    destroyed=("visits=3", "seal-key"),
    last=("link-key",),
    kept=(),
    undelivered=1,
    undelivered_parcels=(PARCEL,),
    time=TIME,
)
ORDER = DestroyOrder(
    tenant="lt",
    station="vilnius-1",
    unit=KID,
    verb="destroy",
    reason="lost",
    parcels=(PARCEL,),
    expires=TIME,
    counter=7,
)
KEYRING = Keyring(
    id=PARCEL,
    number=2,
    recipients=(RecipientEntry(public=b64encode(b"public"), not_before=TIME, not_after=None),),
    receipts=(
        ReceiptEntry(public=PEM, not_before=None, not_after=TIME),
        ReceiptEntry(public=PEM, not_before=TIME, not_after=None),
    ),
    issued=TIME,
)
HELD = KeyringHeld(tenant="lt", station="vilnius-1", number=2, digest=DIGEST, needed=(KID,), time=TIME)
PERMISSION = TransferPermission(tenant="lt", id=PARCEL, number=2, transfer=False, issued=TIME, key=KID)
PERMISSION_HELD = PermissionHeld(tenant="lt", station="vilnius-1", number=2, transfer=False, kept=3, time=TIME)
QUESTION = Question(
    id=PARCEL,
    check=ApplicationCheck(application="MIG-2026-000101"),
    reply_key=b64encode(b"\xfb\xff reply key"),
    expires=TIME,
)
ANSWER = Answer(
    id=PARCEL,
    known=True,
    open=True,
    state="biometrics-awaited",
    applicant=Applicant(given_name="Žydrūnė", surname="Šakėnaitė", birth_date="1990-02-28", citizenship="UKR"),
)

MANIFEST = BackupManifest(
    format=1,
    id=PARCEL,
    tenant="lt",
    station="vilnius-1",
    unit=KID,
    made=TIME,
    generation=1,
    station_revision="0001",
    courier_revision="0004",
    ends=(LedgerEnd(ledger="station", number=7, digest=DIGEST), LedgerEnd(ledger="courier", number=0, digest=DIGEST)),
)
RESTORE_REQUEST = RestoreRequest(
    tenant="lt", station="vilnius-1", unit=KID, recipient_public=b64encode(b"public"), time=TIME
)
_RESUMED = (("station", 7, 9, False), ("courier", 0, 0, True))
RESTORE_ORDER = RestoreOrder(
    id=PARCEL,
    tenant="lt",
    station="vilnius-1",
    unit=KID,
    backup=PARCEL,
    made=TIME,
    generation=2,
    resumptions=tuple(
        Resumption(
            ledger=ledger,
            number=number,
            digest=DIGEST,
            witnessed_number=witnessed,
            witnessed_digest=DIGEST,
            complete=complete,
        )
        for ledger, number, witnessed, complete in _RESUMED
    ),
    time=TIME,
)

_INSTANT = "2026-11-22T04:30:00.123Z"


def _end(ledger: str, number: int) -> str:
    return f'"digest":"{DIGEST}","ledger":"{ledger}","number":{number}'


def _resumption(ledger: str, number: int, witnessed: int, complete: str) -> str:
    return (
        f'{{"complete":{complete},{_end(ledger, number)},"witnessed_digest":"{DIGEST}","witnessed_number":{witnessed}}}'
    )


CONFIGURATION = Configuration(
    tenant="lt",
    station="vilnius-1",
    number=5,
    layer="[courier]\nkeepalive_s = 60\n",
    revert_after_s=300,
    issued=TIME,
    expires=TIME,
    key="89" * 8,
)

ROSTER = Roster(
    tenant="lt",
    station="vilnius-1",
    number=9,
    operators=(RosterEntry(operator="op-7", revoked=True),),
    issued=TIME,
    key="89" * 8,
)
TWIN = Twin(
    tenant="lt",
    station="vilnius-1",
    boot="01jd0000000000000000000000",
    number=7,
    time=TIME,
    version="0.1.0",
    configuration=TwinConfiguration(
        applied=4, digest="ef" * 32, newest=5, state="reverted", reason="link-lost", sentence="It did not come back."
    ),
    keys=TwinKeys(link="01" * 8, home="software", recipient="23" * 8, receipts=("45" * 8,), keyring=None),
    operators=9,
    free_bytes=1 << 30,
    queue=TwinQueue(waiting=2, quarantined=1, dwelling=0, oldest=TIME),
    warnings=("disk-full",),
    word=StationWord(
        version="0.1.0",
        key="ab" * 8,
        home="tpm",
        configuration=4,
        devices=(TwinDevice(role="camera", driver="v4l2", presence="present", fingerprint="cd" * 8),),
        warnings=(),
    ),
)

GOLDEN: tuple[tuple[Document, str], ...] = (
    (
        BILL,
        f'{{"amends":"01jd8x4w3v5qk6zr9t2m7n1pbd","chunks":2,"digest":"{DIGEST}","key":"{KID}","kind":"amendment",'
        f'"parcel":"{PARCEL}","size":65537,{_PLACE},{_TIME}}}',
    ),
    (
        BREACH,
        f'{{"records":31,"since":"2026-11-22T04:30:00.123Z",{_PLACE},{_TIME},"trigger":"ledger-broken",'
        f'"what":"courier line 7"}}',
    ),
    (
        DECOMMISSION,
        f'{{"authorised_by":"paper-code","destroyed":["visits=3","seal-key"],"kept":[],'
        f'"last":["link-key"],"reason":"reset",'
        f'{_PLACE},{_TIME},"undelivered":1,"undelivered_parcels":["{PARCEL}"],"unit":"{KID}"}}',
    ),
    (
        ORDER,
        f'{{"counter":7,"expires":"2026-11-22T04:30:00.123Z","parcels":["{PARCEL}"],"reason":"lost",{_PLACE},'
        f'"unit":"{KID}","verb":"destroy"}}',
    ),
    (NEED, f'{{"digest":"{DIGEST}","missing":[0,127]}}'),
    (
        RECEIPT,
        '{"cause":{"code":"quality-too-low","part":"right-index","sentence":"Atspaudas neryškus."},'
        f'"digest":"{DIGEST}","index":7,"key":"{KID}","kind":"enrolment","parcel":"{PARCEL}",'
        f'"previous":"{"0" * 64}","reference":null,"size":65537,"stage":"rejected",{_PLACE},{_TIME}}}',
    ),
    (
        TOMBSTONE,
        f'{{"authorised_by":"{KID}","digest":"{DIGEST}","how":"wiped","kind":"enrolment","parcel":"{PARCEL}",'
        f'"receipt":"{DIGEST}","stage":"accepted",{_TIME},"verified":true}}',
    ),
    (
        LEDGER_ALARM,
        f'{{"code":"ledger-cut-off","digest":"{DIGEST}","known_digest":"{DIGEST}","known_number":9,'
        f'"ledger":"station","number":3,{_PLACE},{_TIME}}}',
    ),
    (
        COMMAND,
        f'{{"counter":7,"expires":"2026-11-22T04:30:00.123Z","id":"{PARCEL}","issued":"2026-11-22T04:30:00.123Z",'
        f'"key":"{KID}","parcels":["{PARCEL}"],{_PLACE},"verb":"find"}}',
    ),
    (
        RESULT,
        f'{{"command":"{PARCEL}","holdings":[{{"file":true,"key":true,"parcel":"{PARCEL}","receipts":["stored"],'
        f'"restricted":false,"state":"spooled","tombstone":false}}],"outcome":"done",{_TIME},"verb":"find"}}',
    ),
    (HEAD, f'{{"digest":"{DIGEST}","ledger":"courier","number":9,{_PLACE},{_TIME}}}'),
    (
        QUARANTINE,
        f'{{"digest":"{DIGEST}","kind":"enrolment","parcel":"{PARCEL}",{_TIME},"trouble":"wipe-digest"}}',
    ),
    (
        DWELL,
        f'{{"digest":"{DIGEST}","kind":"enrolment","parcel":"{PARCEL}","spooled_at":"2026-11-22T04:30:00.123Z",'
        f'"state":"sending",{_TIME}}}',
    ),
    (
        KEYRING,
        f'{{"id":"{PARCEL}","issued":"2026-11-22T04:30:00.123Z","number":2,"receipts":['
        f'{{"not_after":"2026-11-22T04:30:00.123Z","not_before":null,"public":"{_PEM}"}},'
        f'{{"not_after":null,"not_before":"2026-11-22T04:30:00.123Z","public":"{_PEM}"}}],'
        '"recipients":[{"not_after":null,"not_before":"2026-11-22T04:30:00.123Z","public":"cHVibGlj"}]}',
    ),
    (HELD, f'{{"digest":"{DIGEST}","needed":["{KID}"],"number":2,{_PLACE},{_TIME}}}'),
    (
        PERMISSION,
        f'{{"id":"{PARCEL}","issued":"2026-11-22T04:30:00.123Z","key":"{KID}","number":2,"tenant":"lt",'
        '"transfer":false}',
    ),
    (PERMISSION_HELD, f'{{"kept":3,"number":2,{_PLACE},{_TIME},"transfer":false}}'),
    (
        QUESTION,
        '{"check":{"application":"MIG-2026-000101"},"expires":"2026-11-22T04:30:00.123Z",'
        f'"id":"{PARCEL}","reply_key":"+/8gcmVwbHkga2V5"}}',
    ),
    (
        ANSWER,
        '{"applicant":{"birth_date":"1990-02-28","citizenship":"UKR","given_name":"Žydrūnė","surname":"Šakėnaitė"},'
        f'"failure":null,"id":"{PARCEL}","known":true,"open":true,"state":"biometrics-awaited"}}',
    ),
    (
        StationPresence(online=False, boot=PARCEL, connection=3),
        f'{{"boot":"{PARCEL}","connection":3,"online":false}}',
    ),
    (
        PersonAnswer(id=PARCEL, applications=(Candidate(application="MIG-1", open=True, state="submitted"),)),
        f'{{"applications":[{{"application":"MIG-1","open":true,"state":"submitted"}}],"failure":null,"id":"{PARCEL}"}}',
    ),
    (
        HandoverAnswer(id=PARCEL, likeness=Likeness.SAME),
        f'{{"failure":null,"id":"{PARCEL}","likeness":"same"}}',
    ),
    (CentralPresence(online=True, since=TIME), '{"online":true,"since":"2026-11-22T04:30:00.123Z"}'),
    (
        CONFIGURATION,
        '{"expires":"2026-11-22T04:30:00.123Z","issued":"2026-11-22T04:30:00.123Z","key":"8989898989898989",'
        '"layer":"[courier]\\nkeepalive_s = 60\\n","number":5,"revert_after_s":300,"station":"vilnius-1",'
        '"tenant":"lt"}',
    ),
    (
        ROSTER,
        '{"issued":"2026-11-22T04:30:00.123Z","key":"8989898989898989","number":9,'
        '"operators":[{"operator":"op-7","revoked":true}],"station":"vilnius-1","tenant":"lt"}',
    ),
    (
        TWIN,
        '{"boot":"01jd0000000000000000000000","configuration":{"applied":4,"digest":"' + "ef" * 32 + '","newest":5,'
        '"reason":"link-lost","sentence":"It did not come back.","state":"reverted"},'
        '"free_bytes":1073741824,"keys":{"home":"software","keyring":null,'
        '"link":"0101010101010101","receipts":["4545454545454545"],"recipient":"2323232323232323"},"number":7,"operators":9,'
        '"queue":{"dwelling":0,"oldest":"2026-11-22T04:30:00.123Z","quarantined":1,"waiting":2},'
        '"station":"vilnius-1","tenant":"lt","time":"2026-11-22T04:30:00.123Z","version":"0.1.0",'
        '"warnings":["disk-full"],"word":{"configuration":4,"devices":[{"driver":"v4l2","fingerprint":"cdcdcdcdcdcdcdcd",'
        '"presence":"present","role":"camera"}],"home":"tpm","key":"abababababababab","version":"0.1.0",'
        '"warnings":[]}}',
    ),
    (
        EnrolmentRequest(tenant="lt", station="vilnius-1", link_request=PEM, seal_public=PEM),
        f'{{"link_request":"{_PEM}","seal_public":"{_PEM}",{_PLACE}}}',
    ),
    (
        StationKeys(tenant="lt", station="vilnius-1", link_public=PEM, seal_public=PEM),
        f'{{"link_public":"{_PEM}","seal_public":"{_PEM}",{_PLACE}}}',
    ),
    (
        EnrolmentAnswer(
            tenant="lt",
            station="vilnius-1",
            link_certificate=PEM,
            broker_ca=PEM,
            broker_host="mqtt.example",
            broker_port=8883,
            recipient_public=b64encode(b"public"),
            receipt_public=(PEM, PEM),
        ),
        '{"broker_ca":"' + _PEM + '","broker_host":"mqtt.example","broker_port":8883,'
        f'"link_certificate":"{_PEM}","receipt_public":["{_PEM}","{_PEM}"],"recipient_public":"cHVibGlj",{_PLACE}}}',
    ),
    (
        MANIFEST,
        f'{{"courier_revision":"0004","ends":[{{{_end("station", 7)}}},{{{_end("courier", 0)}}}],"format":1,'
        f'"generation":1,"id":"{PARCEL}","made":"{_INSTANT}","station":"vilnius-1","station_revision":"0001",'
        f'"tenant":"lt","unit":"{KID}"}}',
    ),
    (
        RESTORE_REQUEST,
        f'{{"recipient_public":"cHVibGlj","station":"vilnius-1","tenant":"lt","time":"{_INSTANT}","unit":"{KID}"}}',
    ),
    (
        RESTORE_ORDER,
        f'{{"backup":"{PARCEL}","generation":2,"id":"{PARCEL}","made":"{_INSTANT}",'
        f'"resumptions":[{_resumption("station", 7, 9, "false")},{_resumption("courier", 0, 0, "true")}],'
        f'"station":"vilnius-1","tenant":"lt","time":"{_INSTANT}","unit":"{KID}"}}',
    ),
    (
        LeftParcel(parcel=PARCEL, state="sending", digest=DIGEST, stage="stored"),
        f'{{"digest":"{DIGEST}","parcel":"{PARCEL}","stage":"stored","state":"sending"}}',
    ),
)
"""Every sort of document with its canonical bytes as text."""

SIGNED: tuple[Document, ...] = (
    BILL,
    RECEIPT,
    TOMBSTONE,
    HEAD,
    LEDGER_ALARM,
    QUARANTINE,
    DWELL,
    COMMAND,
    RESULT,
    KEYRING,
    HELD,
    RESTORE_REQUEST,
    TWIN,
    CONFIGURATION,
    ROSTER,
    PERMISSION,
    PERMISSION_HELD,
)
"""The sorts that are signed."""
