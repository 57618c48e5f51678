"""A helper on the bench: started as the station starts it, and asked things that the station would not ask."""

import os
import secrets
import select
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from drivers.contract import Finger
from drivers.contract.promise import demand
from drivers.fingerprint import vendor_helper_wire as wire
from drivers.fingerprint.vendor_helper import Options
from drivers.fingerprint.vendor_helper_talk import HelperTalk
from drivers.fingerprint.vendor_helper_wire import Verb
from drivers.transport.helper import HelperPlan, HelperProcess

MARK: Final = "SMILIUS_HELPER_CHECK"
_DYING_MS: Final = 2_000


class Bench:
    """Starts one helper after the other, and finds again what they left behind. All calls block."""

    def __init__(self, options: Options) -> None:
        """:param options: as the station's configuration would have them."""
        self._mark = secrets.token_hex(16)
        self.options = options.model_copy(update={"environment": {**options.environment, MARK: self._mark}})

    @property
    def plan(self) -> HelperPlan:
        """What is started each time."""
        options = self.options
        return HelperPlan(options.command, options.environment, may_write_files=options.may_write_files)

    @contextmanager
    def asked(self) -> Iterator["Asked"]:
        """A fresh helper that can be asked anything."""
        process = HelperProcess(self.plan)
        try:
            yield Asked(process, limit_ms=self.options.limits.hello_ms)
        finally:
            process.end()

    @contextmanager
    def opened(self) -> Iterator[HelperTalk]:
        """A fresh helper that holds its sensor, asked as the station would; it is closed afterwards."""
        talk = HelperTalk(self.plan, limits=self.options.limits, wait_ms=self.options.wait_ms)
        try:
            talk.greet()
            talk.open()
            yield talk
        finally:
            talk.close()

    def left_behind(self) -> int:
        """How many processes of any of them are still there, those too that have left its group."""
        return sum(not _dies(pid) for pid in self._marked())

    def _marked(self) -> Iterator[int]:
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                environment = (folder / "environ").read_bytes()
            except OSError:
                # gone meanwhile, or somebody else's
                continue
            if f"{MARK}={self._mark}".encode() in environment.split(b"\0"):
                yield int(folder.name)


class Asked:
    """Counts requests, and gives each answer as it is."""

    def __init__(self, process: HelperProcess, *, limit_ms: int) -> None:
        """:param limit_ms: how long each answer may take."""
        self.process = process
        self._limit_ms, self._number = limit_ms, 0

    def hello(self, version: str = wire.VERSION) -> wire.Hello:
        """What it says when this version is offered."""
        answer = self.ask(Verb.HELLO, speaks=[version])
        demand(isinstance(answer, wire.Hello), "hello is answered with hello")
        assert isinstance(answer, wire.Hello), "demanded"
        return answer

    def ask(self, verb: Verb, **more: object) -> wire.AnyAnswer:
        """Its answer to one of the protocol's verbs. :raises: Fault."""
        self._number += 1
        return self._answer(wire.request(self._number, verb, **more))

    def ask_unknown(self) -> wire.AnyAnswer:
        """Its answer to a verb that the protocol does not have. :raises: Fault."""
        self._number += 1
        return self._answer(b'{"id":%d,"do":"calibrate"}\n' % self._number)

    def arm(self) -> wire.AnyAnswer:
        """Its answer to being armed for a right index finger. :raises: Fault."""
        return self.ask(Verb.ARM, **wire.aimed(Finger.RIGHT_INDEX))

    def _answer(self, request: bytes) -> wire.AnyAnswer:
        self.process.say(request, limit_ms=self._limit_ms)
        answer = wire.read_answer(self.process.hear(wire.LINE_BYTES_MAX))
        demand(answer.id == self._number, "an answer has the number of its request")
        return answer


def _dies(pid: int) -> bool:
    """Whether it is gone in a moment: what was killed takes one."""
    try:
        life = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        ready = select.poll()
        ready.register(life, select.POLLIN)
        return bool(ready.poll(_DYING_MS))
    finally:
        os.close(life)
