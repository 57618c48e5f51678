"""Lists of operators as headquarters signs them."""

from agent.wire import Roster
from agent.wire.roster import RosterEntry
from tests.agent.courier.premises import BEGIN, CENTRAL_KEY, STATION, TENANT


def roster(number: int, *operators: str, gone: tuple[str, ...] = (), station: str = STATION) -> Roster:
    return Roster(
        tenant=TENANT,
        station=station,
        number=number,
        operators=(
            *(RosterEntry(operator=one, revoked=False) for one in operators),
            *(RosterEntry(operator=one, revoked=True) for one in gone),
        ),
        issued=BEGIN,
        key=CENTRAL_KEY.kid,
    )
