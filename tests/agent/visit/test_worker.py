"""The worker with simulators and real keys, in this process: every command, every failure, and what it forgets."""

import asyncio
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from agent.visit.channel import (
    ApplicationRead,
    AskApplication,
    DevicesReady,
    FailedReport,
    LiveReport,
    NothingReport,
    OpenDevices,
    PackedReport,
    PortraitReport,
    PrintReport,
    QuestionSealed,
    ReadAnswer,
    Seal,
    SealedReport,
    TakeStep,
)
from agent.visit.worker import Worker
from capture.face.judge import FaceJudge
from capture.face.limits import MOUTH_CLOSED
from capture.finger.nfiq2 import OfficialScorer
from capture.profile import FaceRule
from capture.records.package import unpack
from capture.sample import Verdict
from drivers.contract import DeviceKind, Finger, GoneFault, Hint
from tests.agent.visit.headquarters import APPLICANT, APPLICATION
from tests.agent.visit.workplace import CAMERA, OPENED, PARCEL, PROFILE, SENSOR, Workplace
from tests.capture.devices import ShownDevice
from tests.capture.finger.nfiq2_command import command
from tests.drivers.pictures import write
from tests.drivers.turn import turn

RIGHT, LEFT = Finger.RIGHT_INDEX, Finger.LEFT_INDEX
FACE = TakeStep(step="face", fresh=False)
QUESTION = "01jd0000000000000000000001"
ASK = AskApplication(application=APPLICATION, question=QUESTION, expires=OPENED)


@pytest.fixture(scope="module")
def judge() -> FaceJudge:
    return FaceJudge()


SHORT = PROFILE.model_copy(update={"face": FaceRule(attempts=1, time_limit_ms=100)})
"""With a time limit that is worth waiting for."""


@pytest.fixture
def place(tmp_path: Path, judge: FaceJudge) -> Workplace:
    return Workplace(folder=tmp_path / "incoming", judge=judge)


@pytest.fixture
def short(tmp_path: Path, judge: FaceJudge) -> Workplace:
    return Workplace(folder=tmp_path / "short", judge=judge, profile=SHORT)


def _step(finger: Finger, *, fresh: bool = False) -> TakeStep:
    return TakeStep(step=finger.value, fresh=fresh)


def _seal(place: Workplace) -> Seal:
    return Seal(wrap_key=b64encode(place.wrap_key))


async def _packed(place: Workplace, *, worker: Worker | None = None) -> Worker:
    """A worker that has taken and packed a portrait and one print."""
    worker = worker or Worker(place.tools())
    for order in (ASK, OpenDevices(), FACE, _step(RIGHT)):
        assert not isinstance(await worker.work(order), FailedReport)
    assert isinstance(await worker.work(place.order(RIGHT)), PackedReport)
    return worker


async def test_every_command_in_turn_ends_in_one_sealed_file(place: Workplace) -> None:
    worker = Worker(place.tools())
    asked = await worker.work(ASK)
    assert isinstance(asked, QuestionSealed)
    answer = place.headquarters.answer(asked.sealed)
    read = await worker.work(ReadAnswer(sealed=b64encode(answer)))
    assert isinstance(read, ApplicationRead)
    assert read.applicant == APPLICANT
    assert await worker.work(OpenDevices()) == DevicesReady()
    face = await worker.work(FACE)
    assert isinstance(face, PortraitReport)
    taken = [await worker.work(_step(finger)) for finger in (RIGHT, LEFT)]
    assert all(isinstance(report, PrintReport) for report in taken)
    packed = await worker.work(place.order(RIGHT, LEFT))
    assert isinstance(packed, PackedReport)
    assert list(place.folder.iterdir()) == []
    sealed = await worker.work(_seal(place))
    await worker.close()
    assert isinstance(sealed, SealedReport)
    assert face.taken_ns < sealed.synced_ns
    digest, content = place.delivered()
    assert (digest, len(content)) == (sealed.digest, packed.plain_bytes)
    package = unpack(content)
    assert package.prints.keys() == {RIGHT, LEFT}
    assert (package.manifest.application_number, package.manifest.parcel) == (APPLICATION, PARCEL)
    assert package.manifest.face is not None
    # what the client was told stays in the chair
    written = tuple(gate.model_copy(update={"client_sentence": ""}) for gate in face.gates)
    assert package.manifest.face.gates == written


