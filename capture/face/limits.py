"""The limits that a portrait is measured against, each with its source, and the sentences for when it is not within.

A limit marked *own calibration* was set with two public-domain photographs, their synthetic variants and 100 small
portraits: enough to tell good from bad there, not to claim error rates. It has to be confirmed at the real station.
Source: facts/standards.md section 2.6 (clauses of ISO/IEC 19794-5:2005), facts/face-cctv-console.md section 3,
facts/face-quality.md (definitions of measures; no figure made here is an OFIQ value).
"""

from dataclasses import dataclass
from math import inf, isfinite

from capture.sample import Gate, Verdict


@dataclass(frozen=True, slots=True)
class Limit:
    """What a value must be within; the bounds themselves are within."""

    id: str
    """Stable name of the gate."""
    unit: str
    """Unit of the value and the bounds."""
    sentence: str
    """For the operator: what is wrong when the value is not within."""
    client_sentence: str = ""
    """For the client: what to do then."""
    low: float = -inf
    """The lowest value that passes; infinite where there is no such bound."""
    high: float = inf
    """The highest value that passes; infinite where there is no such bound."""

    def gate(self, value: float | None) -> Gate:
        """The gate for a measured value; None was not assessed."""
        if value is None:
            return self._gate(None, Verdict.NOT_ASSESSED)
        # Rounded first, so that a person reads the same verdict from the figures that are shown.
        shown = round(value, 3)
        return self._gate(shown, Verdict.PASS if self.low <= shown <= self.high else Verdict.FAIL)

    def _gate(self, value: float | None, verdict: Verdict) -> Gate:
        return Gate(
            id=self.id,
            value=value,
            unit=self.unit,
            limit=self._words(),
            verdict=verdict,
            sentence=self.sentence,
            client_sentence=self.client_sentence,
        )

    def _words(self) -> str:
        match isfinite(self.low), isfinite(self.high):
            case True, True:
                return f"{self.low} .. {self.high}"
            case True, False:
                return f">= {self.low}"
            case False, True:
                return f"<= {self.high}"
            case _:
                return "a person decides"


