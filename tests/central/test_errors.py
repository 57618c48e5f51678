"""Every error of headquarters has a code of its own and one sentence."""

import re

import pytest

from central import errors
from central.errors import CentralError

LEAVES = [
    errors.SetUpError,
    errors.StationUnknown,
    errors.NotEnrolled,
    errors.SealKeyUnknown,
    errors.KeyUnknown,
    errors.KeyNeeded,
    errors.OpenerGone,
    errors.OpenerHung,
    errors.ExaminerGone,
    errors.ParcelNotHeld,
    errors.RefusalInvalid,
    errors.HoldUnknown,
    errors.IncidentUnknown,
    errors.CommandRefused,
    errors.BackupRefused,
    errors.ConfigurationRefused,
    errors.OperatorRefused,
    errors.FiguresRefused,
    errors.PermissionRefused,
    errors.RequestInvalid,
    errors.RehearsalRefused,
    errors.SubjectRequestUnknown,
    errors.SubjectRefused,
    errors.ConnectorSilent,
    errors.ConnectorRefused,
    errors.ConnectorUnsure,
]


@pytest.mark.parametrize("leaf", LEAVES)
def test_a_leaf_carries_its_sentence(leaf: type[CentralError]) -> None:
    error = leaf("Something did not work.")
    assert isinstance(error, CentralError)
    assert (str(error), error.sentence) == ("Something did not work.", "Something did not work.")


def test_codes_are_stable_and_distinct() -> None:
    codes = [leaf.code for leaf in (CentralError, *LEAVES)]
    assert codes == [
        "central",
        "set-up",
        "station-unknown",
        "not-enrolled",
        "seal-key-unknown",
        "key-unknown",
        "key-needed",
        "opener-gone",
        "opener-hung",
        "examiner-gone",
        "parcel-not-held",
        "refusal-invalid",
        "hold-unknown",
        "incident-unknown",
        "command-refused",
        "backup-refused",
        "configuration-refused",
        "operator-refused",
        "figures-refused",
        "permission-refused",
        "request-invalid",
        "rehearsal-refused",
        "subject-request-unknown",
        "subject-refused",
        "migris-silent",
        "migris-refused",
        "migris-unsure",
    ]
    assert all(re.fullmatch(r"[a-z0-9-]{1,60}", code) for code in codes)


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    assert errors.__doc__ is not None
    assert re.findall(r"[├└]─ (\w+)", errors.__doc__) == [leaf.__name__ for leaf in LEAVES]