async def test_the_live_picture_is_told_until_the_portrait_is_taken(place: Workplace) -> None:
    said: list[LiveReport] = []
    place.profile = PROFILE.model_copy(update={"face": FaceRule(frames_per_attempt=1, time_limit_ms=60_000)})
    worker = Worker(place.tools(), say=said.append)
    await worker.work(OpenDevices())
    async with asyncio.TaskGroup() as tasks:
        taking = tasks.create_task(worker.work(FACE))
        while not (said and said[-1].failed == ("mouth_closed",)):
            await turn()
        # nobody can tell the simulated person to close her mouth
        assert not taking.done()
        worker.shutter.set()
    assert isinstance(taking.result(), PortraitReport)
    assert (said[-1].sentence, said[-1].client_sentence) == (MOUTH_CLOSED.sentence, MOUTH_CLOSED.client_sentence)
    assert all(before != after for before, after in pairwise(said))
    await worker.close()


async def test_a_waived_gate_does_not_hold_up_the_portrait_and_is_no_pass(place: Workplace) -> None:
    """Nobody can tell the simulated person to close her mouth, and here nobody has to."""
    place.profile = PROFILE.model_copy(update={"face": FaceRule(frames_per_attempt=1, time_limit_ms=60_000)})
    worker = Worker(place.tools())
    await worker.work(OpenDevices())
    report = await worker.work(TakeStep(step="face", fresh=False, relaxation="disability"))
    assert isinstance(report, PortraitReport)
    (mouth,) = [gate for gate in report.gates if gate.id == "mouth_closed"]
    assert (mouth.verdict, mouth.limit) == (Verdict.NOT_ASSESSED, "waived")
    await worker.close()


async def test_a_relaxation_that_is_chosen_after_the_portrait_was_taken_is_packed(place: Workplace) -> None:
    worker = await _packed(place)
    order = place.order(RIGHT).model_copy(update={"face_relaxation": "disability", "face_reason": None})
    assert isinstance(await worker.work(order), PackedReport)
    assert isinstance(await worker.work(_seal(place)), SealedReport)
    await worker.close()
    package = unpack(place.delivered()[1])
    assert package.manifest.face is not None
    assert package.manifest.face.relaxation == "disability"
    gates = {gate.id: gate for gate in package.manifest.face.gates}
    assert (gates["mouth_closed"].verdict, gates["mouth_closed"].limit) == (Verdict.NOT_ASSESSED, "waived")
    assert package.transaction.face is not None
    assert not package.transaction.face.full_frontal


async def test_the_best_print_is_kept_whenever_it_came(place: Workplace) -> None:
    part: dict[str, object] = {"missing_ratio": 0.3}
    worse = {"presses": {"right-index": [{}, part]}, "wander_ratio": 0}
    better = {"presses": {"right-index": [part, {}]}, "wander_ratio": 0}
    for presses, best in ((worse, 0), (better, 1)):
        sensor = place.device(DeviceKind.FINGERPRINT, "sim", {**SENSOR, **presses})
        worker = Worker(place.tools(sensor=sensor))
        await worker.work(OpenDevices())
        reports = [await worker.work(_step(RIGHT)) for _ in range(2)]
        scores = [report.quality.score for report in reports if isinstance(report, PrintReport)]
        assert scores[best] == max(score for score in scores if score is not None)
        kept = worker._prints[RIGHT][0]
        assert kept.score == scores[best]
        assert kept.pixels.any()
        await worker.close()


async def test_the_official_score_is_the_prints_where_there_is_one(place: Workplace, tmp_path: Path) -> None:
    official = OfficialScorer.open(command(tmp_path))
    worker = await _packed(place, worker=Worker(replace(place.tools(), scorer=official)))
    assert isinstance(await worker.work(_seal(place)), SealedReport)
    await worker.close()
    package = unpack(place.delivered()[1])
    (entry,) = package.manifest.fingers
    assert (entry.quality.algorithm, entry.quality.version) == ("NFIQ 2", "2.3.0")
    assert package.finger_records[RIGHT].quality == entry.quality.score


