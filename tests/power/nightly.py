"""`python -m tests.power.nightly SCENARIO --seed N --count N --record FOLDER`: kills (or cuts) in one scenario.

Each result is one line of the scenario's file in the folder, and what stands there is not done again: a run that was
broken off goes on where it was, and several scenarios run beside each other. `page.py` makes the page of them.
"""

import argparse
import json
import random
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from itertools import zip_longest
from pathlib import Path
from typing import Any, Protocol

from tests.power import cuts, kills, visits
from tests.power.result import Result
from tests.power.scene import SCENARIOS

Trial = kills.Kill | cuts.Cut


class Ground(Protocol):
    """Where trials are carried out, until one of them fails."""

    def plan(self) -> Sequence[Trial]:
        """Every trial there is."""
        ...

    # each ground carries out what it has planned, and nothing else
    def carry_out(self, trial: Any, /, *, chance: random.Random) -> Result:
        """One of them."""
        ...

    @property
    def logs(self) -> Path:
        """What its processes said."""
        ...


GROUNDS: dict[str, Callable[[], AbstractContextManager[Ground]]] = {
    **{f"kill-{one.name}": kills.ground(one) for one in SCENARIOS},
    "kill-visit": visits.ground,
    "kill-sample": visits.shared_ground,
    **{f"cut-{one.name}": cuts.ground(one) for one in SCENARIOS},
}


def chance_of(seed: str, name: str) -> random.Random:
    """What decides about whatever has this name, and about nothing else: one step more or less moves no other trial."""
    return random.Random(f"{seed} {name}")


def chosen(trials: Sequence[Trial], *, count: int, seed: str) -> list[Trial]:
    """So many of them, by chance: each group has its turn after the other's, and in it each group of that group."""
    groups = _grouped(trials, 0, seed=seed)
    return _turns([_turns(_grouped(group, 1, seed=f"{seed} {group[0].groups[0]}")) for group in groups])[:count]


def _grouped(trials: Sequence[Trial], level: int, *, seed: str) -> list[list[Trial]]:
    groups: dict[str, list[Trial]] = {}
    for trial in sorted(trials, key=lambda one: chance_of(seed, one.name).random()):
        groups.setdefault(trial.groups[level], []).append(trial)
    return [groups[name] for name in sorted(groups, key=lambda name: chance_of(seed, name).random())]


def _turns(groups: Sequence[Sequence[Trial]]) -> list[Trial]:
    return [trial for turn in zip_longest(*groups) for trial in turn if trial is not None]


def run(name: str, *, seed: int, count: int, until: float = float("inf")) -> Iterator[tuple[Result, Path]]:
    """Results as they come, each with its processes' logs; a new ground after a failure.

    :param until: when no more is begun, by the monotonic clock.
    """
    drawn = f"{seed} {name}"
    waiting: list[Trial] | None = None
    while waiting is None or waiting:
        with GROUNDS[name]() as ground:
            if waiting is None:
                waiting = chosen(ground.plan(), count=count, seed=drawn)[::-1]
            while waiting and time.monotonic() < until:
                trial = waiting.pop()
                result = ground.carry_out(trial, chance=chance_of(drawn, trial.name))
                yield result, ground.logs
                if result.failure:
                    break
            if time.monotonic() >= until:
                return


def main() -> int:
    """Print each failure; 1 when there was one."""
    parser = argparse.ArgumentParser(prog="python -m tests.power.nightly")
    parser.add_argument("scenario", choices=GROUNDS)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--record", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=float("inf"))
    arguments = parser.parse_args()
    record = arguments.record / f"{arguments.scenario}.{arguments.seed}.jsonl"
    arguments.record.mkdir(parents=True, exist_ok=True)
    done = record.read_text().count("\n") if record.exists() else 0
    failures = 0
    until = time.monotonic() + arguments.minutes * 60
    # each part of a run that is taken up again draws its own trials
    seed = arguments.seed * 1000 + done
    with record.open("a") as file:
        for result, logs in run(arguments.scenario, seed=seed, count=arguments.count - done, until=until):
            file.write(json.dumps({**result.row(), "seed": seed}) + "\n")
            file.flush()
            if result.failure:
                failures += 1
                shutil.copytree(logs, arguments.record / f"{arguments.scenario}-{failures}-logs", dirs_exist_ok=True)
                sys.stdout.write(f"{result.name} at {result.step}: {result.failure}\n")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
