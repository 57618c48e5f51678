"""A contact sheet of the simulated finger: `python image-build/finger_sheet.py OUT.png [PERSON_SEED]`.

Above, the ten fingers of one person; below, the right index under each knob. Made to be looked at by a person, who is
the only judge of whether these are fingerprints.
"""

import sys

import cv2
import numpy as np

from drivers.contract import Finger, GreyPixels
from drivers.world.finger import WorldHands
from drivers.world.press import Press

COLUMNS = 5
LABEL_PX = 28
KNOBS = {
    "right": Press(),
    "dry": Press(moisture_ratio=0.1),
    "wet": Press(moisture_ratio=0.95),
    "light": Press(pressure_ratio=0.1),
    "heavy": Press(pressure_ratio=0.95),
    "rotated 25 deg": Press(rotation_deg=25),
    "shifted 40, 45 px": Press(shift_px=(40, 45)),
    "partial": Press(missing_ratio=0.4, seed=3),
    "dirty": Press(dirt_ratio=0.8),
    "injured": Press(injury_ratio=0.8),
}


def labelled(label: str, print_: GreyPixels) -> GreyPixels:
    """The print with its name above it."""
    strip = np.full((LABEL_PX, print_.shape[1]), 255, np.uint8)
    cv2.putText(strip, label, (8, LABEL_PX - 8), cv2.FONT_HERSHEY_SIMPLEX, 0.55, (0,), 1, cv2.LINE_AA)
    return np.vstack([strip, print_])


def rows(prints: list[GreyPixels]) -> list[GreyPixels]:
    """The prints, five in a row."""
    return [np.hstack(prints[start : start + COLUMNS]) for start in range(0, len(prints), COLUMNS)]


def sheet(person_seed: int) -> GreyPixels:
    """All of one person's sheet."""
    hands = WorldHands(person_seed)
    fingers = {finger: hands.finger(finger) for finger in Finger}
    above = [labelled(f"{name}, {finger.skin.pattern}", finger.press(Press())) for name, finger in fingers.items()]
    index = fingers[Finger.RIGHT_INDEX]
    below = [labelled(name, index.press(knobs)) for name, knobs in KNOBS.items()]
    return np.vstack(rows(above) + rows(below))


def main(arguments: list[str]) -> int:
    """Write the sheet; 2 when the command line is wrong, 1 when it cannot be written."""
    if len(arguments) not in {1, 2} or not all(seed.isascii() and seed.isdigit() for seed in arguments[1:]):
        print("usage: finger_sheet.py OUT.png [PERSON_SEED]", file=sys.stderr)
        return 2
    encoded, png = cv2.imencode(".png", sheet(int(arguments[1]) if len(arguments) == 2 else 1))
    if not encoded:
        return 1
    with open(arguments[0], "wb") as out:
        out.write(png.tobytes())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
