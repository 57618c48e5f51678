"""What central lacks and what is on its way: newest first, nothing twice over one connection."""

from agent.courier.upload import Uploads
from agent.wire import Need
from tests.agent.courier.premises import OTHER_DIGEST
from vault.labels import ParcelId

OLD, NEW = ParcelId("01" + "0" * 24), ParcelId("02" + "0" * 24)


def need(*missing: int) -> Need:
    return Need(digest=OTHER_DIGEST, missing=missing)


def test_the_newest_parcel_goes_first() -> None:
    uploads = Uploads()
    for parcel in (NEW, OLD):
        assert uploads.want(parcel, need(0), now_s=0.0)
    assert [uploads.next(), uploads.next(), uploads.next()] == [(NEW, need(0)), (OLD, need(0)), None]


def test_the_last_word_on_what_is_missing_counts_until_it_is_on_its_way() -> None:
    uploads = Uploads()
    assert uploads.want(OLD, need(0, 1), now_s=0.0)
    assert uploads.want(OLD, need(1), now_s=0.0)
    assert uploads.next() == (OLD, need(1))
    uploads.begun(OLD, {"1": 1})
    assert not uploads.want(OLD, need(1), now_s=0.0), "central could not know of it yet"
    assert uploads.next() is None


def test_a_parcel_is_over_with_its_last_chunk_in_whatever_order() -> None:
    uploads = Uploads()
    uploads.begun(OLD, {"a": 0, "b": 1, "c": 2})
    uploads.begun(NEW, {"d": 0})
    assert [uploads.arrived(topic) for topic in ("c", "a", "a", "elsewhere", "d", "b")] == [
        None,
        None,
        None,
        None,
        NEW,
        OLD,
    ]
    uploads.billed(OLD, now_s=0.0)
    assert uploads.want(OLD, need(2), now_s=0.0), "what was lost is asked for again"


def test_what_is_dropped_is_neither_wanted_nor_counted() -> None:
    uploads = Uploads()
    uploads.want(NEW, need(0), now_s=0.0)
    uploads.begun(OLD, {"a": 0})
    assert uploads.parcel_of("a") == OLD
    for parcel in (OLD, NEW):
        uploads.drop(parcel)
    assert (uploads.next(), uploads.parcel_of("a"), uploads.arrived("a")) == (None, None, None)


def test_nothing_outlives_the_connection() -> None:
    uploads = Uploads()
    uploads.want(NEW, need(0), now_s=0.0)
    uploads.begun(OLD, {"a": 0})
    uploads.clear()
    assert (uploads.next(), uploads.arrived("a")) == (None, None)
    assert uploads.want(OLD, need(0), now_s=0.0)


def test_a_parcel_with_nothing_to_send_is_not_on_its_way() -> None:
    uploads = Uploads()
    uploads.begun(OLD, {})
    assert uploads.want(OLD, need(0), now_s=0.0)


def sent(uploads: Uploads, *, bills: int) -> None:
    """A parcel of two chunks that was billed so often before they went, and the broker took them."""
    for number in range(bills):
        uploads.billed(OLD, now_s=float(number))
    assert uploads.want(OLD, need(0, 1), now_s=10.0)
    assert uploads.next() == (OLD, need(0, 1))
    uploads.begun(OLD, {"a": 0, "b": 1})
    for topic in "ab":
        uploads.arrived(topic)


def test_answers_to_reminders_from_before_the_chunks_send_nothing_again() -> None:
    uploads = Uploads()
    sent(uploads, bills=4)
    assert [uploads.want(OLD, need(0, 1), now_s=11.0) for _ in range(3)] == [False] * 3
    uploads.billed(OLD, now_s=12.0)
    assert uploads.want(OLD, need(1), now_s=13.0), "asked for after they went: it was lost"
    assert uploads.next() == (OLD, need(1))


def test_a_chunk_that_never_went_is_sent_whatever_the_answer_is_to() -> None:
    uploads = Uploads()
    sent(uploads, bills=4)
    assert uploads.want(OLD, need(0, 1, 2), now_s=11.0)
    assert uploads.next() == (OLD, need(2))


def test_answers_that_were_lost_are_not_waited_for() -> None:
    uploads = Uploads()
    sent(uploads, bills=4)
    uploads.billed(OLD, now_s=100.0)
    assert uploads.want(OLD, need(0), now_s=101.0)
