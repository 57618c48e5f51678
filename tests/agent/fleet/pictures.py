"""Words and twins as stations make them."""

from datetime import timedelta

from agent.courier.courier import Courier
from agent.courier.dwell import DwellWatch
from agent.fleet.twin import Gallery, Painter, Sitter
from agent.wire import StationWord, Twin
from agent.wire.configuration import TwinConfiguration
from agent.wire.twin import TwinDevice, TwinKeys, TwinQueue
from tests.agent.courier.premises import BEGIN, CENTRAL_KEY, LINK_KEY, RECIPIENT, STATION, TENANT, Premises

BOOT = "01jd0000000000000000000000"
TOPIC = f"smilius/1/{TENANT}/{STATION}/up/twin"
WORD = StationWord(
    version="0.1.0",
    key="ab" * 8,
    home="software",
    configuration=None,
    devices=(TwinDevice(role="camera", driver="v4l2", presence="present", fingerprint="cd" * 8),),
    warnings=("device-gone",),
)
KEYS = TwinKeys(
    link=LINK_KEY.kid, home="software", recipient=RECIPIENT.public.kid, receipts=(CENTRAL_KEY.kid,), keyring=None
)


NO_CONFIGURATION = TwinConfiguration(applied=None, digest=None, newest=None, state=None, reason=None, sentence=None)


def twin(**other: object) -> Twin:
    fields: dict[str, object] = {
        "tenant": TENANT,
        "station": STATION,
        "boot": BOOT,
        "number": 1,
        "time": BEGIN,
        "version": "0.1.0",
        "configuration": NO_CONFIGURATION,
        "operators": None,
        "keys": KEYS,
        "free_bytes": 1 << 30,
        "queue": TwinQueue(waiting=2, quarantined=1, dwelling=0, oldest=BEGIN),
        "warnings": ("disk-full",),
        "word": WORD,
        **other,
    }
    return Twin.model_validate(fields)


def painter(premises: Premises, warnings: list[str]) -> Painter:
    sitter = Sitter(
        tenant=TENANT,
        station=STATION,
        version="0.1.0",
        key=LINK_KEY,
        configuration=lambda: NO_CONFIGURATION,
        operators=lambda: None,
        keys=lambda: KEYS,
        warnings=lambda: tuple(warnings),
        dwell=DwellWatch(premises.engine, key=LINK_KEY, clock=premises.clock, limit=timedelta(hours=1)),
    )
    return Painter(sitter, store=premises.store, shelf=premises.shelf, boot=BOOT, clock=premises.clock)


def gallery(courier: Courier, painted: Painter) -> Gallery:
    return Gallery(courier, painted, topic=TOPIC)
