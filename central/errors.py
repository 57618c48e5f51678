"""What can go wrong at headquarters.

CentralError             a stable code and one sentence
├─ SetUpError            the folder is not set up, or set up already
├─ StationUnknown        no such station is enrolled, or its keys cannot be read
│  └─ NotEnrolled        no such station is enrolled
├─ SealKeyUnknown        a seal by a key that its station has not and had not, or that was revoked
├─ KeyUnknown            no such key of headquarters' is known, or not for this
├─ KeyNeeded             a key cannot be retired: something still needs it
├─ OpenerGone            the opener ended before it answered: it is started anew, and asked again later
├─ OpenerHung            the opener came to no end with a parcel and was ended
├─ ExaminerGone          what checks packages cannot be started; says nothing about any package
├─ ParcelNotHeld         no such parcel is set aside for a person
├─ RefusalInvalid        a cause that is not in the list, or without its finger
├─ HoldUnknown           no such hold stands
├─ IncidentUnknown       no such incident, or it is closed
├─ CommandRefused        a command that no station could carry out; none was given
├─ BackupRefused         a backup, or a request for one, that no restore is made of
├─ ConfigurationRefused  a configuration that no station could take; none was set
├─ OperatorRefused       an operator's account that is not there, or not to be had; nothing was changed
├─ FiguresRefused        a year that has no figures, or a place where they cannot be written
├─ PermissionRefused     a tenant that is none of headquarters', or whose permission is so already
├─ RequestInvalid        an enrolment request that is not acceptable
├─ RehearsalRefused      a simulated fleet where there are real stations or a real MIGRIS, or a plan that is none
├─ SubjectRequestUnknown the register has no such request of a person
├─ SubjectRefused        what is asked about a person's request is not allowed now; nothing was done
├─ ConnectorSilent       MIGRIS could not be reached, or its answer was lost: try again
├─ ConnectorRefused      MIGRIS makes nothing of what it was sent: trying again does not help
└─ ConnectorUnsure       MIGRIS may have a submission, and nobody can ask it: a person decides
"""

from typing import ClassVar


class CentralError(Exception):
    """Headquarters' side could not do what was asked; neither code nor sentence is personal."""

    code: ClassVar[str] = "central"

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class SetUpError(CentralError):
    """The folder is not set up, or it is already."""

    code = "set-up"


class StationUnknown(CentralError):
    """No such station is enrolled, or its keys cannot be read."""

    code = "station-unknown"


class NotEnrolled(StationUnknown):
    """No such station is enrolled, and yet it had a certificate that the broker let in."""

    code = "not-enrolled"


class SealKeyUnknown(CentralError):
    """A seal by a key that its station has not and had not, or that was revoked."""

    code = "seal-key-unknown"


class KeyUnknown(CentralError):
    """No such key of headquarters' is known, or not for this."""

    code = "key-unknown"


class KeyNeeded(CentralError):
    """A key cannot be retired: something still needs it."""

    code = "key-needed"


class OpenerGone(CentralError):
    """The opener ended before it answered: it is started anew, and asked again later."""

    code = "opener-gone"


class OpenerHung(CentralError):
    """The opener came to no end with a parcel and was ended."""

    code = "opener-hung"


class ExaminerGone(CentralError):
    """What checks packages cannot be started; this says nothing about any package."""

    code = "examiner-gone"


class ParcelNotHeld(CentralError):
    """No such parcel is set aside for a person."""

    code = "parcel-not-held"


class RefusalInvalid(CentralError):
    """A cause that is not in the list, or without the finger or face that it is about."""

    code = "refusal-invalid"


class HoldUnknown(CentralError):
    """No such hold stands."""

    code = "hold-unknown"


class IncidentUnknown(CentralError):
    """No such incident, or it is closed."""

    code = "incident-unknown"


class CommandRefused(CentralError):
    """A command that no station could carry out; none was given."""

    code = "command-refused"


class BackupRefused(CentralError):
    """A backup, or a request for one, that no restore is made of; nothing was written. `reason` is the stable code."""

    code = "backup-refused"

    def __init__(self, sentence: str, *, reason: str = code) -> None:
        super().__init__(sentence)
        self.reason = reason


class ConfigurationRefused(CentralError):
    """A configuration that no station could take, or that is not there; none was set."""

    code = "configuration-refused"


class OperatorRefused(CentralError):
    """An operator's account that is not there, or not to be had; nothing was changed."""

    code = "operator-refused"


class FiguresRefused(CentralError):
    """A year that has no figures, or a place where they cannot be written."""

    code = "figures-refused"


class PermissionRefused(CentralError):
    """A tenant that is none of headquarters', or whose permission is so already."""

    code = "permission-refused"


class RequestInvalid(CentralError):
    """An enrolment request that is not acceptable."""

    code = "request-invalid"


class RehearsalRefused(CentralError):
    """A simulated fleet where there are real stations or a real MIGRIS, or a plan that is none."""

    code = "rehearsal-refused"


class SubjectRequestUnknown(CentralError):
    """The register has no such request of a person."""

    code = "subject-request-unknown"


class SubjectRefused(CentralError):
    """What is asked about a person's request is not allowed now; nothing was done."""

    code = "subject-refused"


class ConnectorSilent(CentralError):
    """MIGRIS could not be reached, or its answer was lost; the same key may be tried again."""

    code = "migris-silent"


class ConnectorRefused(CentralError):
    """MIGRIS makes nothing of what it was sent and says no cause; a person must look."""

    code = "migris-refused"


class ConnectorUnsure(CentralError):
    """MIGRIS may have a submission and cannot be asked by its key; it is not sent again unless a person says so."""

    code = "migris-unsure"
