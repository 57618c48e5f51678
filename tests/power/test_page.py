"""The page says what the records have, failures first of all."""

from tests.power.page import Run, page

_ROW = {"name": "rejected/courier/7/before/1", "step": "sync courier.db-wal", "states": ["wiped"], "seconds": 2.0}


def test_the_page_counts_what_fell_on_a_step_and_names_failures() -> None:
    rows = ({**_ROW, "failure": ""}, {**_ROW, "failure": "MIGRIS saw it twice"}, {**_ROW, "step": None, "failure": ""})
    text = page([Run("kill-rejected", "7", rows), Run("cut-rejected", "7", ())])
    assert "* kills: 2; cuts: 0; failures: 1" in text
    assert "| kill-rejected | 3 | 2 | 1 | 1 | 2.0 |" in text
    assert "| courier | before | sync courier.db-wal | 2 |" in text
    assert "* `rejected/courier/7/before/1` at *sync courier.db-wal*: MIGRIS saw it twice" in text
