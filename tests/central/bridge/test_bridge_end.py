"""The bridge as a process that is told to end: what is in hand is finished, the rest is done after the next start."""

import json
import os
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from agent.clock import SystemClock
from agent.wire import Stage
from central.bridge.audit import audit
from central.paths import Paths
from tests.central.bridge.conversation import talking
from tests.central.bridge.gate import migris
from tests.central.bridge.questions import asked, read_answer
from tests.central.headquarters import enrolled, founded, read_receipt
from tests.central.parcels import visited
from tests.central.processes import END_LIMIT_S, broker, central, stop
from vault.envelope import VerifyingKey


@pytest.fixture
def paths(tmp_path: Path) -> Iterator[Paths]:
    paths = founded(tmp_path / "central")
    with broker(paths):
        yield paths


def until_it_drains(paths: Paths) -> None:
    deadline = time.monotonic() + END_LIMIT_S
    while "nothing new is taken" not in (paths.root / "bridge.log").read_text():
        assert time.monotonic() < deadline
        os.sched_yield()


def test_a_delivery_and_a_question_in_hand_are_finished_and_told_and_nothing_new_is_taken(paths: Paths) -> None:
    station = enrolled(paths)
    parcel, late = visited(station), visited(station)
    question = asked(station, expires=SystemClock().now() + timedelta(seconds=600))
    with migris(paths) as (gate, store), talking(station) as us, central("bridge", paths) as bridge:
        us.until_central_is(online=True)
        gate.shut("/v1/submissions", "/v1/applications/find")
        us.deliver(parcel)
        us.probe.publish(station.topics.ask(question.id), question.content)
        gate.until_decided()
        gate.until_decided()
        bridge.terminate()
        until_it_drains(paths)
        us.announce(late)
        gate.open()
        heard = us.until_farewell()
        receipt = read_receipt(paths, heard["receipt", parcel.id])
        assert (receipt.stage, receipt.reference) == (Stage.ACCEPTED, store.received()[0].reference)
        (receipt_key,) = station.answer.receipt_public
        assert read_answer(VerifyingKey.from_pem(receipt_key), heard["answer", question.id], question).known
        assert ("need", late.id) not in heard
        assert bridge.wait(END_LIMIT_S) == 0
    figures = json.loads(audit(paths))
    assert (figures["parcels"], figures["parcels_accepted"], figures["tombstones"]) == (1, 1, 1)
    assert figures["sealed_copies_left"] == 0
    assert not any(word in (paths.root / "bridge.log").read_text() for word in ("ERROR", "CRITICAL", "Traceback"))


def test_it_ends_without_migris_and_its_next_life_submits_nothing_twice(paths: Paths) -> None:
    station = enrolled(paths)
    parcel = visited(station)
    with migris(paths) as (gate, store), talking(station) as us:
        gate.shut("/v1/submissions")
        with central("bridge", paths) as bridge:
            us.until_central_is(online=True)
            us.deliver(parcel)
            gate.until_decided()
            # MIGRIS has it and does not say so
            assert stop(bridge) == 0
        assert "takes too long" in (paths.root / "bridge.log").read_text()
        gate.open()
        with central("bridge", paths) as bridge:
            assert us.receipt(parcel, Stage.ACCEPTED).reference == store.received()[0].reference
            assert stop(bridge) == 0
        assert gate.asked.count("/v1/submissions") == 1
