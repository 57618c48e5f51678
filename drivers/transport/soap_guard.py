"""What a foreign device may say in XML at all, decided before any library builds a tree of it. Pure.

SOAP has no document type, hence no entity that could grow or name a file; nothing of ONVIF's is deep. Only encodings
that every parser reads alike are taken, so that what expat has passed means the same to the parser behind it.

Source: SOAP 1.2 part 1 section 5 (no DTD); facts: a mebibyte holds the longest answer of a device many times over.
"""

from typing import Final
from xml.parsers import expat

from drivers.contract import ProtocolFault

BODY_BYTES_MAX: Final = 1 << 20
DEPTH_MAX: Final = 64
ELEMENTS_MAX: Final = 20_000
ENCODINGS: Final = frozenset({"utf-8", "utf-16", "us-ascii", "iso-8859-1"})


class _Depth:
    """How deep and how many."""

    def __init__(self) -> None:
        self._depth = self._elements = 0

    def begin(self, _name: str, _attributes: dict[str, str]) -> None:
        self._depth += 1
        self._elements += 1
        if self._depth > DEPTH_MAX or self._elements > ELEMENTS_MAX:
            raise ProtocolFault("The device's answer is nested too deeply or has too many parts.")

    def end(self, _name: str) -> None:
        self._depth -= 1


def check_soap(body: bytes) -> None:
    """The body can be given to a parser. :raises: ProtocolFault."""
    if len(body) > BODY_BYTES_MAX:
        raise ProtocolFault("The device's answer is too long.")
    parser, depth = expat.ParserCreate(), _Depth()
    parser.StartElementHandler, parser.EndElementHandler = depth.begin, depth.end
    parser.StartDoctypeDeclHandler, parser.XmlDeclHandler = _refuse_type, _check_encoding
    try:
        parser.Parse(body, True)
    except expat.ExpatError:
        raise ProtocolFault("The device's answer is not XML.") from None


def _refuse_type(*_said: object) -> None:
    raise ProtocolFault("The device's answer has a document type, which no answer of its protocol has.")


def _check_encoding(_version: str, encoding: str | None, *_standalone: int) -> None:
    if encoding is not None and encoding.lower() not in ENCODINGS:
        raise ProtocolFault("The device's answer is not XML that every parser reads alike.")
