"""What a visit worker works with, in a folder: simulators, real keys, a place for the sealed parcel."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from agent.clock import SystemClock
from agent.visit.asking import Asking
from agent.visit.channel import KeptFinger, Pack
from agent.visit.worker import Tools
from capture.acquire import PortraitJudge
from capture.finger.score import BUILT_IN
from capture.profile import FaceRule, FingerRule, Profile
from drivers.contract import Device, DeviceKind, Finger
from drivers.registry import make_device
from tests.agent.visit.headquarters import STATION, TENANT, Headquarters
from vault.envelope import SigningKey, new_wrap_key, unwrap
from vault.labels import ParcelId, digest_of

PARCEL = ParcelId("01jd0000000000000000000003")
OPENED = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
PROFILE = Profile(
    face=FaceRule(attempts=1, frames_per_attempt=1, time_limit_ms=10_000, pose_limit_ms=0),
    finger=FingerRule(attempts=2, time_limit_ms=10_000),
)
CAMERA: Mapping[str, object] = {"width_px": 1200, "height_px": 1600, "enlargement": 2.95, "exposure_ms": 0}
"""The smallest sensor on which the simulated person has pixels enough for a portrait."""
SENSOR: Mapping[str, object] = {"exposure_ms": 0}


@dataclass(kw_only=True)
class Workplace:
    """One station's side of a visit, and headquarters to look at what it made."""

    folder: Path
    judge: PortraitJudge
    profile: Profile = PROFILE

    def __post_init__(self) -> None:
        self.clock = SystemClock()
        self.signer = SigningKey.generate()
        self.headquarters = Headquarters(self.signer)
        self.wrap_key = new_wrap_key()
        self.folder.mkdir()

    def tools(self, *, camera: Device | None = None, sensor: Device | None = None) -> Tools:
        return Tools(
            tenant=TENANT,
            station=STATION,
            profile=self.profile,
            camera=camera or self.device(DeviceKind.CAMERA, "sim", CAMERA),
            sensor=sensor or self.device(DeviceKind.FINGERPRINT, "sim", SENSOR),
            judge=self.judge,
            scorer=BUILT_IN,
            signer=self.signer,
            asking=Asking(TENANT, STATION, signer=self.signer, central=self.headquarters),
            incoming=self.folder,
            clock=self.clock,
        )

    def device(self, kind: DeviceKind, driver: str, options: Mapping[str, object]) -> Device:
        return make_device(kind, driver, options=options, clock=self.clock)

    def order(self, *fingers: Finger) -> Pack:
        return Pack(
            parcel=PARCEL,
            operator="op-7",
            notice_language="lt",
            notice_shown=OPENED,
            opened=OPENED,
            face_reason="smiles",
            fingers=tuple(KeptFinger(finger=finger, attempts=1) for finger in fingers),
            fingers_reason=None,
            missing=(),
            exempt=False,
        )

    def delivered(self) -> tuple[str, bytes]:
        """Digest of the one parcel that was delivered, and the package in it, opened as headquarters does."""
        (path,) = self.folder.iterdir()
        assert path.name == f"{PARCEL}.parcel"
        sealed = unwrap(path.read_bytes(), key=self.wrap_key, parcel=PARCEL)
        assert sealed.digest == digest_of(sealed.content)
        return sealed.digest, self.headquarters.read(sealed.content, kind="enrolment")[1]
