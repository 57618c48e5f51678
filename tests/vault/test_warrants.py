"""A warrant is on the disk before anything goes, stays afterwards, and serves once."""

from pathlib import Path

import pytest

from tests.vault.disk_calls import Cut, DiskCalls, cut_before
from vault.envelope import hash_paper_code
from vault.errors import VaultError
from vault.warrants import Paper, Warrant, WarrantBook, order_name

WARRANT = Warrant(name=order_name(7), verb="destroy", reason="reset", parcels=("a",), authorised_by="one+two")


def test_a_warrant_is_open_until_it_is_closed_and_used_for_ever(tmp_path: Path) -> None:
    book = WarrantBook(tmp_path / "warrants")
    assert (book.open(), book.last_counter(), book.used(WARRANT.name)) == (None, 0, False)
    book.begin(WARRANT)
    assert (book.open(), book.last_counter(), book.used(WARRANT.name)) == (WARRANT, 7, True)
    book.close(WARRANT)
    again = WarrantBook(tmp_path / "warrants")
    again.close(WARRANT)
    assert (again.open(), again.last_counter(), again.used(WARRANT.name)) == (None, 7, True)


@pytest.mark.parametrize("step", range(2))
def test_a_cut_while_it_is_written_leaves_none(tmp_path: Path, step: int) -> None:
    book = WarrantBook(tmp_path / "warrants")
    with pytest.raises(Cut), DiskCalls(tmp_path, before=cut_before(step)):
        book.begin(WARRANT)
    assert WarrantBook(tmp_path / "warrants").open() is None


def test_what_cannot_be_read_is_never_taken_for_none(tmp_path: Path) -> None:
    book = WarrantBook(tmp_path / "warrants")
    (tmp_path / "warrants" / "order-0000000000000001.open").write_text("{}")
    with pytest.raises(VaultError, match="not readable"):
        book.open()
    (tmp_path / "warrants" / "paper.json").write_text("torn")
    with pytest.raises(VaultError, match="not readable"):
        book.paper()


def test_attempts_are_kept(tmp_path: Path) -> None:
    book = WarrantBook(tmp_path)
    assert book.paper() is None
    paper = Paper(kept=hash_paper_code("code"), attempts=3)
    book.keep_paper(paper)
    assert WarrantBook(tmp_path).paper() == paper