YAW = Limit(
    "yaw",
    "deg",
    "The head is turned to one side: ask the client to face the camera.",
    "Please turn your face straight to the camera.",
    low=-5.0,
    high=5.0,
)
"""Source: clause 7.2.2."""
PITCH = Limit(
    "pitch",
    "deg",
    "The head is raised or lowered: ask the client to level the chin.",
    "Please hold your chin level.",
    low=-5.0,
    high=5.0,
)
"""Source: clause 7.2.2. The measure's zero is an average face's: a face of another shape may read some degrees."""
ROLL = Limit(
    "roll",
    "deg",
    "The head is tilted: ask the client to hold it upright.",
    "Please hold your head upright.",
    low=-8.0,
    high=8.0,
)
"""Source: clause 7.2.2 as BSI reads it; how the head was held, before the portrait was levelled."""
EYES_OPEN = Limit(
    "eyes_open",
    "ratio",
    "An eye looks closed: ask the client to open both eyes.",
    "Please open both eyes.",
    low=0.5,
)
"""Distance of the lids over the diameter of the iris, the narrower eye. Clause 7.2.3; own calibration: open 0.6 to 0.9,
closed 0.3 to 0.46."""
EYE_CONTRAST = Limit(
    "eye_contrast",
    "ratio",
    "No iris can be made out: eyes open, no glare on glasses.",
    "Please open both eyes; take off glasses that mirror the light.",
    low=0.45,
)
"""(bright - dark) / (bright + dark) between the lids, the worse eye. Clause 7.2.3; own calibration: open 0.5 to 0.8,
closed 0.25 to 0.4."""
GAZE = Limit(
    "gaze",
    "ratio",
    "The eyes look past the camera: ask the client to look into it.",
    "Please look straight into the camera.",
    high=0.09,
)
"""Distance of the irises from their place over the eyes' width. Clause 7.2.3; own calibration: straight 0.01 to 0.07,
0.1 to 0.2 with the irises moved sideways by a fifth of the eye (about 25 degrees); a look up or down hardly shows."""
RED_EYE = Limit(
    "red_eye",
    "ratio",
    "A pupil is red: no flash beside the lens, or more light in the room.",
    "Please hold still: we take the picture again.",
    high=2.0,
)
"""Red over the stronger other colour in the pupil. Clause 7.3.4; own calibration: brown eyes 1.0 to 1.5, red pupils
painted in 2.3 to 4.8."""
GLARE = Limit(
    "glasses_glare",
    "ratio",
    "A light is mirrored at the eyes: tilt or take off the glasses, or move the lamp.",
    "Please take off your glasses or lower them a little: they mirror the light.",
    high=0.07,
)
"""Width of the largest mirrored light around the eyes over the eyes' distance. Clause 7.2.11; own calibration: none to
0.05 as photographed, with catch-lights and small reflections at a rim; 0.085 and more painted over an iris."""
MOUTH_CLOSED = Limit(
    "mouth_closed",
    "ratio",
    "The mouth is open: ask the client to close it and not to smile.",
    "Please close your mouth and do not smile.",
    high=0.07,
)
"""Distance of the inner lips over eye to chin. Clause 7.2.3; own calibration: closed 0 to 0.06, open 0.08 to 0.22."""
SHARPNESS = Limit(
    "sharpness_smilius",
    "ratio",
    "The portrait is not sharp: focus, or ask for stillness.",
    "Please hold still.",
    low=0.01,
)
"""A measure of our own: variance of the Laplacian after a 3 x 3 blur over variance of the grey, inside the face. Clause
7.3.3 gives no figure; own calibration, specific to a camera: to be set at installation with a printed chart."""
MOTION = Limit(
    "motion_blur",
    "ratio",
    "The client moved: ask for stillness, or use more light for a shorter exposure.",
    "Please hold still.",
    low=0.6,
)
"""Fineness of detail in the blurred direction over that across it. Clause 7.3.3; own calibration: still 0.75 to 0.9,
also out of focus; 0.41 to 0.75 after a motion of 5 portrait pixels, 0.28 to 0.54 after 9."""
OVER_EXPOSED = Limit(
    "over_exposed",
    "ratio",
    "Parts of the face are burnt out: less light or exposure.",
    "Please stay seated: the light is being adjusted.",
    high=0.02,
)
"""Share of the face at grey 247 and above. Clauses 7.2.10, 7.3.2; own calibration: 0 normal, 0.2 to 0.9 too bright."""
UNDER_EXPOSED = Limit(
    "under_exposed",
    "ratio",
    "Parts of the face are black: more light or exposure.",
    "Please stay seated: the light is being adjusted.",
    high=0.05,
)
"""Share of the face at grey 25 and below. Clause 7.3.2; own calibration: 0 to 0.02 normal, 0.06 and more too dark."""
GREY_LEVELS = Limit(
    "grey_levels",
    "levels",
    "The face has too little contrast: check light and exposure.",
    "Please stay seated: the light is being adjusted.",
    low=128.0,
)
"""Distinct grey values in the face. Source: clause 7.4.2, 7 bits."""
HOT_SPOTS = Limit(
    "hot_spots",
    "ratio",
    "The skin mirrors a lamp: soften or move it, or ask the client to dab the skin.",
    "Please dab your face with a tissue: the skin shines.",
    high=0.003,
)
"""Share of the skin that shines in the lamp's colour. Clause 7.2.10; own calibration: 0 to 0.001 as photographed, also
sharpened; with one highlight painted on forehead, cheek or nose 0.0035 to 0.0065 where its radius is 0.08 of the
eyes' distance, 0.008 to 0.014 where it is 0.12."""
CHEEK_LIGHT = Limit(
    "cheek_light",
    "ratio",
    "One side of the face is darker: check the lamps on both sides.",
    "Please sit straight in front of the camera.",
    low=0.4,
)
"""Overlap of the cheeks' luminance histograms. Clause 7.2.7; own calibration: even 0.6 to 0.8, uneven 0.2 to 0.4."""
EYE_SHADOW = Limit(
    "eye_shadow",
    "ratio",
    "There is a shadow below the eyes: bring the lamps down to eye height.",
    "Please raise your face a little towards the light.",
    low=0.5,
)
"""Linear light below the eye over that on the cheek, the darker side. Clause 7.2.9; own calibration: 0.97 to 1.35 as
photographed, 0.52 to 0.62 with a faint and 0.24 to 0.31 with a deep shadow painted in."""
SKIN_ZONES = Limit(
    "skin_zones",
    "ratio",
    "A part of the face is much darker: light it evenly from both sides.",
    "Please sit straight in front of the camera, with nothing that shades your face.",
    low=0.5,
)
"""Grey of the darkest of forehead, cheeks and chin over the brightest. Source: ICAO's report on portrait quality, four
zones, as recalled in facts/standards.md section 2.6."""
BACKGROUND_SPREAD = Limit(
    "background_spread",
    "levels",
    "The background is not plain: check for objects.",
    "Please stay seated: the background is being cleared.",
    high=20.0,
)
"""Standard deviation of the background's grey. Clause A.2.4.2; own calibration: 3 to 15 plain, 40 and more not."""
BACKGROUND_BALANCE = Limit(
    "background_balance",
    "levels",
    "One side of the background is darker.",
    "Please stay seated: the light is being adjusted.",
    high=20.0,
)
"""Difference of the mean grey left and right of the head. Clause A.2.4.3 (shadows); own calibration."""
BACKGROUND_SHADOW = Limit(
    "background_shadow",
    "levels",
    "There is a shadow behind the head: more distance from the wall, or light on the wall.",
    "Please move a little away from the wall.",
    high=20.0,
)
"""How much darker the darkest twentieth of the background is than its middle. Clause A.2.4.3; own calibration: plain 2
to 10, 23 to 48 with a shadow of the head painted beside or above it."""
INTER_EYE = Limit(
    "inter_eye",
    "px",
    "The face has too few pixels: the client must come closer.",
    "Please come a little closer.",
    low=90.0,
)
"""Between the eye centres. Source: clause 8.4.1, recalled there."""
HEAD_WIDTH_MIN_PX = 180.0
"""Head width in portrait pixels. Source: clause 8.4.1, recalled there."""
HEAD_WIDTH = Limit(
    "head_width",
    "ratio",
    "The head is too narrow or too wide in the portrait.",
    "Please keep your distance from the camera as you are told.",
    low=0.5,
    high=0.75,
)
"""Head width over portrait width. Source: clause 8.3.4."""
HEAD_LENGTH = Limit(
    "head_length",
    "ratio",
    "The head is too short or too long in the portrait.",
    "Please keep your distance from the camera as you are told.",
    low=0.6,
    high=0.9,
)
"""Chin to crown (estimated) over portrait height. Source: clause 8.3.5."""
CENTRING = Limit(
    "centring",
    "ratio",
    "The face is not in the middle of the portrait.",
    "Please sit in the middle, facing the camera.",
    low=0.45,
    high=0.55,
)
"""Centre of face from the left over portrait width. Source: clause 8.3.2."""
EYE_LINE = Limit(
    "eye_line",
    "ratio",
    "The eyes are too high or too low in the portrait.",
    "Please sit up, facing the camera.",
    low=0.3,
    high=0.5,
)
"""Eye line from the top over portrait height. Source: clause 8.3.3."""
NATURAL_COLOUR = Limit(
    "natural_colour",
    "CIELAB",
    "The skin's colour is not natural: check white balance.",
    "Please stay seated: the camera is being adjusted.",
    high=5.0,
)
"""Distance of the cheeks' mean colour from a* 5 to 25, b* 5 to 35 (D50). Clause 7.3.4; own calibration: 0 to 5 natural,
7 for a picture without colour, 30 and more for a wrong white balance."""
JPEG_QUALITY = Limit(
    "jpeg_quality",
    "1..100",
    "The picture is too noisy to be encoded well: more light.",
    "Please stay seated: the light is being adjusted.",
    low=85.0,
)
"""The encoder's setting at which the portrait fits its size limit. Own calibration: sharp portraits fit at 89 and more,
noise with a deviation of 25 levels at 80 and less."""

