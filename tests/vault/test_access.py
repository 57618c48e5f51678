"""vault/access.py: one vocabulary, every word of it used, and nothing said that is not in the line."""

from tests.house.source import product
from vault.access import Access, Purpose, access


def test_every_word_is_used_by_the_product() -> None:
    texts = [source.text for source in product() if source.name != "vault/access.py"]
    words = [*(f"Access.{kind.name}" for kind in Access), *(f"Purpose.{why.name}" for why in Purpose)]
    assert [word for word in words if not any(word in text for text in texts)] == []


def test_a_line_says_who_why_and_about_what() -> None:
    detail = access("uid:1000", Purpose.COMPARE_CLIENT, subject="f" * 32, visit="v")
    assert detail == {"by": "uid:1000", "why": "compare-client", "subject": "f" * 32, "visit": "v"}
