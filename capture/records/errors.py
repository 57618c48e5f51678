"""What is wrong with the bytes that standards describe, or with what they should be made from.

RecordError                        a stable code, one sentence, and the part of the visit that it is about
 ├─ WsqError
 │   ├─ WsqUnencodable             the picture cannot become a WSQ print: wrong size, or one shade only
 │   ├─ WsqHeaderInvalid           the bytes are not a whole WSQ file, or one of other dimensions than promised
 │   ├─ WsqUndecodable             the decoder crashed on the print or made nothing of it
 │   └─ WsqDecoderFailed           the decoder could not run or was too slow: this says nothing about the print
 ├─ JpegInvalid                    the bytes are not a whole baseline JPEG
 ├─ FingerRecordInvalid            ISO/IEC 19794-4:2005
 ├─ FaceRecordInvalid              ISO/IEC 19794-5:2005
 ├─ TransactionInvalid             ANSI/NIST-ITL 1-2011
 │   └─ TransactionTextRefused     text that the default character set does not carry safely
 ├─ AmendmentRefused               an amendment that does not make a whole of what it amends
 │   ├─ AmendsOtherApplication     the two are not of one application
 │   └─ AmendsPartMissing          what was rejected, or had to go for it, has nothing in its place
 └─ PackageError
     ├─ PackageDamaged             the file itself: cut short, changed, compressed, with anything around its members
     ├─ PackageTooLarge            more bytes or members than the limits allow
     ├─ PackageMemberMissing       a member that the manifest or the kind of package asks for
     ├─ PackageMemberUnexpected    a member that nobody asked for
     ├─ PackageMemberDamaged       size or digest is not the manifest's
     ├─ PackageManifestInvalid     not a manifest, or not in canonical form
     ├─ PackageRecordInvalid       a member is not the record that its name promises
     └─ PackageInconsistent        two members, each whole, do not say the same
"""

from typing import ClassVar, Final, Literal

from capture.errors import CaptureError
from drivers.contract import Finger

FACE: Final = "face"

Part = Finger | Literal["face"]
"""What a rejection can name, so that the client can be called back to the chair for just that."""


class RecordError(CaptureError):
    """Bytes or their content are not what the standard's form allows; nothing of the content is in the sentence."""

    code: ClassVar[str] = "record-invalid"

    def __init__(self, sentence: str, *, part: Part | None = None) -> None:
        """:param part: the finger or the face that it is about, None where it is about the whole."""
        super().__init__(sentence)
        self.part = part


class WsqError(RecordError):
    """A print as WSQ."""

    code = "wsq-invalid"


class WsqUnencodable(WsqError):
    """The picture cannot become a WSQ print."""

    code = "wsq-unencodable"


class WsqHeaderInvalid(WsqError):
    """The bytes are not a whole WSQ file of a print's dimensions."""

    code = "wsq-header-invalid"


class WsqUndecodable(WsqError):
    """The decoder crashed on the print or made nothing of it."""

    code = "wsq-undecodable"


class WsqDecoderFailed(WsqError):
    """The decoder could not run, or not in time: try again, for it says nothing about the print."""

    code = "wsq-decoder-failed"


class JpegInvalid(RecordError):
    """The bytes are not a whole baseline JPEG file."""

    code = "jpeg-invalid"


class FingerRecordInvalid(RecordError):
    """The finger image record is not one, or cannot be written from this."""

    code = "finger-record-invalid"


class FaceRecordInvalid(RecordError):
    """The face image record is not one, or cannot be written from this."""

    code = "face-record-invalid"


class TransactionInvalid(RecordError):
    """The ANSI/NIST transaction is not one, or cannot be written from this."""

    code = "transaction-invalid"


class TransactionTextRefused(TransactionInvalid):
    """The text holds what the default character set does not carry safely."""

    code = "transaction-text-refused"


class AmendmentRefused(RecordError):
    """An amendment that does not make a whole of what it amends."""

    code = "amends-nothing-whole"


class AmendsOtherApplication(AmendmentRefused):
    """The amendment is of another application than what it amends."""

    code = "amends-other-application"


class AmendsPartMissing(AmendmentRefused):
    """With the amendment, something that a visit has is still not there."""

    code = "amends-part-missing"


class PackageError(RecordError):
    """A whole visit's package."""

    code = "package-invalid"


class PackageDamaged(PackageError):
    """The package as a file: cut short, changed, compressed, or with anything before, between or after its members."""

    code = "package-damaged"


class PackageTooLarge(PackageError):
    """More bytes or members than the limits allow."""

    code = "package-too-large"


class PackageMemberMissing(PackageError):
    """A member that the manifest or the kind of package asks for is not there."""

    code = "package-member-missing"


class PackageMemberUnexpected(PackageError):
    """A member that nobody asked for is there."""

    code = "package-member-unexpected"


class PackageMemberDamaged(PackageError):
    """A member's size or digest is not what the manifest says."""

    code = "package-member-damaged"


class PackageManifestInvalid(PackageError):
    """The manifest is not one, or is not in its canonical form."""

    code = "package-manifest-invalid"


class PackageRecordInvalid(PackageError):
    """A member is not the record that its name promises."""

    code = "package-record-invalid"


class PackageInconsistent(PackageError):
    """Two members, each whole in itself, do not say the same."""

    code = "package-inconsistent"
