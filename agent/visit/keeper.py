"""Keeps the station's records of visits as long as they are to be kept; the courier says which of them are held."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from functools import partial

from sqlalchemy.orm import Session

from agent.config.retention import VisitPeriods
from agent.retention.keeper import Grounds, Keeper, Outcome
from agent.visit.attestation import Attestation
from agent.visit.courier_client import CourierClient
from agent.visit.keeping import kinds_of
from drivers.contract import in_thread


@dataclass(frozen=True, slots=True)
class HeldNow:
    """What the courier's register said when a run began."""

    parcels: frozenset[str]
    """Visits' parcels; `*` for all."""

    def held(self, session: Session, kind: str) -> Collection[str]:  # noqa: ARG002 (the protocol's)
        """The same for every class: a hold is of a visit."""
        return self.parcels


class VisitKeeper:
    """Runs in threads beside the visits; between two of its transactions theirs have their turn."""

    def __init__(
        self, keeper: Keeper, *, courier: CourierClient, attestation: Attestation, periods: VisitPeriods
    ) -> None:
        """:param keeper: of the station's database. :param attestation: has heard headquarters' time."""
        self._keeper = keeper
        self._courier = courier
        self._attestation = attestation
        self._periods = periods
        self._one = asyncio.Lock()

    async def run(self, dry: bool) -> Outcome:
        """One run; a technician's waits for the daily one's.

        :raises: PeerSilent, Refused when the courier does not say what is held: then nothing goes; RetentionUnverified,
            ChainBroken.
        """
        async with self._one:
            held, open_parcels = await self._courier.bound()
            grounds = Grounds(
                kinds=kinds_of(self._periods, open_parcels),
                holds=HeldNow(held),
                central=await self._attestation.central_time(),
                trouble=self._attestation.trouble is not None,
            )
            return await in_thread(partial(self._keeper.run, grounds, dry=dry))
