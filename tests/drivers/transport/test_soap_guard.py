import pytest

from drivers.contract import ProtocolFault
from drivers.transport.soap_guard import BODY_BYTES_MAX, DEPTH_MAX, ELEMENTS_MAX, check_soap


@pytest.mark.parametrize(
    "body",
    [
        b"<x/>",
        b'<?xml version="1.0" encoding="utf-8"?><x>\xc4\x85</x>',
        '<?xml version="1.0" encoding="UTF-16"?><x>\u0105</x>'.encode("utf-16"),
        b"<x>" * DEPTH_MAX + b"</x>" * DEPTH_MAX,
        b"<x>" + b"<y/>" * (ELEMENTS_MAX - 1) + b"</x>",
        b"<x>" + b" " * (BODY_BYTES_MAX - 7) + b"</x>",
    ],
)
def test_what_an_answer_may_be_passes(body: bytes) -> None:
    check_soap(body)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "not XML"),
        (b"<x>", "not XML"),
        (b"<x/><y/>", "not XML"),
        (b"<x>&undeclared;</x>", "not XML"),
        (b"<!DOCTYPE x><x/>", "document type"),
        (b'<?xml version="1.0" encoding="cp037"?><x/>', "every parser|not XML"),
        (b"<x>" * (DEPTH_MAX + 1), "nested too deeply"),
        (b"<x>" + b"<y/>" * ELEMENTS_MAX + b"</x>", "too many parts"),
        (b" " * (BODY_BYTES_MAX + 1), "too long"),
    ],
)
def test_what_no_answer_is_is_a_fault(body: bytes, sentence: str) -> None:
    with pytest.raises(ProtocolFault, match=sentence):
        check_soap(body)
