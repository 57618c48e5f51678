"""What is taken out of every recording: what tells one unit from another of its model.

One rule for all seams: a serial number that a device told is replaced by one of the same length that says nothing
(`00000001`), wherever it is written: in texts, in the driver's options, and in payloads, there as ASCII or UTF-16. One
that is too short or too plain to be found without mistaking pixels for it is replaced only where it is a whole text.
What nobody can decode may hold such a number in a form of its own, and stays as it is.
"""

from collections.abc import Iterable
from typing import Final

from drivers.transport.tap.tape import Data

_LENGTH_MIN: Final = 4
_PAYLOAD_LENGTH_MIN: Final = 6
_LETTERS_MIN: Final = 3


class Scrub:
    """Knows the serial numbers of one recording; the first becomes 1, the second 2."""

    def __init__(self) -> None:
        """Knows none yet."""
        self._names: dict[str, str] = {}

    def note(self, serial: str) -> None:
        """From now on this is replaced."""
        if serial and serial not in self._names:
            self._names[serial] = str(len(self._names) + 1).zfill(len(serial))[-len(serial) :]

    def text(self, text: str) -> str:
        """Without them."""
        if text in self._names:
            return self._names[text]
        for serial in self._longest_first():
            if len(serial) >= _LENGTH_MIN:
                text = text.replace(serial, self._names[serial])
        return text

    def payload(self, data: Data) -> Data:
        """Without them, and as long as before."""
        for serial in self._longest_first():
            if len(serial) < _PAYLOAD_LENGTH_MIN or len(set(serial)) < _LETTERS_MIN:
                continue
            number = self._names[serial].lstrip("0")
            for encoding, unit_bytes in (("utf-8", 1), ("utf-16-le", 2)):
                written = serial.encode(encoding, "replace")
                data = bytes(data).replace(written, number.zfill(len(written) // unit_bytes).encode(encoding))
        return data

    def tree(self, value: object) -> object:
        """Lists, tables and texts without them; all else as it is."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {key: self.tree(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.tree(item) for item in value]
        return value

    def _longest_first(self) -> Iterable[str]:
        return sorted(self._names, key=len, reverse=True)
