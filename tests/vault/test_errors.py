"""vault/errors.py: the tree in its docstring is the tree in its code; codes are stable and differ."""

import re

import vault.errors
from vault.errors import ChainBroken, VaultError, WipeRefused


def _classes() -> dict[str, type[VaultError]]:
    found = vars(vault.errors).values()
    return {item.__name__: item for item in found if isinstance(item, type) and issubclass(item, VaultError)}


def test_every_error_stands_in_the_tree() -> None:
    drawn = re.findall(r"^(?:│  )?(?:[├└]─ )?(\w+) {2,}", vault.errors.__doc__ or "", re.MULTILINE)
    assert drawn == list(_classes())


def test_codes_are_words_and_differ() -> None:
    codes = [kind.code for kind in _classes().values()]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", code) for code in codes)


def test_an_error_has_one_sentence_and_what_it_names() -> None:
    refused = WipeRefused("stage", "The receipt does not say that MIGRIS decided.")
    assert (refused.sentence, str(refused), refused.condition) == (refused.args[0], refused.args[0], "stage")
    assert (ChainBroken(7).number, ChainBroken(7).sentence) == (7, "The ledger is broken at line 7.")
