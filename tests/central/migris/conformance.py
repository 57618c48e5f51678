"""The suite that every connector passes: subclass it, and hand in a connector and what is known at its far side."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from agent.wire import Applicant
from central.errors import ConnectorSilent
from central.migris.connector import Accepted, ApplicationView, Connector, Declined, Submission, Submitted
from tests.capture.records.specimens import wsq_by_hand
from tests.central.parcels import Visit, new_id


@dataclass(frozen=True)
class FarSide:
    """Applications that the far side has, and one that it does not."""

    open_application: str
    applicant: Applicant
    closed_application: str
    unknown_application: str


def submission(visit: Visit) -> Submission:
    return Submission(key=f"{visit.tenant}/{visit.parcel}", application=visit.application, package=visit.package())


class ConnectorConformance:
    """What `Connector` promises. Needs the fixtures `connector`, `unreachable` and `far`."""

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

    async def test_what_was_never_submitted_has_no_outcome(self, connector: Connector) -> None:
        assert await connector.outcome(f"lt/{new_id()}") is None

    async def test_a_good_package_is_accepted_and_remembered(self, connector: Connector, far: FarSide) -> None:
        given = submission(Visit(parcel=new_id(), application=far.open_application))
        accepted = await connector.submit(given)
        assert isinstance(accepted, Accepted)
        assert accepted.reference
        assert await connector.outcome(given.key) == accepted

    async def test_the_same_key_twice_has_the_effect_of_once(self, connector: Connector, far: FarSide) -> None:
        given = submission(Visit(parcel=new_id(), application=far.open_application))
        first = await connector.submit(given)
        assert await connector.submit(given) == first
        at_once = await asyncio.gather(*(connector.submit(given) for _ in range(3)))
        assert at_once == [first] * 3

    async def test_the_same_key_at_once_has_the_effect_of_once(self, connector: Connector, far: FarSide) -> None:
        given = submission(Visit(parcel=new_id(), application=far.open_application))
        outcomes = await asyncio.gather(*(connector.submit(given) for _ in range(4)))
        assert len(set(outcomes)) == 1
        assert isinstance(outcomes[0], Accepted)

    async def test_two_keys_have_two_references(self, connector: Connector, far: FarSide) -> None:
        visits = [Visit(parcel=new_id(), application=far.open_application) for _ in range(2)]
        outcomes = await asyncio.gather(*(connector.submit(submission(visit)) for visit in visits))
        assert len({outcome.reference for outcome in outcomes if isinstance(outcome, Accepted)}) == 2

    async def test_a_print_that_is_none_is_declined_by_name(self, connector: Connector, far: FarSide) -> None:
        visit = Visit(parcel=new_id(), application=far.open_application, left=wsq_by_hand(data=b"no ridges"))
        given = submission(visit)
        declined = await connector.submit(given)
        assert isinstance(declined, Declined)
        assert declined.cause.part == "left-index"
        assert await connector.outcome(given.key) == declined
        assert await connector.submit(given) == declined

    @pytest.mark.parametrize("which", ["closed_application", "unknown_application"])
    async def test_an_application_that_takes_nothing_declines(
        self, connector: Connector, far: FarSide, which: str
    ) -> None:
        declined = await connector.submit(submission(Visit(parcel=new_id(), application=getattr(far, which))))
        assert isinstance(declined, Declined)
        assert declined.cause.part is None

    async def test_damaged_bytes_are_declined(self, connector: Connector, far: FarSide) -> None:
        key = f"lt/{new_id()}"
        declined = await connector.submit(Submission(key=key, application=far.open_application, package=b"PK nothing"))
        assert isinstance(declined, Declined)

    async def test_a_persons_applications_are_found_by_all_that_names_them(
        self, connector: Connector, far: FarSide
    ) -> None:
        assert await connector.search(far.applicant) == (far.open_application,)
        for field in type(far.applicant).model_fields:
            assert await connector.search(far.applicant.model_copy(update={field: "X"})) == ()

    async def test_what_was_submitted_for_an_application_is_listed(self, connector: Connector, far: FarSide) -> None:
        before = await connector.submissions(far.open_application)
        given = submission(Visit(parcel=new_id(), application=far.open_application))
        accepted = await connector.submit(given)
        assert isinstance(accepted, Accepted)
        listed = await connector.submissions(far.open_application)
        assert set(listed) - set(before) == {Submitted(given.key, accepted.reference)}
        assert await connector.submissions(far.unknown_application + "0") == ()

    async def test_what_was_declined_is_listed_without_a_reference(self, connector: Connector, far: FarSide) -> None:
        given = submission(Visit(parcel=new_id(), application=far.closed_application))
        await connector.submit(given)
        assert Submitted(given.key, None) in await connector.submissions(far.closed_application)

    async def test_out_of_reach_every_call_is_silent(self, unreachable: Connector, far: FarSide) -> None:
        given = submission(Visit(parcel=new_id(), application=far.open_application))
        calls: list[Callable[[], Awaitable[object]]] = [
            lambda: unreachable.find(far.open_application),
            lambda: unreachable.outcome(given.key),
            lambda: unreachable.submit(given),
            lambda: unreachable.search(far.applicant),
            lambda: unreachable.submissions(far.open_application),
        ]
        for call in calls:
            with pytest.raises(ConnectorSilent):
                await call()
