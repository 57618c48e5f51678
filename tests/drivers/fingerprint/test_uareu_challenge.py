import pytest

from drivers.fingerprint.uareu_challenge import answer_to


def test_the_answer_is_that_of_a_real_capture() -> None:
    assert answer_to(bytes.fromhex("4dae5a0b1247a86c9fbf29fdcc178a74")).hex() == "329351371e4adfb1f35f09f329c6ab46"


def test_half_a_challenge_has_no_answer() -> None:
    with pytest.raises(ValueError, match="length"):
        answer_to(bytes(8))