async def test_the_same_finger_twice_is_said_and_not_kept(place: Workplace) -> None:
    mistaken = {"mistakes": {"left-index": ["right-index", "right-index"]}}
    worker = Worker(place.tools(sensor=place.device(DeviceKind.FINGERPRINT, "sim", {**SENSOR, **mistaken})))
    await worker.work(OpenDevices())
    assert isinstance(await worker.work(_step(RIGHT)), PrintReport)
    said = NothingReport(step="left-index", hint=Hint.SAME_FINGER, same_as=RIGHT)
    assert [await worker.work(_step(LEFT)) for _ in range(2)] == [said, said]
    assert worker._prints.keys() == {RIGHT}
    assert isinstance(await worker.work(_step(LEFT)), PrintReport)
    assert worker._prints.keys() == {RIGHT, LEFT}
    await worker.close()


async def test_the_first_of_two_names_can_be_the_wrong_one(place: Workplace) -> None:
    mistaken = {"mistakes": {"right-index": ["left-index"]}}
    worker = Worker(place.tools(sensor=place.device(DeviceKind.FINGERPRINT, "sim", {**SENSOR, **mistaken})))
    await worker.work(OpenDevices())
    assert isinstance(await worker.work(_step(RIGHT)), PrintReport)
    assert isinstance(await worker.work(_step(LEFT)), NothingReport)
    for step in (_step(RIGHT, fresh=True), _step(LEFT)):
        assert isinstance(await worker.work(step), PrintReport)
    await worker.close()


async def test_a_fresh_step_forgets_what_was_taken_before(place: Workplace) -> None:
    frames = ShownDevice(DeviceKind.CAMERA, [])
    worker = await _packed(place)
    pixels = worker._prints[RIGHT][0].pixels
    assert isinstance(await worker.work(_step(RIGHT, fresh=True)), PrintReport)
    assert not pixels.any()
    assert worker._prints[RIGHT][0].pixels.any()
    worker._tools = replace(worker._tools, camera=frames, profile=SHORT)
    async with frames.opened():
        assert await worker.work(TakeStep(step="face", fresh=True)) == NothingReport(
            step="face", hint=Hint.NOT_SEEN_IN_TIME
        )
    assert worker._portrait is None
    await worker.close()


async def test_closing_gives_the_devices_back_and_overwrites_everything(place: Workplace) -> None:
    worker = await _packed(place)
    pixels = worker._prints[RIGHT][0].pixels
    assert worker._package is not None
    plain = worker._package[1]
    await worker.close()
    assert not pixels.any()
    assert not any(plain.view())
    assert (worker._prints, worker._portrait, worker._application) == ({}, None, "")
    again = Worker(place.tools())
    assert await again.work(OpenDevices()) == DevicesReady()
    await again.close()


async def test_closing_twice_is_well_and_closing_what_was_never_opened_too(place: Workplace) -> None:
    worker = Worker(place.tools())
    for _ in range(2):
        await worker.close()


class Stubborn(ShownDevice):
    """Cannot be closed."""

    async def _close(self) -> None:
        raise GoneFault("It was unplugged.")


async def test_a_device_that_cannot_be_closed_keeps_nothing_from_being_forgotten(place: Workplace) -> None:
    worker = Worker(place.tools(camera=Stubborn(DeviceKind.CAMERA, [])))
    await worker.work(OpenDevices())
    await worker.work(_step(RIGHT))
    pixels = worker._prints[RIGHT][0].pixels
    await worker.close()
    assert not pixels.any()
    again = Worker(place.tools())
    assert await again.work(OpenDevices()) == DevicesReady()
    await again.close()


async def test_a_step_that_is_cancelled_leaves_the_devices_closable(place: Workplace) -> None:
    waiting = ShownDevice(DeviceKind.FINGERPRINT, [])
    worker = Worker(place.tools(sensor=waiting))
    await worker.work(OpenDevices())
    async with asyncio.TaskGroup() as tasks:
        step = tasks.create_task(worker.work(_step(RIGHT)))
        await waiting.nobody.wait()
        step.cancel()
    await worker.close()
    assert waiting.steps == ["open", "arm right-index", "grab", "disarm", "close"]


async def test_sealing_is_never_cut_in_the_middle_by_a_close(place: Workplace) -> None:
    worker = await _packed(place)
    async with asyncio.TaskGroup() as tasks:
        sealing = tasks.create_task(worker.work(_seal(place)))
        await turn()
        # the channel does just this when `close` comes while a command is at work
        sealing.cancel()
        await worker.close()
    assert isinstance(sealing.result(), SealedReport)
    assert unpack(place.delivered()[1]).prints.keys() == {RIGHT}


