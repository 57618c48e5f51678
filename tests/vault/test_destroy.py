"""Each condition of a destruction, violated alone: it is refused by its name."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from vault.destroy import ATTEMPTS_MAX, PAPER, Site, check_number, judge_orders, judge_paper, named_in
from vault.envelope import Pinned, SigningKey, hash_paper_code, new_paper_code, sign
from vault.errors import DestroyRefused
from vault.labels import ORDER_TYPE, RECEIPT_TYPE
from vault.warrants import Paper, Warrant, WarrantBook

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
ONE, TWO, FOREIGN = SigningKey.generate(), SigningKey.generate(), SigningKey.generate()
SITE = Site(tenant="lt", station="vilnius-1", unit="0123456789abcdef", pinned=Pinned([ONE.public, TWO.public]))
ORDER: dict[str, object] = {
    "tenant": "lt",
    "station": "vilnius-1",
    "unit": SITE.unit,
    "verb": "destroy",
    "reason": "erasure",
    "parcels": ["01jd8x4w3v5qk6zr9t2m7n1pbc"],
    "expires": (NOW + timedelta(days=1)).isoformat(),
    "counter": 7,
}


def signed(key: SigningKey, content_type: str = ORDER_TYPE, **other: object) -> bytes:
    return sign(json.dumps({**ORDER, **other}, sort_keys=True).encode(), key=key, content_type=content_type)


def judged(book: WarrantBook, *orders: bytes) -> Warrant:
    return judge_orders(orders, site=SITE, book=book, verb="destroy", now=NOW)


@pytest.fixture
def book(tmp_path: Path) -> WarrantBook:
    return WarrantBook(tmp_path)


def test_two_people_who_say_the_same_authorise(book: WarrantBook) -> None:
    warrant = judged(book, signed(ONE), signed(TWO))
    assert (warrant.verb, warrant.reason, warrant.parcels) == ("destroy", "erasure", tuple(ORDER["parcels"]))  # type: ignore[arg-type]
    assert warrant.authorised_by == "+".join(sorted((ONE.kid, TWO.kid)))
    assert len(warrant.orders) == 2


@pytest.mark.parametrize(
    ("orders", "condition"),
    [
        ((), "signatures"),
        ((signed(ONE),), "signatures"),
        ((signed(ONE), signed(TWO), signed(TWO)), "signatures"),
        ((signed(ONE), signed(ONE)), "same-signer"),
        ((signed(ONE), signed(FOREIGN)), "signature"),
        ((signed(ONE), signed(TWO)[:-1]), "signature"),
        ((signed(ONE), signed(TWO, content_type=RECEIPT_TYPE)), "signature"),
        ((signed(ONE), signed(TWO, counter=8)), "content"),
        ((signed(ONE, counter=None), signed(TWO, counter=None)), "order"),
        ((signed(ONE, verb="wipe"), signed(TWO, verb="wipe")), "order"),
        ((signed(ONE, tenant="lv"), signed(TWO, tenant="lv")), "place"),
        ((signed(ONE, station="kaunas-1"), signed(TWO, station="kaunas-1")), "place"),
        ((signed(ONE, unit="f" * 16), signed(TWO, unit="f" * 16)), "unit"),
        ((signed(ONE, verb="decommission"), signed(TWO, verb="decommission")), "verb"),
        ((signed(ONE, expires=NOW.isoformat()), signed(TWO, expires=NOW.isoformat())), "expired"),
    ],
)
def test_each_condition_alone_refuses(book: WarrantBook, orders: tuple[bytes, ...], condition: str) -> None:
    with pytest.raises(DestroyRefused) as refused:
        judged(book, *orders)
    assert refused.value.condition == condition
    assert book.open() is None


@pytest.mark.parametrize("counter", [6, 7])
def test_an_order_serves_once_and_none_before_it_either(book: WarrantBook, counter: int) -> None:
    warrant = judged(book, signed(ONE), signed(TWO))
    book.begin(warrant)
    book.close(warrant)
    with pytest.raises(DestroyRefused) as refused:
        judged(book, signed(ONE, counter=counter), signed(TWO, counter=counter))
    assert refused.value.condition == "counter"
    assert judged(book, signed(ONE, counter=8), signed(TWO, counter=8)).name.endswith("08")


def test_what_an_order_names_can_be_shown_before_it_is_believed() -> None:
    assert named_in(signed(FOREIGN, parcels=None)) is None
    assert named_in(signed(FOREIGN)) == tuple(ORDER["parcels"])  # type: ignore[arg-type]
    with pytest.raises(DestroyRefused, match="not a signed order"):
        named_in(b"text")


def by_paper(book: WarrantBook, code: str) -> Warrant:
    return judge_paper(code, book=book, verb="destroy", reason="reset", parcels=None)


def condition_of(book: WarrantBook, code: str) -> str:
    with pytest.raises(DestroyRefused) as refused:
        by_paper(book, code)
    return refused.value.condition


def test_the_paper_code_authorises_once(book: WarrantBook) -> None:
    code = new_paper_code()
    assert condition_of(book, code) == "paper-absent"
    book.keep_paper(Paper(kept=hash_paper_code(code), attempts=0))
    warrant = by_paper(book, code)
    assert (warrant.authorised_by, warrant.parcels) == (PAPER, None)
    # what is refused later for another reason does not cost the code
    assert by_paper(book, code) == warrant
    book.begin(warrant)
    assert condition_of(book, code) == "paper-used"
    book.close(warrant)
    assert condition_of(book, code) == "paper-used"


def test_wrong_codes_are_counted_and_then_the_right_one_is_worth_nothing(book: WarrantBook) -> None:
    code = new_paper_code()
    book.keep_paper(Paper(kept=hash_paper_code(code), attempts=0))
    for _ in range(ATTEMPTS_MAX):
        assert condition_of(book, new_paper_code()) == "paper-code"
    assert condition_of(book, code) == "paper-locked"


def test_the_number_must_be_the_number() -> None:
    check_number(3, undelivered=3)
    for typed in (2, 4, -3):
        with pytest.raises(DestroyRefused) as refused:
            check_number(typed, undelivered=3)
        assert refused.value.condition == "number"
