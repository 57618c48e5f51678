"""`python -m central.bridge.examiner_process`: the examiner, as the opener starts it. It ends when its input does.

For every package it forks a process, which gives up files, memory, time and processes before it reads the first foreign
byte (`capture.records.wsq_child.confine`), has no key and no network, and ends with its verdict: nothing of one package
is left when the next one comes, and what was taken over by one sees no other. The examiner itself only passes a socket
on and never sees a package.
"""

import os
import signal
import socket
from collections.abc import Callable

import _wsq  # noqa: F401 (before the confinement, which ends the opening of files)

from agent.private_memory import keep_memory_private
from agent.wire import Cause
from capture.records.amendment import amend
from capture.records.errors import FACE, AmendmentRefused, Part, RecordError
from capture.records.package import FINGERS, Package, unpack
from capture.records.wsq import decode_confined
from capture.records.wsq_child import confine
from central.bridge.examination import About, Amended, Examine, Fit, Unfit, Unmerged, Verdict, read_asked
from central.bridge.frames import FRAME_BYTES_MAX, encode

ALARM_S = 60
"""Whoever is forgotten by the opener ends itself after this."""


def examined(asked: Examine, *, about: Callable[[Part], None]) -> Verdict:
    """The verdict on a package, every print of it decoded here. Only for a process that is confined.

    :param about: told which print is decoded next.
    """
    part: Part | None = None
    try:
        read, whole = unpack(asked.package), None
        if asked.amended:
            whole = merged(asked)
            read = unpack(whole)
        for part, wsq in read.prints.items():
            about(part)
            decode_confined(wsq)
        return _fit(read, whole)
    except AmendmentRefused as error:
        return Unmerged(cause=_cause(error, error.part))
    except RecordError as error:
        return Unfit(cause=_cause(error, error.part or part))


def merged(asked: Examine) -> bytes:
    """The package put into what it amends, that in what it amends, and so on. :raises: RecordError."""
    first, *others = (*asked.amended, Amended(package=asked.package, part=None))
    whole, rejected = first.package, first.part
    for later in others:
        whole = amend(unpack(whole), unpack(later.package), rejected=_part(rejected))
        rejected = later.part
    return whole


def _part(name: str | None) -> Part | None:
    return FACE if name == FACE else FINGERS.get(f"{name}.fir")


def _cause(error: RecordError, part: Part | None) -> Cause:
    return Cause(part=None if part is None else str(part), code=error.code, sentence=error.sentence[:300])


def _fit(package: Package, whole: bytes | None) -> Fit:
    manifest = package.manifest
    return Fit(
        tenant=manifest.tenant,
        station=manifest.station,
        parcel=manifest.parcel,
        kind=manifest.kind.value,
        amends=manifest.amends,
        application=manifest.application_number,
        whole=whole,
    )


def _examine(channel: socket.socket) -> None:
    """In the forked process: one package, one verdict."""
    signal.alarm(ALARM_S)
    keep_memory_private()
    confine()
    with channel, channel.makefile("rwb") as stream:
        stream.write(encode(About(part=None)))
        stream.flush()
        asked = read_asked(stream.read(FRAME_BYTES_MAX))

        def about(part: Part) -> None:
            stream.write(encode(About(part=str(part))))
            stream.flush()

        stream.write(encode(examined(asked, about=about)))


def _serve(desk: socket.socket, *, nowhere: int) -> None:
    while True:
        _, passed, _, _ = socket.recv_fds(desk, 1, 1)
        if not passed:
            return
        if os.fork() == 0:
            desk.close()
            # the codec's complaints are about somebody's picture
            os.dup2(nowhere, 2)
            ended = 1
            try:
                _examine(socket.socket(fileno=passed[0]))
                ended = 0
            finally:
                os._exit(ended)
        os.close(passed[0])


def main() -> None:
    """Serve until the opener is gone; whoever stops the bridge's whole group does not cut off what is in hand."""
    keep_memory_private()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    # nobody waits for them
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(fileno=0) as desk, open(os.devnull, "wb") as nowhere:
        _serve(desk, nowhere=nowhere.fileno())


if __name__ == "__main__":
    main()