JPEG_BLOCKS = Limit(
    "jpeg_blocks",
    "ratio",
    "The camera's own compression shows: raise its picture quality.",
    "Please stay seated: the camera is being adjusted.",
    high=8.0,
)
"""How much steeper the frame is across an 8 x 8 grid than between, in the face. Own calibration on a drawn-up
photograph: 1.0 to 1.1 without JPEG, 2 to 4 at quality 80, 6 to 9 at 30, 14 and more at 10."""


def compression_limit(ratio_max: float) -> Limit:
    """The profile's limit on raw size over encoded size."""
    return Limit(
        "compression",
        "ratio",
        "The portrait shows too little to be a real one.",
        "Please stay seated: the camera is being adjusted.",
        high=ratio_max,
    )


LOOKED_AT_BY_A_PERSON = (
    Limit(
        "expression",
        "",
        "Look at the portrait: a neutral expression, brows not raised.",
        "Please look neutral, with your brows relaxed.",
    ),
    Limit(
        "glasses",
        "",
        "Look at the portrait: if glasses are worn, no tinted glass and no frame across an eye.",
        "Please take off your glasses if they are tinted or hide a part of your eyes.",
    ),
    Limit(
        "head_covering",
        "",
        "Look at the portrait: no head covering, unless it is worn for religious or medical reasons.",
        "Please take off your hat or cap, unless you wear it for religious or medical reasons.",
    ),
    Limit(
        "face_free",
        "",
        "Look at the portrait: no hair or hand covers the face; nothing casts a shadow on it.",
        "Please uncover your whole face, from chin to forehead.",
    ),
)
"""What a Full Frontal image also asks for (clauses 7.2.3, 7.2.8, 7.2.11) and nothing here can measure."""
