"""Parcels as a visit worker makes them, without a visit: real records, really sealed, delivered to a real courier."""

import time
import warnings
from base64 import b64decode
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

import httpx
import numpy as np
from ulid import ULID

from agent.config.paths import Paths
from agent.config.trust import believed_receipt_keys, sealing_key
from agent.visit.channel import KeptFinger, Pack
from agent.visit.packing import Material, write_package
from capture.profile import Profile
from capture.records.wsq import encode
from capture.sample import FaceSample, FingerSample, Quality
from drivers.contract import DeviceKind, Facts, Finger
from provisioning.demo.stage import STATION, TENANT
from tests.capture.records.specimens import EYES_PX, gate, portrait_jpeg, ridges
from vault.envelope import Context, Pinned, Plain, Sealed, seal, wrap
from vault.keys import load_signing_key
from vault.labels import ParcelId
from vault.spool import deliver

APPLICATION = "MIG-2026-000101"
PATIENCE_S = 60.0
_NOW = datetime(2026, 11, 22, 8, 15, 30, tzinfo=UTC)


def pause() -> None:
    """A process that is being started has no event to wait for: looked at again after this. In the house's list."""
    time.sleep(0.03)  # noqa: TID251


def answered(http: httpx.Client, method: str, url: str, *, body: dict[str, Any] | None) -> dict[str, Any] | None:
    """The answer, or None when nobody answers.

    A refused connection's socket is left to the garbage collector by the library; elsewhere that is an error.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        try:
            answer: dict[str, Any] = http.request(method, url, json=body).json()
        except (httpx.HTTPError, OSError, ValueError):
            return None
    return answer


def new_id() -> ParcelId:
    return ParcelId(str(ULID()).lower())


@cache
def _samples() -> tuple[FaceSample, dict[Finger, tuple[FingerSample, datetime]]]:
    face = FaceSample(jpeg=portrait_jpeg(), width_px=480, height_px=640, eyes_px=EYES_PX, gates=(gate(),), taken_ns=1)
    return face, {finger: (_print(finger), _NOW) for finger in (Finger.RIGHT_INDEX, Finger.LEFT_INDEX)}


def _print(finger: Finger) -> FingerSample:
    pixels = ridges(slant=0.1 * finger.code)
    return FingerSample(
        finger=finger,
        pixels=np.frombuffer(pixels, np.uint8).reshape(480, 320).copy(),
        wsq=encode(pixels, width_px=320, height_px=480),
        ppi=500,
        quality=Quality(score=60, algorithm="test", version="1"),
        measures={},
        taken_ns=1,
    )


def _facts(kind: DeviceKind) -> Facts:
    return Facts(kind=kind, make="t", model="t", serial="", firmware="", certified=False, simulated=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Consigned:
    """A parcel as it was delivered."""

    parcel: ParcelId
    """Its id."""
    sealed: Sealed
    """Its sealed bytes."""
    wrap_key: bytes
    """The key that they were wrapped with on the disk."""


def sealed_parcel(paths: Paths, parcel: ParcelId, *, application: str = APPLICATION, kind: str = "enrolment") -> Sealed:
    """What a worker would put on the disk for this parcel.

    Of another kind only its seal is: no package of this version carries anything but an enrolment, and central says so.
    """
    face, prints = _samples()
    material = Material(
        tenant=TENANT,
        station=STATION,
        application=application,
        profile=Profile(),
        camera=_facts(DeviceKind.CAMERA),
        sensor=_facts(DeviceKind.FINGERPRINT),
        portrait=(face, _NOW),
        prints=prints,
    )
    order = Pack(
        parcel=parcel,
        operator="tester",
        notice_language="en",
        notice_shown=_NOW,
        opened=_NOW,
        face_reason=None,
        fingers=tuple(KeptFinger(finger=finger, attempts=1) for finger in prints),
        fingers_reason=None,
        missing=(),
        exempt=False,
    )
    plain = Plain(write_package(material, order, now=_NOW))
    context = Context(
        tenant=TENANT,
        station=STATION,
        parcel=parcel,
        kind=kind,
        profile="lt-eresident/1",
        plain_bytes=len(plain),
    )
    return seal(plain, context, recipient=sealing_key(paths)[0], signer=load_signing_key(paths.seal_key))


class Client:
    """Asks the courier as the station does: again and again while it is being started."""

    def __init__(self, paths: Paths) -> None:
        self._paths = paths
        self.receipt_keys = believed_receipt_keys(paths)
        self.link_keys = Pinned([load_signing_key(paths.link_key).public])
        transport = httpx.HTTPTransport(uds=str(paths.courier_socket))
        self._http = httpx.Client(transport=transport, base_url="http://courier", timeout=10.0)

    def ask(self, method: str, url: str, *, body: dict[str, Any] | None = None) -> dict[str, Any]:
        deadline = time.monotonic() + PATIENCE_S
        while (answer := answered(self._http, method, url, body=body)) is None:
            assert time.monotonic() < deadline, "the courier does not answer"
            pause()
        return answer

    def consign(self, parcel: ParcelId, *, application: str = APPLICATION, kind: str = "enrolment") -> Consigned:
        """Reserve, seal, deliver."""
        consigned = self.prepare(parcel, application=application, kind=kind)
        self.hand_over(consigned)
        return consigned

    def prepare(self, parcel: ParcelId, *, application: str = APPLICATION, kind: str = "enrolment") -> Consigned:
        """Reserve and seal."""
        key = b64decode(self.ask("POST", "/v1/parcels", body={"parcel": parcel, "kind": kind})["wrap_key"])
        sealed = sealed_parcel(self._paths, parcel, application=application, kind=kind)
        return Consigned(parcel=parcel, sealed=sealed, wrap_key=key)

    def hand_over(self, consigned: Consigned) -> None:
        """Deliver, and say so. :raises: DiskFailed."""
        wrapped = wrap(consigned.sealed, key=consigned.wrap_key, parcel=consigned.parcel)
        deliver(self._paths.spool / "incoming", consigned.parcel, wrapped=wrapped)
        self.ask("POST", f"/v1/parcels/{consigned.parcel}/delivered")

    def wait(self, parcel: ParcelId, states: set[str]) -> dict[str, Any]:
        """The parcel's history, once it is in one of the states."""
        state, deadline = "", time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            history = self.ask("GET", f"/v1/parcels/{parcel}?after={state}&wait_s=2")
            state = str(history.get("state", ""))
            if state in states:
                return history
        raise AssertionError(f"the parcel is {state!r}, not one of {sorted(states)}")

    def close(self) -> None:
        self._http.close()
