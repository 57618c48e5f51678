"""A fleet of three: one that is there, one that is gone with parcels, one that was never heard."""

from collections.abc import Sequence
from datetime import timedelta

from agent.wire import StationPresence, Trigger, sign_document
from agent.wire.configuration import TwinConfiguration
from agent.wire.twin import TwinQueue
from central.bridge.incident import open_incident
from central.bridge.roll import Roll
from central.bridge.suspicion import Finding
from central.database import Sessions
from central.paths import Paths
from tests.agent.fleet.pictures import BOOT, twin
from tests.central.bridge.counter import Counter
from tests.central.headquarters import Station, enrolled
from tests.central.parcels import AT, arrived

NAMES = ("riga-1", "siauliai-1", "vilnius-1")


def gathered(paths: Paths, counter: Counter) -> Sequence[Station]:
    riga, siauliai, vilnius = (enrolled(paths, name) for name in NAMES)
    roll = Roll(Sessions(counter.engine), counter.registry, clock=counter.clock)
    queue = TwinQueue(waiting=3, quarantined=0, dwelling=2, oldest=AT - timedelta(days=4))
    reverted = TwinConfiguration(
        applied=4,
        digest="ab" * 32,
        newest=5,
        state="reverted",
        reason="link-lost",
        sentence="The link did not come back.",
    )
    behind = twin(station="riga-1", queue=queue, word=None, configuration=reverted)
    roll.take(
        [
            arrived(vilnius.topics.state, StationPresence(online=True, boot=BOOT, connection=1).canonical()),
            arrived(vilnius.topics.twin, sign_document(twin(warnings=()), vilnius.link)),
            arrived(riga.topics.state, StationPresence(online=False, boot=BOOT, connection=1).canonical()),
            arrived(
                riga.topics.twin,
                sign_document(behind, riga.link),
            ),
        ]
    )
    finding = Finding(trigger=Trigger.UNIT_LOST, tenant="lt", station="siauliai-1", what="lost", records=None, since=AT)
    with counter.session() as session, session.begin():
        open_incident(session, finding, known_at=AT, at=AT)
    return (riga, siauliai, vilnius)
