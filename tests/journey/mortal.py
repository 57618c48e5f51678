"""`python -m tests.journey.mortal --die-at N --tally FILE -- MODULE ARGUMENTS...`: a product process that is killed at
its N-th durable step, so that the steps need not be listed by hand.

A step is a rename, an unlink or a commit, whoever makes it: the interpreter's own audit events and SQLAlchemy's commit
event say so. The kill is SIGKILL to itself, before the step. The product is not changed and does not know.
"""

import argparse
import itertools
import os
import runpy
import signal
import sys

from sqlalchemy import Connection, Engine, event

_AUDITED = {"os.rename": "rename", "os.remove": "unlink"}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--die-at", type=int, required=True)
    parser.add_argument("--tally", required=True)
    parser.add_argument("command", nargs="+")
    arguments = parser.parse_args()
    tally = os.open(arguments.tally, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    numbers = itertools.count(1)

    def step(what: str) -> None:
        number = next(numbers)
        os.write(tally, f"{number} {what}\n".encode())
        if number == arguments.die_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def audit(name: str, details: tuple[object, ...]) -> None:
        if name in _AUDITED:
            step(f"{_AUDITED[name]} {os.path.basename(str(details[0]))}")

    def commit(_connection: Connection) -> None:
        step("commit")

    event.listen(Engine, "commit", commit)
    sys.addaudithook(audit)
    module, *rest = arguments.command
    sys.argv = [module, *rest]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
