"""What travels between station and central: pure, versioned, the same code on both sides.

Nouns: a *document* is a frozen model with canonical JSON; a *signed* document is that JSON inside a COSE_Sign1 message
whose content type names the document. A *bill* announces a parcel, a *need* asks for its missing chunks, a *receipt*
says what became of it, a *tombstone* that the station has nothing left of it. A *command* asks a station for something,
and its result comes back as an event. A *configuration* is what headquarters wants a station to have, a *roster* who
may work there, its *twin* what it says of itself as a whole. An *order* lets a person there destroy what was not
delivered. A *keyring* brings central's keys when they change, a *permission* says whether a tenant may transfer. A
*backup* is a station's records for the controller's eyes, a *restore* the same for one unit's. A *question* goes to
MIGRIS and comes back as an *answer*. Topics are in `topic`.
"""

from agent.errors import SignerOutOfTime, WireError
from agent.wire.backup import BackupManifest, LeftParcel, RestoreOrder, RestoreRequest
from agent.wire.bill import CHUNK_BYTES, Bill, Need, chunk_of
from agent.wire.breach import Breach, Trigger
from agent.wire.command import Command, CommandOutcome, CommandResult, CommandVerb, Holding, HoldTerms
from agent.wire.configuration import Configuration
from agent.wire.decommission import Decommission
from agent.wire.document import Document, Instant, read_signed, sign_document
from agent.wire.event import EVENT_KIND, Dwell, LedgerAlarm, LedgerHead, Quarantine, read_event
from agent.wire.ident import Name, Ulid
from agent.wire.identity import EnrolmentAnswer, EnrolmentRequest, StationKeys
from agent.wire.keyring import Keyring, KeyringHeld, ReceiptEntry, RecipientEntry
from agent.wire.kind import ParcelKind
from agent.wire.order import DestroyOrder
from agent.wire.permission import PermissionHeld, TransferPermission
from agent.wire.presence import CentralPresence, StationPresence
from agent.wire.question import (
    Answer,
    Applicant,
    ApplicationCheck,
    Candidate,
    HandoverAnswer,
    HandoverCheck,
    Likeness,
    PersonAnswer,
    PersonCheck,
    PrintSample,
    Question,
)
from agent.wire.receipt import Cause, Receipt, Stage
from agent.wire.roster import Roster
from agent.wire.tombstone import How, Tombstone
from agent.wire.topic import CentralTopics, StationTopics, Upward, read_topic
from agent.wire.twin import StationWord, Twin
from vault.labels import PARCEL_BYTES_MAX

__all__ = [
    "CHUNK_BYTES",
    "EVENT_KIND",
    "PARCEL_BYTES_MAX",
    "Answer",
    "Applicant",
    "ApplicationCheck",
    "BackupManifest",
    "Bill",
    "Breach",
    "Candidate",
    "Cause",
    "CentralPresence",
    "CentralTopics",
    "Command",
    "CommandOutcome",
    "CommandResult",
    "CommandVerb",
    "Configuration",
    "Decommission",
    "DestroyOrder",
    "Document",
    "Dwell",
    "EnrolmentAnswer",
    "EnrolmentRequest",
    "HandoverAnswer",
    "HandoverCheck",
    "HoldTerms",
    "Holding",
    "How",
    "Instant",
    "Keyring",
    "KeyringHeld",
    "LedgerAlarm",
    "LedgerHead",
    "LeftParcel",
    "Likeness",
    "Name",
    "Need",
    "ParcelKind",
    "PermissionHeld",
    "PersonAnswer",
    "PersonCheck",
    "PrintSample",
    "Quarantine",
    "Question",
    "Receipt",
    "ReceiptEntry",
    "RecipientEntry",
    "RestoreOrder",
    "RestoreRequest",
    "Roster",
    "SignerOutOfTime",
    "Stage",
    "StationKeys",
    "StationPresence",
    "StationTopics",
    "StationWord",
    "Tombstone",
    "TransferPermission",
    "Trigger",
    "Twin",
    "Ulid",
    "Upward",
    "WireError",
    "chunk_of",
    "read_event",
    "read_signed",
    "read_topic",
    "sign_document",
]
