"""Kills: which there are, found by looking at one undisturbed parcel; each carried out and judged."""

import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.power.result import Result
from tests.power.scene import Scenario, Scene, scene
from tests.power.steps import When

PARCEL_ROLES = ("courier", "bridge", "opener_process", "migris")
"""Who has a part in a parcel's way after the seal."""


@dataclass(frozen=True, slots=True)
class Kill:
    """One process dies at one step."""

    scenario: str
    """In the course of what."""
    role: str
    """Which process."""
    number: int
    """At its how manieth step, from 1."""
    when: When
    """On which side of it."""
    step: str = ""
    """What was seen there."""

    @property
    def groups(self) -> tuple[str, str]:
        """Every process has its turn, and in it every sort of step on each side."""
        return self.role, f"{self.step} {self.when.name}"

    @property
    def name(self) -> str:
        """Which kill this is."""
        return f"{self.scenario}/{self.role}/{self.number}/{self.when.name.lower()}"


def census(scene: Scene, scenario: Scenario) -> dict[str, list[str]]:
    """Every step of each role in the course of one undisturbed parcel."""
    scene.page.forget_steps()
    scene.deliver(scenario)
    return {role: scene.page.steps(role) for role in PARCEL_ROLES}


def every_kill(scenario: str, steps: Mapping[str, list[str]]) -> Iterator[Kill]:
    """Before, during and after each step; *during* only where a step has a middle, which are writes and sendings.

    What is done by the kernel in one piece (rename, unlink, sync) has no middle that a kill could fall into; a power
    cut can, and those are for cuts.py.
    """
    for role, done in steps.items():
        for number, step in enumerate(done, start=1):
            for when in When:
                if when is not When.DURING or step.startswith(("write", "send")):
                    yield Kill(scenario, role, number, when, step)


class KillGround:
    """One scene on which parcels of one scenario are disturbed, one after the other."""

    def __init__(self, on: Scene, scenario: Scenario) -> None:
        self._scene = on
        self._scenario = scenario
        self.spoiled = False

    @property
    def logs(self) -> Path:
        """What its processes said."""
        return self._scene.stage.logs

    def plan(self) -> list[Kill]:
        """Every kill there is."""
        # a first parcel makes what is made once
        self._scene.deliver(self._scenario)
        return list(every_kill(self._scenario.name, census(self._scene, self._scenario)))

    def carry_out(self, kill: Kill, *, chance: random.Random) -> Result:
        """One parcel, one kill. When a promise was broken the result says so, and the ground is spoiled."""
        began = time.monotonic()
        page = self._scene.page
        page.forget_steps()
        page.order(kill.role, number=kill.number, when=kill.when, permille=chance.randrange(1, 1000))
        states: tuple[str, ...] = ()
        failure = ""
        try:
            states = tuple(self._scene.deliver(self._scenario)["milestones"])
        except AssertionError as error:
            self.spoiled = True
            failure = f"{error}"[:400] or "a check failed"
        step = page.withdraw(kill.role)
        seconds = round(time.monotonic() - began, 2)
        return Result(name=kill.name, step=step, states=states, seconds=seconds, failure=failure)


def ground(scenario: Scenario) -> Callable[[], AbstractContextManager[KillGround]]:
    """Opens a scene for the scenario; both sides' ledgers are verified when it closes."""

    @contextmanager
    def opened() -> Iterator[KillGround]:
        with scene() as on:
            on.start()
            kill_ground = KillGround(on, scenario)
            yield kill_ground
            if not kill_ground.spoiled:
                on.check_end(scenario)

    return opened
