"""The sheet as a page and as CSV."""

import csv
import io

from central.figures.sheet import Figure, Sheet, spread

SHEET = Sheet(
    year=2026,
    head=17,
    figures=[
        Figure("Parcels", "arrived, enrolment", 3, "lt"),
        Figure("Parcels", "wiped", 2),
        Figure("Keys", "made", 0),
    ],
)


def test_both_forms_say_the_same() -> None:
    rows = list(csv.reader(io.StringIO(SHEET.csv())))
    assert rows[0] == ["year", "section", "figure", "tenant", "value"]
    assert rows[1] == ["2026", "Parcels", "arrived, enrolment", "lt", "3"]
    page = SHEET.markdown()
    assert page.count("## ") == 2
    assert "| arrived, enrolment | lt | 3 |" in page
    assert "to line 17" in page
    assert all(f"| {name} | {tenant} | {value} |" in page for _, _, name, tenant, value in rows[1:])


def test_a_spread_names_values_that_occurred() -> None:
    figures = spread("Dwell", "waited", values=[4.0, 1.0, 3.0, 2.0, 100.25])
    assert [figure.value for figure in figures] == [5, 3.0, 100.2, 100.2]
    assert [figure.value for figure in spread("Dwell", "waited", values=[])] == [0]
