"""The hash chain: each line's digest covers the line before it, so that nothing can be changed or taken out unnoticed.

digest(n) = SHA-256( digest(n-1) as 64 hex characters, then the body's bytes ); digest(0) is 64 zeros. A tail that was
cut off is noticed through the signed heads that another party keeps.
"""

import hashlib
from collections.abc import Iterable
from typing import NamedTuple

from vault.errors import ChainBroken
from vault.labels import Digest

GENESIS = Digest("0" * 64)
"""What the first line follows."""


class Head(NamedTuple):
    """The newest line of a chain."""

    number: int
    """Number of the line, from 1; 0 when the chain is empty."""
    digest: Digest
    """Its digest."""


EMPTY = Head(0, GENESIS)
"""The head of a chain without lines."""


def digest_after(previous: Digest, body: bytes) -> Digest:
    """The digest of a line with this body after that one."""
    return Digest(hashlib.sha256(previous.encode() + body).hexdigest())


def follow(lines: Iterable[tuple[int, bytes, str]], *, start: Head = EMPTY) -> Head:
    """Walk lines of (number, body, digest) and return the head.

    :raises: ChainBroken at the first line that is missing, out of order or changed.
    """
    expected, previous = start
    sha256 = hashlib.sha256
    for number, body, digest in lines:
        expected += 1
        # `digest_after`, written out: ledgers have millions of lines
        if number != expected or sha256(previous.encode() + body).hexdigest() != digest:
            raise ChainBroken(expected)
        previous = Digest(digest)
    return Head(expected, previous)
