"""Why a finger cannot be given: typed, so that the rule and the records can tell absence from injury."""

from enum import StrEnum


class MissingReason(StrEnum):
    """Said by the operator, never guessed by the machine. Duty: R-FINGER-4, R-FINGER-5."""

    AMPUTATED = "amputated"
    CANNOT_BE_CAPTURED = "cannot-be-captured"
    BANDAGED = "bandaged"
    INJURED = "injured"

    @property
    def permanent(self) -> bool:
        """Whether it will still be so at another appointment; a temporary reason postpones by default."""
        return self in {MissingReason.AMPUTATED, MissingReason.CANNOT_BE_CAPTURED}

    @property
    def amp_code(self) -> str:
        """`XX` (amputated) or `UP` (unable to print).

        Source: ANSI/NIST-ITL 1-2011 field 14.018, facts/standards.md section 3.6.
        """
        return "XX" if self is MissingReason.AMPUTATED else "UP"
