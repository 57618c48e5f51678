import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.contract import Fault, Finger, Hint, ProtocolFault
from drivers.fingerprint import vendor_helper_wire as wire
from drivers.fingerprint.vendor_helper_wire import Verb

OPENED: dict[str, Any] = {
    "id": 2,
    "kind": "opened",
    "make": "ACME",
    "model": "F1",
    "serial": "",
    "firmware": "",
    "certified": False,
    "certificate": "",
    "simulated": False,
    "ppi": 500,
    "width_px": 320,
    "height_px": 480,
}
FRAME: dict[str, Any] = {
    "id": 4,
    "kind": "frame",
    "width_px": 320,
    "height_px": 480,
    "bits": 8,
    "ppi": 500,
    "bytes": 153_600,
    "crc32": 1,
}


def _read(answer: dict[str, Any]) -> wire.AnyAnswer:
    return wire.read_answer(json.dumps(answer).encode())


def test_requests_are_what_the_page_says() -> None:
    said = [
        wire.request(1, Verb.HELLO, speaks=[wire.VERSION]),
        wire.request(2, Verb.OPEN),
        wire.request(3, Verb.ARM, **wire.aimed(Finger.LEFT_THUMB)),
        wire.request(4, Verb.GRAB, wait_ms=250),
    ]
    assert said == [
        b'{"id":1,"do":"hello","speaks":["smilius-helper/1"]}\n',
        b'{"id":2,"do":"open"}\n',
        b'{"id":3,"do":"arm","hand":"left","digit":"thumb","position":6}\n',
        b'{"id":4,"do":"grab","wait_ms":250}\n',
    ]


def test_every_kind_of_answer_is_read() -> None:
    assert _read({"id": 1, "kind": "hello", "speaks": wire.VERSION, "program": "p"}) == wire.Hello(
        id=1, kind="hello", speaks=wire.VERSION, program="p"
    )
    assert _read({"id": 3, "kind": "done"}) == wire.Done(id=3, kind="done")
    hinted = _read({"id": 4, "kind": "hint", "hint": "press-harder"})
    assert isinstance(hinted, wire.Hinted)
    assert hinted.hint is Hint.PRESS_HARDER
    assert isinstance(_read(OPENED), wire.Opened)
    assert isinstance(_read(FRAME), wire.FrameHead)


@pytest.mark.parametrize("code", wire.FAULTS)
def test_every_code_is_a_fault_with_a_sentence(code: str) -> None:
    assert isinstance(_read({"id": 2, "kind": "fault", "code": code}), wire.Failed)
    kind, sentence = wire.FAULTS[code]
    assert issubclass(kind, Fault)
    assert sentence.endswith(".")
    assert code in {kind.code, "device-order"}


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"make": ""}, "make"),
        ({"model": "two\nlines"}, "model"),
        ({"serial": " 1"}, "serial"),
        ({"firmware": "x" * 65}, "firmware"),
        ({"ppi": 0}, "ppi"),
        ({"ppi": "500"}, "ppi"),
        ({"width_px": 60_000}, "width_px"),
        ({"height_px": 480.5}, "height_px"),
        ({"certified": 1}, "certified"),
        ({"certified": True}, "contradicts itself"),
        ({"certificate": "EBTS Appendix F"}, "contradicts itself"),
        ({"certified": True, "certificate": "EBTS Appendix F", "simulated": True}, "contradicts itself"),
        ({"person": "Jonas"}, "an unknown key"),
        ({"kind": "open"}, "no answer of this protocol"),
    ],
)
def test_what_is_wrong_is_named_by_our_own_words(change: dict[str, Any], named: str) -> None:
    with pytest.raises(ProtocolFault, match=named) as caught:
        _read(OPENED | change)
    assert not any(str(value) in caught.value.sentence for value in change.values() if isinstance(value, str) and value)
    assert "person" not in caught.value.sentence


@pytest.mark.parametrize("missing", OPENED)
def test_nothing_of_a_sensor_may_be_left_out(missing: str) -> None:
    with pytest.raises(ProtocolFault):
        _read({key: value for key, value in OPENED.items() if key != missing})


@pytest.mark.parametrize("hint", ["no-face", "same-finger", "", None])
def test_a_sensor_cannot_know_every_hint(hint: object) -> None:
    with pytest.raises(ProtocolFault, match="hint"):
        _read({"id": 4, "kind": "hint", "hint": hint})


@pytest.mark.parametrize("change", [{"bits": 16}, {"crc32": -1}, {"crc32": 2**32}, {"ppi": float("nan")}])
def test_a_frames_head_is_checked(change: dict[str, Any]) -> None:
    with pytest.raises(ProtocolFault):
        _read(FRAME | change)


@pytest.mark.parametrize("change", [{"width_px": 319}, {"height_px": 481}, {"ppi": 508}, {"bytes": 153_601}])
def test_a_frame_is_the_one_that_was_announced(change: dict[str, Any]) -> None:
    opened, head = _read(OPENED), _read(FRAME | change)
    assert isinstance(opened, wire.Opened)
    assert isinstance(head, wire.FrameHead)
    with pytest.raises(ProtocolFault, match="another size"):
        wire.check_head(head, opened=opened)


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_other_line_is_a_fault(line: bytes) -> None:
    with pytest.raises(ProtocolFault):
        wire.read_answer(line)


def test_deep_nesting_is_a_fault() -> None:
    with pytest.raises(ProtocolFault):
        wire.read_answer(b"[" * wire.LINE_BYTES_MAX)