async def test_a_package_is_sealed_once_and_overwritten(place: Workplace) -> None:
    worker = await _packed(place)
    assert worker._package is not None
    plain = worker._package[1]
    assert isinstance(await worker.work(_seal(place)), SealedReport)
    assert not any(plain.view())
    # sealed again it would be zeros, in the place of the parcel
    with pytest.raises(AssertionError):
        await worker.work(_seal(place))
    assert unpack(place.delivered()[1]).prints.keys() == {RIGHT}
    await worker.close()


async def test_a_disk_that_does_not_take_the_parcel_is_a_report(place: Workplace) -> None:
    worker = await _packed(place)
    assert worker._package is not None
    plain = worker._package[1]
    place.folder.rmdir()
    failed = await worker.work(_seal(place))
    assert isinstance(failed, FailedReport)
    assert str(place.folder) not in failed.sentence
    assert not any(plain.view())
    await worker.close()


@pytest.mark.parametrize("kind", [DeviceKind.CAMERA, DeviceKind.FINGERPRINT])
async def test_a_device_that_is_not_there_is_a_report(place: Workplace, kind: DeviceKind) -> None:
    absent = place.device(kind, "absent", {})
    camera, sensor = (absent, None) if kind is DeviceKind.CAMERA else (None, absent)
    worker = Worker(place.tools(camera=camera, sensor=sensor))
    failed = await worker.work(OpenDevices())
    assert isinstance(failed, FailedReport)
    assert failed.code == "device-gone"
    await worker.close()


async def test_a_device_that_fails_in_a_step_is_a_report_and_the_worker_lives(place: Workplace) -> None:
    camera = ShownDevice(DeviceKind.CAMERA, [], previews=[GoneFault("It was unplugged.")])
    worker = Worker(place.tools(camera=camera))
    await worker.work(OpenDevices())
    assert await worker.work(FACE) == FailedReport(code="device-gone", sentence="It was unplugged.")
    assert isinstance(await worker.work(_step(RIGHT)), PrintReport)
    await worker.close()


async def test_a_picture_without_a_face_is_a_hint(short: Workplace, tmp_path: Path) -> None:
    wall = write(tmp_path / "wall.png", np.full((1600, 1200, 3), 180, np.uint8))
    camera = short.device(DeviceKind.CAMERA, "replay", {"file": str(wall)})
    worker = Worker(short.tools(camera=camera))
    await worker.work(OpenDevices())
    assert await worker.work(FACE) == NothingReport(step="face", hint=Hint.NO_FACE)
    await worker.close()


async def test_who_is_too_far_away_is_told_how_near_to_come(short: Workplace) -> None:
    said: list[LiveReport] = []
    camera = short.device(DeviceKind.CAMERA, "sim", {**CAMERA, "enlargement": 1.5})
    worker = Worker(short.tools(camera=camera), say=said.append)
    await worker.work(OpenDevices())
    report = await worker.work(FACE)
    assert isinstance(report, NothingReport)
    assert report.hint is Hint.TOO_FEW_PIXELS
    # 69 pixels between the eyes, of which a portrait needs some 110: 63 mm are so many at about 145 cm
    assert report.approach is not None
    assert report.approach.distance_ratio == pytest.approx(0.6, abs=0.051)
    assert report.approach.distance_cm == pytest.approx(140, abs=5)
    assert report.approach in [live.approach for live in said]
    await worker.close()


async def test_an_answer_to_nothing_is_a_report(place: Workplace) -> None:
    failed = await Worker(place.tools()).work(ReadAnswer(sealed=b64encode(b"garbage")))
    assert isinstance(failed, FailedReport)
    assert failed.code == "seal-broken"


async def test_records_that_cannot_be_written_are_a_report(place: Workplace) -> None:
    worker = await _packed(place)
    refused = await worker.work(place.order())
    assert isinstance(refused, FailedReport)
    assert refused.code == "package-member-missing"
    await worker.close()


@pytest.fixture(autouse=True)
def _no_device_is_left_held() -> Iterator[None]:
    yield
    assert ShownDevice._leases == set()
