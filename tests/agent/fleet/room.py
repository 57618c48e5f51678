"""A courier's office with the fleet's part of it: twin, configuration, and what they end in."""

from datetime import datetime, timedelta
from typing import Any

from agent.fleet.change import Change, Ends
from agent.fleet.configuration import ConfigurationDesk, Verdict
from agent.fleet.record import settle
from agent.wire import Configuration, sign_document
from tests.agent.courier.office import Office
from tests.agent.courier.premises import BEGIN, CENTRAL_KEY, STATION, TENANT, Premises
from tests.agent.fleet.pictures import gallery, painter
from vault.envelope import SigningKey
from vault.ledger import Detail

LAYER = "[courier]\nkeepalive_s = 77\n"


def configuration(number: int = 1, **other: object) -> Configuration:
    fields: dict[str, object] = {
        "tenant": TENANT,
        "station": STATION,
        "number": number,
        "layer": LAYER,
        "revert_after_s": 60,
        "issued": BEGIN,
        "expires": BEGIN + timedelta(days=30),
        "key": CENTRAL_KEY.kid,
        **other,
    }
    return Configuration.model_validate(fields)


def signed(given: Configuration, key: SigningKey = CENTRAL_KEY) -> bytes:
    return sign_document(given, key)


def well(number: int = 1) -> Verdict:
    return Verdict(number=number, refusal=None)


def place(premises: Premises) -> None:
    """As the claim writes it."""
    layer = f'[place]\ntenant = "{TENANT}"\nstation = "{STATION}"\n'
    (premises.paths.configuration / "10-claim.toml").write_text(layer)


class Life:
    """The configuration's desk in one life of the courier."""

    def __init__(self, premises: Premises) -> None:
        place(premises)
        self.premises = premises
        self.kinds: list[str] = []
        settle(premises.paths, at=premises.clock.now())
        self.desk = ConfigurationDesk(
            premises.paths, (TENANT, STATION), believed=premises.pinned, note=self._note, clock=premises.clock
        )

    def _note(self, kind: str, at: datetime, detail: Detail) -> None:
        assert at >= BEGIN
        assert detail["configuration"]
        self.kinds.append(kind)

    def told(self) -> tuple[Any, ...]:
        """In force; newest; what became of it; why not."""
        said = self.desk.told()
        return said.applied, said.newest, said.state, said.reason

    def step(self, *, link_up: bool = True, tried_s: float = 0.0) -> bool:
        return self.desk.step(link_up=link_up, tried_s=tried_s)

    def tried(self, number: int = 1, **other: object) -> "Life":
        """The life that begins with this configuration in force."""
        self.desk.hear(signed(configuration(number, **other)))
        self.desk.hear_verdict(well(number))
        assert self.step()
        return Life(self.premises)


class Room:
    """All of it together, over a link that the test speaks for."""

    def __init__(self, premises: Premises) -> None:
        self.life = Life(premises)
        self.desk = self.life.desk
        self.office = Office(premises)
        self.painter = painter(premises, [])
        self.gallery = gallery(self.office.courier, self.painter)
        ends = Ends(told=self.gallery.look, begin_anew=self.office.supervisor.begin_anew)
        self.change = Change(self.office.courier, self.desk, ends=ends, clock=premises.clock)
        self.office.courier.configure = self.desk.hear
