"""Recorded pictures before camera and sensor: a visit takes no longer than it must."""

from pathlib import Path

import cv2

from drivers.contract import Finger
from drivers.world.finger import WorldFinger
from drivers.world.photograph import astronaut
from drivers.world.press import Press
from provisioning.demo.request import DemoRequest
from tests.journey.consignment import APPLICATION

STILL_LIFE_LAYER = "[station.profile.face]\nframes_per_attempt = 1\n"
"""The configuration that goes with it."""


def still_life_request(folder: Path) -> DemoRequest:
    """A stage's request with the pictures, which are written into the folder."""
    photo = folder / "photo.png"
    head = cv2.resize(astronaut()[:280, 80:370], None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)
    cv2.imwrite(str(photo), cv2.cvtColor(head, cv2.COLOR_RGB2BGR))
    prints = {finger: folder / f"{finger.value}.png" for finger in (Finger.RIGHT_INDEX, Finger.LEFT_INDEX)}
    for finger, path in prints.items():
        cv2.imwrite(str(path), WorldFinger(1, finger).press(Press()))
    return DemoRequest(photo=photo, fingers=prints, missing={}, application=APPLICATION, out=None, keep=False)
