"""The paper code is kept as a slow salted hash, and fits however it was typed."""

import re

from vault.envelope import fits, hash_paper_code, new_paper_code


def test_a_code_fits_its_own_hash_only_and_however_it_was_typed() -> None:
    code, other = new_paper_code(), new_paper_code()
    assert re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{5}-){3}[0-9A-HJKMNP-TV-Z]{5}", code)
    kept = hash_paper_code(code)
    assert code not in kept.model_dump_json()
    assert fits(code, kept)
    assert fits(f" {code.lower().replace('-', ' ')}\n", kept)
    assert fits(code.replace("0", "o").replace("1", "l"), kept)
    assert not fits(other, kept)
    assert not fits("", kept)


def test_the_same_code_has_another_hash_under_another_salt() -> None:
    code = new_paper_code()
    assert hash_paper_code(code) != hash_paper_code(code)
