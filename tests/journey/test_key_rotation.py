"""Headquarters' keys change while clients are served: parcels sealed for the old key and for the new one arrive once,
and the old ones are destroyed when nothing needs them. The real processes and the real command.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from agent.clock import SystemClock
from agent.config.trust import Trust
from provisioning.demo.stage import Stage
from tests.journey.consignment import PATIENCE_S, Client, new_id, pause
from tests.journey.processes import System
from tests.journey.verdict import check_central, check_ledger, check_wiped
from vault.envelope import Sealed, recipient_of
from vault.labels import ParcelId


def key(stage: Stage, *arguments: str) -> tuple[int, str]:
    """`smilius-central key ...`: its exit code and what it said."""
    command = [sys.executable, "-m", "central", "key", *arguments, "--root", str(stage.central)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, (done.stdout + done.stderr).strip()


def keys(stage: Stage) -> list[dict[str, Any]]:
    code, said = key(stage, "list")
    assert code == 0, said
    return [json.loads(line) for line in said.splitlines()]


def of(stage: Stage, use: str) -> list[str]:
    """The ids of this use's keys whose private half is there, oldest first."""
    return [line["key"] for line in keys(stage) if line["use"] == use and line["private_half"]]


def until(true: Callable[[], bool], *, what: str) -> None:
    deadline = time.monotonic() + 3 * PATIENCE_S
    while not true():
        assert time.monotonic() < deadline, what
        pause()


def arrives(system: System, courier: Client, parcel: ParcelId, *, sealed: Sealed) -> dict[str, Any]:
    history = courier.wait(parcel, {"wiped", "quarantined"})
    check_wiped(system.stage, parcel, sealed=sealed, history=history)
    return history


def test_keys_change_and_nothing_is_lost(system: System, courier: Client) -> None:
    stage = system.stage
    for process in (system.broker, system.migris, system.bridge, system.courier):
        process.start()
    trust = Trust(stage.station, clock=SystemClock())
    ((old,), (old_receipt,)) = of(stage, "recipient"), of(stage, "receipt")

    # a parcel under the old keys, and one that is on its way when they change: headquarters is not there
    first = new_id()
    sealed = courier.consign(first).sealed
    assert recipient_of(sealed.content) == old
    assert arrives(system, courier, first, sealed=sealed)["receipts"]["accepted"]["key"] == old_receipt
    system.bridge.stop()
    waiting = new_id()
    sealed_before = courier.consign(waiting).sealed
    for use in ("recipient", "receipt"):
        code, said = key(stage, "rotate", "--use", use, "--lead-hours", "0")
        assert code == 0, said
    (_, new), (_, new_receipt) = of(stage, "recipient"), of(stage, "receipt")
    # nobody has heard of it yet: it stays
    retired = ("retire", "--key", old, "--reason", "the yearly change")
    code, said = key(stage, *retired)
    assert (code, "lt/demo" in said) == (2, True)

    # the station hears of both, one after the other, in the middle of its uploads
    system.bridge.start()
    history = arrives(system, courier, waiting, sealed=sealed_before)
    assert history["receipts"]["accepted"]["key"] == new_receipt
    until(lambda: trust.recipient().kid == new, what="the station does not take the new key")
    second = new_id()
    sealed = courier.consign(second).sealed
    assert recipient_of(sealed.content) == new
    arrives(system, courier, second, sealed=sealed)

    # killed in between, every process goes on with what it had taken
    for process in (system.courier, system.bridge):
        process.kill()
        process.start()
    third = new_id()
    sealed = courier.consign(third).sealed
    assert recipient_of(sealed.content) == new
    arrives(system, courier, third, sealed=sealed)

    # the station says that it needs the old key no more, and it is destroyed under a bridge that runs
    until(lambda: key(stage, *retired)[0] == 0, what="the old sealing key is needed for ever")
    code, said = key(stage, "retire", "--key", old_receipt, "--reason", "the yearly change")
    assert code == 0, said
    assert (of(stage, "recipient"), of(stage, "receipt")) == ([new], [new_receipt])
    assert not list(stage.central.glob("pki/recipient.key")) + list(stage.central.glob("pki/receipt.key"))
    last = new_id()
    sealed = courier.consign(last).sealed
    assert arrives(system, courier, last, sealed=sealed)["receipts"]["stored"]["key"] == new_receipt
    # the old key's receipt is shown and believed as before
    shown = courier.ask("GET", f"/v1/parcels/{first}")["receipts"]["accepted"]
    assert shown["key"] == old_receipt
    assert courier.ask("GET", "/v1/health")["key_warnings"] == []
    check_ledger(stage)
    check_central(stage, accepted=True)
