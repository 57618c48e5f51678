"""The suite that every connector passes: subclass it, and hand in a connector and what is known at its far side.

`ConnectorConformance` is what all of them promise; `Questions`, `Comparisons` and `Records` what those promise whose
far side can be asked; `LostAnswers` what those promise whose far side may do something
without our hearing of it, `Blind` what is promised where the far side has neither an idempotency key nor a query.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import cache

import pytest

from agent.wire import Applicant, Likeness
from capture.records import wsq
from central.errors import ConnectorSilent, ConnectorUnsure
from central.migris.connector import (
    Accepted,
    ApplicationView,
    Connector,
    Declined,
    Handover,
    Outcome,
    Pending,
    Submission,
    Submitted,
)
from drivers.contract import Finger
from drivers.world.press import Press
from tests.capture.records.specimens import wsq_by_hand
from tests.central.parcels import Visit, new_id, print_wsq
from tests.drivers.world.fingers import world_finger


@cache
def pressed(person: int, finger: Finger, *, seed: int = 7) -> bytes:
    """A print of a simulated person."""
    pixels = world_finger(person, finger).press(Press(seed=seed))
    height_px, width_px = pixels.shape
    return wsq.encode(pixels.tobytes(), width_px=width_px, height_px=height_px)


async def _decided(_: Submission) -> None:
    """It decides while it is asked."""


def _cannot_be_lost() -> None:
    pytest.fail("this far side was not said to lose answers")


@dataclass(frozen=True)
class FarSide:
    """Applications that the far side has, and one that it does not; and who sits there."""

    open_application: str
    applicant: Applicant
    closed_application: str
    unknown_application: str
    decide: Callable[[Submission], Awaitable[None]] = field(default=_decided)
    """Has a pending submission decided on, as the simulator would."""
    lose_an_answer: Callable[[], None] = field(default=_cannot_be_lost)
    """Of the next submission the far side takes everything and its answer never comes."""


def submission(visit: Visit) -> Submission:
    return Submission(key=f"{visit.tenant}/{visit.parcel}", application=visit.application, package=visit.package())


async def decided(connector: Connector, far: FarSide, given: Submission) -> Outcome | None:
    """What the submission comes to, by whichever road."""
    outcome: Outcome | None = await connector.submit(given)
    if isinstance(outcome, Pending):
        assert await connector.outcome(given.key) == Pending(), "what waits is asked about by its key"
        assert await connector.submit(given) == Pending(), "and not given twice"
        await far.decide(given)
        outcome = await connector.outcome(given.key)
    return outcome


class ConnectorConformance:
    """What every connector promises. Needs the fixtures `connector`, `unreachable` and `far`."""

    async def test_what_was_never_submitted_has_no_outcome(self, connector: Connector) -> None:
        assert await connector.outcome(f"lt/{new_id()}") is None

    async def test_a_good_package_is_accepted_and_remembered(self, connector: Connector, far: FarSide) -> None:
        given = submission(Visit(parcel=new_id(), application=far.open_application))
        accepted = await decided(connector, far, given)
        assert isinstance(accepted, Accepted)
        assert accepted.reference
        assert connector.remembers
        assert await connector.outcome(given.key) == accepted

    async def test_the_same_key_twice_has_the_effect_of_once(self, connector: Connector, far: FarSide) -> None:
        given = submission(Visit(parcel=new_id(), application=far.open_application))
        first = await decided(connector, far, given)
        assert await connector.submit(given) == first
        at_once = await asyncio.gather(*(connector.submit(given) for _ in range(3)))
        assert at_once == [first] * 3

    async def test_the_same_key_at_once_has_the_effect_of_once(self, connector: Connector, far: FarSide) -> None:
        given = submission(Visit(parcel=new_id(), application=far.open_application))
        outcomes = await asyncio.gather(*(connector.submit(given) for _ in range(4)))
        assert len(set(outcomes)) == 1
        assert isinstance(outcomes[0], Accepted | Pending)
        assert isinstance(await decided(connector, far, given), Accepted)

    async def test_two_keys_have_two_references(self, connector: Connector, far: FarSide) -> None:
        visits = [Visit(parcel=new_id(), application=far.open_application) for _ in range(2)]
        outcomes = [await decided(connector, far, submission(visit)) for visit in visits]
        assert len({outcome.reference for outcome in outcomes if isinstance(outcome, Accepted)}) == 2

    async def test_a_print_that_is_none_is_declined_by_name(self, connector: Connector, far: FarSide) -> None:
        visit = Visit(parcel=new_id(), application=far.open_application, left=wsq_by_hand(data=b"no ridges"))
        given = submission(visit)
        declined = await decided(connector, far, given)
        assert isinstance(declined, Declined)
        assert declined.cause.part == "left-index"
        assert await connector.outcome(given.key) == declined
        assert await connector.submit(given) == declined

    @pytest.mark.parametrize("which", ["closed_application", "unknown_application"])
    async def test_an_application_that_takes_nothing_declines(
        self, connector: Connector, far: FarSide, which: str
    ) -> None:
        given = submission(Visit(parcel=new_id(), application=getattr(far, which)))
        declined = await decided(connector, far, given)
        assert isinstance(declined, Declined)
        assert declined.cause.part is None

    async def test_damaged_bytes_are_declined(self, connector: Connector, far: FarSide) -> None:
        key = f"lt/{new_id()}"
        declined = await connector.submit(Submission(key=key, application=far.open_application, package=b"PK nothing"))
        assert isinstance(declined, Declined)

    async def test_what_is_decided_is_forgotten_here_as_often_as_one_likes(
        self, connector: Connector, far: FarSide
    ) -> None:
        given = submission(Visit(parcel=new_id(), application=far.open_application))
        assert isinstance(await decided(connector, far, given), Accepted)
        await connector.forget(given.key)
        await connector.forget(given.key)
        await connector.forget(f"lt/{new_id()}")

    async def test_out_of_reach_every_call_is_silent(self, unreachable: Connector, far: FarSide) -> None:
        given = submission(Visit(parcel=new_id(), application=far.open_application))
        calls: list[Callable[[], Awaitable[object]]] = [
            lambda: unreachable.find(far.open_application),
            lambda: unreachable.outcome(given.key),
            lambda: unreachable.submit(given),
            lambda: unreachable.compare(Handover(far.open_application, {"right-index": print_wsq()})),
            lambda: unreachable.search(far.applicant),
            lambda: unreachable.submissions(far.open_application),
        ]
        for call in calls:
            with pytest.raises(ConnectorSilent):
                await call()


class Questions:
    """Where the far side can be asked about applications."""

    async def test_a_known_application_is_found(self, connector: Connector, far: FarSide) -> None:
        view = await connector.find(far.open_application)
        assert view is not None
        assert view.open
        assert view.applicant == far.applicant

    async def test_a_closed_application_is_found_and_takes_nothing(self, connector: Connector, far: FarSide) -> None:
        view = await connector.find(far.closed_application)
        assert isinstance(view, ApplicationView)
        assert not view.open

    async def test_an_unknown_application_is_none(self, connector: Connector, far: FarSide) -> None:
        assert await connector.find(far.unknown_application) is None

    async def test_a_persons_applications_are_found_by_all_that_names_them(
        self, connector: Connector, far: FarSide
    ) -> None:
        assert await connector.search(far.applicant) == (far.open_application,)
        for name in type(far.applicant).model_fields:
            assert await connector.search(far.applicant.model_copy(update={name: "X"})) == ()


class Comparisons:
    """Where the far side compares prints."""

    async def test_prints_at_a_handover_are_compared_with_the_applications(
        self, connector: Connector, far: FarSide
    ) -> None:
        right, left = pressed(1, Finger.RIGHT_INDEX), pressed(1, Finger.LEFT_INDEX)
        given = submission(Visit(parcel=new_id(), application=far.open_application, right=right, left=left))
        assert isinstance(await decided(connector, far, given), Accepted)
        theirs = {
            "right-index": pressed(1, Finger.RIGHT_INDEX, seed=8),
            "left-index": pressed(1, Finger.LEFT_INDEX, seed=8),
        }
        assert await connector.compare(Handover(far.open_application, theirs)) is Likeness.SAME
        others = {"right-index": pressed(2, Finger.RIGHT_INDEX)}
        assert await connector.compare(Handover(far.open_application, others)) is Likeness.OTHER
        assert await connector.compare(Handover(far.open_application, theirs | others)) is Likeness.UNSURE
        no_such_finger = {"left-thumb": pressed(1, Finger.LEFT_THUMB)}
        assert await connector.compare(Handover(far.open_application, no_such_finger)) is Likeness.UNSURE
        no_print = {"right-index": wsq_by_hand(data=b"no ridges")}
        assert await connector.compare(Handover(far.open_application, no_print)) is Likeness.UNSURE
        assert await connector.compare(Handover(far.unknown_application, theirs)) is None


class Records:
    """Where the far side says what was submitted."""

    async def test_what_was_submitted_for_an_application_is_listed(self, connector: Connector, far: FarSide) -> None:
        before = await connector.submissions(far.open_application)
        given = submission(Visit(parcel=new_id(), application=far.open_application))
        accepted = await decided(connector, far, given)
        assert isinstance(accepted, Accepted)
        listed = await connector.submissions(far.open_application)
        assert set(listed) - set(before) == {Submitted(given.key, accepted.reference)}
        assert await connector.submissions(far.unknown_application + "0") == ()

    async def test_what_was_declined_is_listed_without_a_reference(self, connector: Connector, far: FarSide) -> None:
        given = submission(Visit(parcel=new_id(), application=far.closed_application))
        await decided(connector, far, given)
        assert Submitted(given.key, None) in await connector.submissions(far.closed_application)


class LostAnswers:
    """Where the far side may have taken something and its answer is lost: it is asked, and nothing is there twice."""

    async def test_a_lost_answer_is_asked_for(self, connector: Connector, far: FarSide) -> None:
        given = submission(Visit(parcel=new_id(), application=far.open_application))
        before = await connector.submissions(far.open_application)
        far.lose_an_answer()
        with pytest.raises(ConnectorSilent):
            await connector.submit(given)
        found = await connector.outcome(given.key)
        assert isinstance(found, Accepted)
        assert await connector.submit(given) == found
        assert len(await connector.submissions(far.open_application)) == len(before) + 1


class Blind:
    """Where the far side has neither key nor query: what may have been taken is not sent again by a machine."""

    async def test_it_does_not_say_that_it_remembers(self, connector: Connector) -> None:
        assert not connector.remembers
        with pytest.raises(ConnectorUnsure):
            await connector.outcome(f"lt/{new_id()}")

    async def test_a_lost_answer_is_for_a_person(self, connector: Connector, far: FarSide) -> None:
        far.lose_an_answer()
        with pytest.raises(ConnectorUnsure):
            await connector.submit(submission(Visit(parcel=new_id(), application=far.open_application)))

    async def test_what_never_left_is_silence(self, unreachable: Connector, far: FarSide) -> None:
        with pytest.raises(ConnectorSilent):
            await unreachable.submit(submission(Visit(parcel=new_id(), application=far.open_application)))
