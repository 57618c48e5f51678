"""Whatever holds a key shows nothing of it: in a repr, a text, a pickle, our log, or what nobody caught."""

import io
import logging
import pickle  # noqa: TID251 (to see that it is refused, or shows nothing)
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.logs import configure
from tests.vault.station import PARCEL
from vault.envelope import Plain, RecipientKey, SigningKey
from vault.keys import FileHome, KeyKind, ParcelKeys, Pseudonyms
from vault.keys.unit import UnitHome

SENTINEL = b"SENTINEL-SECRET-0123456789ABCDEF"
"""Thirty-two bytes, as a key has."""


def _shown(thing: object) -> Iterator[str]:
    yield repr(thing)
    yield str(thing)
    yield f"{thing}"
    yield "%s %r" % (thing, thing)  # noqa: UP031 (as a log line is made)


def _forms(secret: bytes) -> list[str]:
    return [secret.decode("latin-1"), secret.hex(), repr(secret)[2:-1]]


@pytest.fixture
def holders(tmp_path: Path) -> list[tuple[object, bytes]]:
    path = tmp_path / "pseudonym.key"
    path.write_bytes(SENTINEL)
    path.chmod(0o600)
    signing, recipient = SigningKey.generate(), RecipientKey.generate()
    unit = UnitHome(SENTINEL, kind=KeyKind.OTP)
    return [
        (Pseudonyms(path), SENTINEL),
        (unit, SENTINEL),
        (ParcelKeys(tmp_path / "keys", unit.parcels), SENTINEL),
        (Plain(SENTINEL), SENTINEL),
        (signing, "".join(signing.pem().splitlines()[1:-1]).encode()),
        (recipient, recipient.content()),
        (FileHome(), SENTINEL),
    ]


def test_no_text_of_a_holder_shows_its_secret(holders: list[tuple[object, bytes]]) -> None:
    for holder, secret in holders:
        for text in _shown(holder):
            assert not any(form in text for form in _forms(secret)), type(holder).__name__


def test_no_holder_is_pickled_with_its_secret(holders: list[tuple[object, bytes]]) -> None:
    for holder, secret in holders:
        try:
            content = pickle.dumps(holder)
        except TypeError:
            continue
        assert secret not in content, type(holder).__name__


def _fail_with(secret: bytes) -> None:
    local = bytes(secret)
    raise ValueError(f"the value {local!r} is wrong")


def test_our_log_shows_neither_locals_nor_the_sentence_of_a_foreign_exception() -> None:
    root = logging.getLogger()
    before, level, hooks = root.handlers[:], root.level, (sys.excepthook, sys.unraisablehook)
    try:
        configure("test")
        said = io.StringIO()
        (handler,) = root.handlers
        assert isinstance(handler, logging.StreamHandler)
        handler.setStream(said)
        for log in (logging.getLogger("vault.keys"), logging.getLogger("somebody.else")):
            try:
                _fail_with(SENTINEL)
            except ValueError as error:
                log.exception("it failed: %s", error, stack_info=True)
        text = said.getvalue()
    finally:
        root.handlers[:] = before
        root.setLevel(level)
        sys.excepthook, sys.unraisablehook = hooks
    assert text.count("ValueError at ") >= 2
    assert "SENTINEL" not in text


UNCAUGHT = """
import faulthandler, sys, threading
from agent.logs import configure
from vault.envelope import Plain, unlock
configure("test")
faulthandler.enable()
secret = sys.stdin.buffer.read()

def fail(given):
    local = bytes(given)
    raise ValueError("the value %r is wrong" % (local,))

class Dying:
    def __del__(self):
        fail(secret)

def in_a_thread():
    fail(secret)

thread = threading.Thread(target=in_a_thread)
thread.start()
thread.join()
Dying()
faulthandler.dump_traceback()
try:
    unlock(bytes(60), key=secret, name="link.key")
except Exception as error:
    raise RuntimeError(secret) from error
"""


def test_what_nobody_catches_shows_no_secret() -> None:
    """In a process of its own: uncaught, unraisable, in a thread, chained, and what faulthandler writes."""
    done = subprocess.run(
        [sys.executable, "-c", UNCAUGHT],
        input=SENTINEL,
        capture_output=True,
        cwd=Path(__file__).resolve().parents[3],
        timeout=120,
        check=False,
    )
    said = (done.stdout + done.stderr).decode()
    assert done.returncode == 1
    assert said.count("nobody caught what went wrong: ValueError at ") == 2
    assert "nobody caught what went wrong: RuntimeError at " in said
    assert "most recent call first" in said
    assert "SENTINEL" not in said
    assert PARCEL not in said
