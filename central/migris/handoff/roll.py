"""The roll: applications as a clerk exported them from MIGRIS, so that stations' questions have an answer.

CSV in UTF-8 with this header: `number,given_name,surname,birth_date,citizenship,state,open` (`open` is `yes` or `no`).
A roll that is older than the settings allow answers nothing. It is read for each question and not remembered.
"""

import csv
import io
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn

from agent.clock import Clock
from agent.logs import Outage
from agent.wire import Applicant
from central.errors import ConnectorSilent
from central.migris.connector import ApplicationView

_log = logging.getLogger(__name__)

HEADER = ("number", "given_name", "surname", "birth_date", "citizenship", "state", "open")
ROLL_BYTES_MAX = 16 * 1024 * 1024
_OPEN = {"yes": True, "no": False}
_LENGTHS = (64, 200, 200, 10, 3, 40, 3)


class Roll:
    """One file."""

    def __init__(self, path: Path, *, max_age: timedelta, clock: Clock) -> None:
        self._path = path
        self._max_age = max_age
        self._clock = clock
        self._trouble = Outage(_log, name="the roll of applications")

    def find(self, number: str) -> ApplicationView | None:
        """The application, or None when the roll has none of this number. :raises: ConnectorSilent."""
        return next((view for one, view in self._rows() if one == number), None)

    def search(self, applicant: Applicant) -> tuple[str, ...]:
        """Numbers of the applications of exactly this person. :raises: ConnectorSilent."""
        return tuple(sorted(number for number, view in self._rows() if view.applicant == applicant))

    def _rows(self) -> list[tuple[str, ApplicationView]]:
        try:
            rows = list(_read(self._content()))
        except OSError:
            self._silent("it cannot be read")
        except ValueError as error:
            self._silent(str(error))
        self._trouble.end()
        return rows

    def _content(self) -> str:
        with self._path.open("rb") as file:
            made = datetime.fromtimestamp(self._path.stat().st_mtime, UTC)
            if self._clock.now() - made > self._max_age:
                raise ValueError("it is too old")
            content = file.read(ROLL_BYTES_MAX + 1)
        if len(content) > ROLL_BYTES_MAX:
            raise ValueError("it is too large")
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise ValueError("it is not UTF-8") from None

    def _silent(self, why: str) -> NoReturn:
        self._trouble.begin(why)
        raise ConnectorSilent("MIGRIS does not answer, and the roll of applications cannot be used.") from None


def _read(content: str) -> Iterator[tuple[str, ApplicationView]]:
    """:raises: ValueError that names the line, and nothing of it."""
    lines = csv.reader(io.StringIO(content, newline=""), strict=True)
    try:
        if tuple(next(lines, ())) != HEADER:
            raise ValueError("its header is another")
        for row in lines:
            fits = len(row) == len(HEADER) and all(
                0 < len(one) <= most for one, most in zip(row, _LENGTHS, strict=True)
            )
            if not fits or row[-1] not in _OPEN:
                raise ValueError(f"line {lines.line_num} is not one of it")
            number, given_name, surname, birth_date, citizenship, state, is_open = row
            person = Applicant(given_name=given_name, surname=surname, birth_date=birth_date, citizenship=citizenship)
            yield number, ApplicationView(state=state, open=_OPEN[is_open], applicant=person)
    except csv.Error:
        raise ValueError(f"line {lines.line_num} is not CSV") from None
