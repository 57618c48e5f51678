"""What the person can do better: a value, matched exhaustively, never an exception."""

from dataclasses import dataclass
from enum import StrEnum


class Hint(StrEnum):
    """Why nothing usable was taken: a stable code, with words for the operator and for the client."""

    NO_FACE = "no-face"
    SEVERAL_FACES = "several-faces"
    EYES_NOT_FOUND = "eyes-not-found"
    TOO_FEW_PIXELS = "too-few-pixels"
    OUT_OF_FRAME = "out-of-frame"
    HEAD_TURNED = "head-turned"
    NO_FINGER = "no-finger"
    PRESS_HARDER = "press-harder"
    PRESS_LIGHTER = "press-lighter"
    CENTRE_FINGER = "centre-finger"
    CLEAN_PLATE = "clean-plate"
    DRY_FINGER = "dry-finger"
    LIFT_FINGER = "lift-finger"
    ONE_FINGER = "one-finger"
    SAME_FINGER = "same-finger"
    SHADE_PLATE = "shade-plate"
    NOT_SEEN_IN_TIME = "not-seen-in-time"

    @property
    def sentence(self) -> str:
        """One plain sentence to the operator that says what to do."""
        return _SENTENCES[self]

    @property
    def client_sentence(self) -> str:
        """One plain sentence to the client, to be read aloud or shown."""
        return _CLIENT_SENTENCES[self]


_TOO_FEW = "The face has too few pixels for a portrait"

_SENTENCES = {
    Hint.NO_FACE: "No face is in the picture: ask the client to look into the camera.",
    Hint.SEVERAL_FACES: "More than one face is in the picture: only the client may be seen.",
    Hint.EYES_NOT_FOUND: "Not both eyes can be made out: eyes open, glasses off, hair out of the face.",
    Hint.TOO_FEW_PIXELS: f"{_TOO_FEW}: the client must come closer to the camera.",
    Hint.OUT_OF_FRAME: "The head is too near the picture's edge: centre the client, with space above the hair.",
    Hint.HEAD_TURNED: "The head is turned or tilted too far: ask the client to face the camera straight.",
    Hint.NO_FINGER: "No finger is on the plate: ask the client to lay the finger flat on it.",
    Hint.PRESS_HARDER: "The print is too faint: ask the client to press a little harder.",
    Hint.PRESS_LIGHTER: "The ridges run together: ask the client to press more lightly.",
    Hint.CENTRE_FINGER: "Too little of the finger is on the plate: lay its middle on the plate's centre.",
    Hint.CLEAN_PLATE: "The plate is dirty: wipe it and try again.",
    Hint.DRY_FINGER: "The finger is wet: dry it and try again.",
    Hint.LIFT_FINGER: "The finger moves on the plate: lift it, and lay it down again without sliding.",
    Hint.ONE_FINGER: "More than one finger is on the plate: lay down only the one that is asked for.",
    Hint.SAME_FINGER: "This finger was given before, in another's place: lay down the one that is asked for.",
    Hint.SHADE_PLATE: "Light falls onto the plate: shade it, or turn the sensor away from the light.",
    Hint.NOT_SEEN_IN_TIME: "Nothing was shown in time: try the step again.",
}


_COME_CLOSER = "Please come closer to the camera"

_CLIENT_SENTENCES = {
    Hint.NO_FACE: "Please look into the camera.",
    Hint.SEVERAL_FACES: "Please sit before the camera alone.",
    Hint.EYES_NOT_FOUND: "Please open your eyes, take off your glasses, and keep your hair out of your face.",
    Hint.TOO_FEW_PIXELS: f"{_COME_CLOSER}.",
    Hint.OUT_OF_FRAME: "Please sit in the middle, facing the camera.",
    Hint.HEAD_TURNED: "Please turn your face straight to the camera and hold it upright.",
    Hint.NO_FINGER: "Please lay your finger flat on the plate.",
    Hint.PRESS_HARDER: "Please press a little harder.",
    Hint.PRESS_LIGHTER: "Please press more lightly.",
    Hint.CENTRE_FINGER: "Please lay the middle of your finger on the middle of the plate.",
    Hint.CLEAN_PLATE: "Please lift your finger: the plate is being wiped.",
    Hint.DRY_FINGER: "Please dry your finger and lay it down again.",
    Hint.LIFT_FINGER: "Please lift your finger, and lay it down again without sliding.",
    Hint.ONE_FINGER: "Please lay down one finger only: the one that is asked for.",
    Hint.SAME_FINGER: "Please lay down another finger: the one that is asked for.",
    Hint.SHADE_PLATE: "Please wait: the plate is being shaded from the light.",
    Hint.NOT_SEEN_IN_TIME: "Please try once more.",
}


@dataclass(frozen=True, slots=True)
class Approach:
    """How near the person must come."""

    distance_ratio: float
    """The share of the present distance from the camera at which it would do: above 0, below 1."""
    distance_cm: int | None = None
    """The same in centimetres, where the camera's focal length is known: an estimate, since people differ."""

    @property
    def words(self) -> str:
        """Where to, as the end of a sentence."""
        if self.distance_cm is not None:
            return f"to about {self.distance_cm} cm from it"
        return f"to about {self.distance_ratio * 100:.0f} % of this distance"


@dataclass(frozen=True, slots=True)
class Retake:
    """Nothing usable was taken, and the person can mend it."""

    hint: Hint
    """What to tell the person."""
    approach: Approach | None = None
    """How near the person must come; only beside `TOO_FEW_PIXELS`, and there only where it is known."""

    @property
    def sentence(self) -> str:
        """One plain sentence to the operator that says what to do, as exactly as it is known."""
        return (
            self.hint.sentence
            if self.approach is None
            else f"{_TOO_FEW}: come closer to the camera, {self.approach.words}."
        )

    @property
    def client_sentence(self) -> str:
        """One plain sentence to the client, as exactly as it is known."""
        return self.hint.client_sentence if self.approach is None else f"{_COME_CLOSER}, {self.approach.words}."
