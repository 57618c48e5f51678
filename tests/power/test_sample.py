"""A sample of kills and cuts, the same in every run: `make nightly` does all of it, docs/kills.md shows its results."""

import pytest

from tests.power.nightly import run
from tests.power.plug import obstacle
from tests.power.result import Result
from tests.power.steps import compiler

pytestmark = pytest.mark.skipif(compiler() is None, reason="there is no C compiler")

SEED = 6
KILLS = 12
"""Each of the six roles has two."""
CUTS = 5
"""Each variant of what is kept has one."""


def sample(scenario: str, *, count: int) -> list[Result]:
    """All of them, most of which fell on a step: a run has some steps more or less than the one that was counted."""
    results = [result for result, _ in run(scenario, seed=SEED, count=count)]
    assert [result for result in results if result.failure] == []
    assert len(results) == count
    assert sum(result.step is not None for result in results) > count // 2
    return results


def test_whoever_is_killed_the_end_is_the_same() -> None:
    results = sample("kill-sample", count=KILLS)
    assert {"done", "faulted", "wiped"} <= {state for result in results for state in result.states}


@pytest.mark.skipif(obstacle() is not None, reason=str(obstacle()))
def test_whenever_the_power_goes_the_end_is_the_same() -> None:
    sample("cut-rejected", count=CUTS)
