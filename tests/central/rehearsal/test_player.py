"""A player lets go of a parcel on the receipt that a real station would, and on no other."""

import random

import pytest

from agent.clock import SystemClock
from agent.link import Address, Heard
from agent.wire import CentralTopics, Need, Receipt, Stage, sign_document
from central.paths import Paths
from central.pki.set_up import receipt_key
from central.rehearsal.chain import new_id
from central.rehearsal.identity import enrolled
from central.rehearsal.plan import Faults
from central.rehearsal.player import Player, World
from central.rehearsal.tally import Tally
from vault.chain import GENESIS
from vault.envelope import Sealed, SigningKey, digest_of

NAME = "rehearsal-00001"
NO_FAULTS = Faults()


class Rehearsed:
    """A player that was never connected, with one parcel."""

    def __init__(self, paths: Paths, *, faults: Faults = NO_FAULTS) -> None:
        self.clock = SystemClock()
        identity = enrolled(paths, "lt", name=NAME, now=self.clock.now())
        self.tally = Tally()
        self.world = World(clock=self.clock, chance=random.Random(1), faults=faults, tally=self.tally, retry_max_s=60.0)
        address = Address(host="localhost", port=1, identity=f"lt/{NAME}", keepalive_s=60, tls=identity.tls())
        self.player = Player(identity, address, world=self.world)
        self.key = receipt_key(paths, at=self.clock.now())
        self.parcel, self.sealed = new_id(self.clock.now()), Sealed(b"sealed bytes" * 10_000)
        self.player.take(self.parcel, self.sealed, sealed_s=self.clock.monotonic_ns() / 1e9)

    def hear(self, *, stage: Stage, key: SigningKey | None = None, **changes: object) -> None:
        signer = key or self.key
        fields = {
            "tenant": "lt",
            "station": NAME,
            "parcel": self.parcel,
            "kind": "enrolment",
            "digest": self.sealed.digest,
            "size": len(self.sealed),
            "stage": stage,
            "cause": None,
            "reference": None,
            "index": 1,
            "previous": GENESIS,
            "time": self.clock.now(),
            "key": signer.kid,
        }
        signed = sign_document(Receipt.model_validate({**fields, **changes}), signer)
        self.player._hear(Heard("message", CentralTopics("lt", NAME).receipt(self.parcel), signed))

    @property
    def settled(self) -> dict[str, Stage]:
        return self.tally.news(online=0, open_=0, ready=True).settled


@pytest.fixture
def rehearsed(headquarters: Paths) -> Rehearsed:
    return Rehearsed(headquarters)


@pytest.mark.parametrize("stage", [Stage.ACCEPTED, Stage.REJECTED])
def test_a_decision_ends_the_parcel_and_is_told(rehearsed: Rehearsed, stage: Stage) -> None:
    rehearsed.hear(stage=Stage.STORED)
    assert rehearsed.player.open == 1
    rehearsed.hear(stage=stage)
    assert rehearsed.settled == {rehearsed.parcel: stage}
    # its tombstone and its ledger's head are to be receipted
    assert rehearsed.player.open == 2
    rehearsed.hear(stage=stage)
    assert rehearsed.settled == {}


@pytest.mark.parametrize(
    "changes",
    [
        {"stage": Stage.ACCEPTED, "key": SigningKey.generate()},
        {"stage": Stage.ACCEPTED, "station": "rehearsal-00002"},
        {"stage": Stage.ACCEPTED, "tenant": "lt2"},
        {"stage": Stage.ACCEPTED, "digest": digest_of(b"other bytes")},
        {"stage": Stage.CONFLICT},
        {"stage": Stage.STORED},
    ],
)
def test_nothing_else_ends_it(rehearsed: Rehearsed, changes: dict[str, object]) -> None:
    rehearsed.hear(**changes)  # type: ignore[arg-type]  # what a case changes is of the field's type
    assert rehearsed.settled == {}
    assert rehearsed.player.open == 1


def test_every_chunk_that_is_asked_for_waits_once(rehearsed: Rehearsed) -> None:
    need = Need(digest=rehearsed.sealed.digest, missing=(0, 1, 7))
    topic = CentralTopics("lt", NAME).need(rehearsed.parcel)
    for _ in range(2):
        rehearsed.player._hear(Heard("message", topic, need.canonical()))
    waiting = [message.topic.rsplit("/", 1)[1] for message, _ in rehearsed.player._outbox]
    assert waiting == ["0", "1"]


def test_faults_befall_until_it_is_enough(headquarters: Paths) -> None:
    rehearsed = Rehearsed(headquarters, faults=Faults(lost=1.0, duplicate=1.0))
    need = Need(digest=rehearsed.sealed.digest, missing=(0,))
    topic = CentralTopics("lt", NAME).need(rehearsed.parcel)
    rehearsed.player._hear(Heard("message", topic, need.canonical()))
    assert len(rehearsed.player._outbox) == 2
    rehearsed.hear(stage=Stage.ACCEPTED)
    assert rehearsed.settled == {}
    rehearsed.world.faults = NO_FAULTS
    rehearsed.hear(stage=Stage.ACCEPTED)
    assert rehearsed.settled == {rehearsed.parcel: Stage.ACCEPTED}


def test_a_link_that_went_down_forgets_what_waited(rehearsed: Rehearsed) -> None:
    need = Need(digest=rehearsed.sealed.digest, missing=(0,))
    rehearsed.player._hear(Heard("message", CentralTopics("lt", NAME).need(rehearsed.parcel), need.canonical()))
    rehearsed.player._hear(Heard("down"))
    assert not rehearsed.player._outbox
    assert rehearsed.player.open == 1
