"""When retention is looked at: some minutes after the start, then four times a day, in the process whose records it is.

A station that is switched on for office hours only is looked at every day, too.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from sqlalchemy.exc import DBAPIError

from agent.errors import AgentError
from agent.logs import Outage, describe
from agent.retention.keeper import Outcome
from vault.errors import VaultError

_log = logging.getLogger(__name__)

FIRST_AFTER_S = 300.0
"""Who has just started has visits and parcels to see to, and has heard nothing of headquarters yet."""

EVERY_S = 21_600.0
"""From one look to the next."""

AGAIN_S = 300.0
"""When it could not be done, or the log could not be cut for a reader."""

Run = Callable[[bool], Awaitable[Outcome]]
"""One run; True only looks."""


async def keep(run: Run, *, first_after_s: float = FIRST_AFTER_S) -> None:
    """Look for ever; what cannot be done is said once, and tried again."""
    outage, pause_s = Outage(_log, name="retention"), first_after_s
    while True:
        await asyncio.sleep(pause_s)
        try:
            # in short runs: whoever else needs the database has a turn between them
            while (outcome := await run(False)).more:
                continue
        except (AgentError, VaultError) as error:
            outage.begin(error.sentence)
            pause_s = AGAIN_S
        except DBAPIError as error:
            # a full disk, most of the time: what is kept for longer than it should be is no reason to end a visit
            outage.begin(describe(error))
            pause_s = AGAIN_S
        else:
            pause_s = EVERY_S if outcome.log_cut else AGAIN_S
            if outcome.stopped is None:
                outage.end()
            else:
                outage.begin(f"nothing is deleted: {outcome.stopped}")
