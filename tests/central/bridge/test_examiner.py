"""The examiner and what it forks: a verdict for each package, and no package is the end of it."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from central.bridge.examination import Examine, Fit, Unfit
from central.bridge.examiner import Examiner
from tests.central import hostile
from tests.central.parcels import OPEN_APPLICATION, Visit, new_id

LIMIT_S = 60.0


@pytest.fixture
async def examiner() -> AsyncIterator[Examiner]:
    examiner = Examiner()
    yield examiner
    await examiner.close()


def pid(examiner: Examiner) -> int:
    assert examiner._process is not None
    return examiner._process.pid


def until_childless(number: int) -> None:
    """What it forked ends by itself, a moment after its verdict."""
    deadline = time.monotonic() + LIMIT_S
    while Path(f"/proc/{number}/task/{number}/children").read_text():
        assert time.monotonic() < deadline
        os.sched_yield()


def asked(package: bytes) -> Examine:
    return Examine(package=package)


def good() -> bytes:
    return Visit(parcel=new_id()).package()


async def test_a_good_package_is_fit_and_says_whose_it_is(examiner: Examiner) -> None:
    parcel = new_id()
    verdict = await examiner.examine(asked(Visit(parcel=parcel, station="kaunas-2").package()))
    assert verdict == Fit(
        tenant="lt", station="kaunas-2", parcel=parcel, kind="enrolment", amends=None, application=OPEN_APPLICATION
    )
    assert OPEN_APPLICATION not in repr(verdict)


async def test_many_at_once_each_have_their_own_verdict(examiner: Examiner) -> None:
    packages = [good(), hostile.bomb(), good(), hostile.another_digest(), good()]
    verdicts = await asyncio.gather(*(examiner.examine(asked(package)) for package in packages))
    assert [verdict.op for verdict in verdicts] == ["fit", "unfit", "fit", "unfit", "fit"]


async def test_what_it_forked_is_gone_with_the_package(examiner: Examiner) -> None:
    await examiner.examine(asked(good()))
    number = pid(examiner)
    await examiner.examine(asked(good()))
    assert pid(examiner) == number, "one process stays"
    await asyncio.to_thread(until_childless, number)


async def test_a_package_that_comes_to_no_end_is_ended_with_all_that_looked_at_it(examiner: Examiner) -> None:
    assert isinstance(await examiner.examine(asked(good())), Fit)
    impatient = Examiner(limit_s=0)
    verdict = await impatient.examine(asked(good()))
    assert isinstance(verdict, Unfit)
    assert (verdict.cause.code, verdict.cause.part) == ("check-timed-out", None)
    assert impatient._process is None
    assert isinstance(await examiner.examine(asked(good())), Fit), "another one's trouble"


async def test_an_examiner_that_was_killed_is_begun_anew_and_no_package_is_blamed(examiner: Examiner) -> None:
    assert isinstance(await examiner.examine(asked(good())), Fit)
    first = pid(examiner)
    os.kill(first, signal.SIGKILL)
    assert isinstance(await examiner.examine(asked(good())), Fit)
    assert pid(examiner) != first


async def test_what_was_never_needed_can_be_closed() -> None:
    await Examiner().close()
