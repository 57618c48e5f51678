"""The limits that a portrait is measured against, each with its source, and the sentence for when it is not within.

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
    """What is wrong when the value is not within."""
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
            id=self.id, value=value, unit=self.unit, limit=self._words(), verdict=verdict, sentence=self.sentence
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


YAW = Limit("yaw", "deg", "The head is turned to one side: ask the client to face the camera.", low=-4.0, high=4.0)
"""Clause 7.2.2 wants 5 deg; own calibration: on pictures turned by a known angle the measure reads 0.6 to 0.8 of it."""
PITCH = Limit("pitch", "deg", "The head is raised or lowered: ask the client to level the chin.", low=-10.0, high=10.0)
"""Clause 7.2.2 wants 5 deg; own calibration: the measure follows the angle, but its zero differs by 5 deg from face to
face, so the limit is wider than the clause's and the operator has to look."""
ROLL = Limit("roll", "deg", "The head is tilted: ask the client to hold it upright.", low=-5.0, high=5.0)
"""Clause 7.2.2 in its first edition; how the head was held, before the portrait was levelled."""
EYES_OPEN = Limit("eyes_open", "ratio", "An eye looks closed: ask the client to open both eyes.", low=0.04)
"""Distance of the lids over eye to chin, the narrower eye. Clause 7.2.3; own calibration: open 0.07 to 0.10 (0.045 on
tiny portraits), closed 0.065, so a weak sign: `eye_contrast` is the better one."""
EYE_CONTRAST = Limit("eye_contrast", "ratio", "No iris can be made out: eyes open, no glare on glasses.", low=0.45)
"""(bright - dark) / (bright + dark) between the lids, the worse eye. Clause 7.2.3; own calibration: open 0.5 to 0.8,
closed 0.25 to 0.4."""
MOUTH_CLOSED = Limit(
    "mouth_closed", "ratio", "The mouth is open: ask the client to close it and not to smile.", high=0.07
)
"""Distance of the inner lips over eye to chin. Clause 7.2.3; own calibration: closed 0 to 0.06, open 0.08 to 0.22."""
SHARPNESS = Limit("sharpness_smilius", "ratio", "The portrait is not sharp: focus, or ask for stillness.", low=0.01)
"""A measure of our own: variance of the Laplacian after a 3 x 3 blur over variance of the grey, inside the face. Clause
7.3.3 gives no figure; own calibration, specific to a camera: to be set at installation with a printed chart."""
OVER_EXPOSED = Limit("over_exposed", "ratio", "Parts of the face are burnt out: less light or exposure.", high=0.02)
"""Share of the face at grey 247 and above. Clauses 7.2.10, 7.3.2; own calibration: 0 normal, 0.2 to 0.9 too bright."""
UNDER_EXPOSED = Limit("under_exposed", "ratio", "Parts of the face are black: more light or exposure.", high=0.05)
"""Share of the face at grey 25 and below. Clause 7.3.2; own calibration: 0 to 0.02 normal, 0.06 and more too dark."""
GREY_LEVELS = Limit("grey_levels", "levels", "The face has too little contrast: check light and exposure.", low=128.0)
"""Distinct grey values in the face. Source: clause 7.4.2, 7 bits."""
CHEEK_LIGHT = Limit("cheek_light", "ratio", "One side of the face is darker: check the lamps on both sides.", low=0.4)
"""Overlap of the cheeks' luminance histograms. Clause 7.2.7; own calibration: even 0.6 to 0.8, uneven 0.2 to 0.4."""
BACKGROUND_SPREAD = Limit("background_spread", "levels", "The background is not plain: check for objects.", high=20.0)
"""Standard deviation of the background's grey. Clause A.2.4.2; own calibration: 3 to 15 plain, 40 and more not."""
BACKGROUND_BALANCE = Limit("background_balance", "levels", "One side of the background is darker.", high=20.0)
"""Difference of the mean grey left and right of the head. Clause A.2.4.3 (shadows); own calibration."""
INTER_EYE = Limit("inter_eye", "px", "The face has too few pixels: the client must come closer.", low=90.0)
"""Between the eye centres. Source: clause 8.4.1, recalled there."""
HEAD_WIDTH_MIN_PX = 180.0
"""Head width in portrait pixels. Source: clause 8.4.1, recalled there."""
HEAD_WIDTH = Limit("head_width", "ratio", "The head is too narrow or too wide in the portrait.", low=0.5, high=0.75)
"""Head width over portrait width. Source: clause 8.3.4."""
HEAD_LENGTH = Limit("head_length", "ratio", "The head is too short or too long in the portrait.", low=0.6, high=0.9)
"""Chin to crown (estimated) over portrait height. Source: clause 8.3.5."""
CENTRING = Limit("centring", "ratio", "The face is not in the middle of the portrait.", low=0.45, high=0.55)
"""Centre of face from the left over portrait width. Source: clause 8.3.2."""
EYE_LINE = Limit("eye_line", "ratio", "The eyes are too high or too low in the portrait.", low=0.3, high=0.5)
"""Eye line from the top over portrait height. Source: clause 8.3.3."""
NATURAL_COLOUR = Limit("natural_colour", "CIELAB", "The skin's colour is not natural: check white balance.", high=5.0)
"""Distance of the cheeks' mean colour from a* 5 to 25, b* 5 to 35 (D50). Clause 7.3.4; own calibration: 0 to 5 natural,
7 for a picture without colour, 30 and more for a wrong white balance."""
JPEG_QUALITY = Limit("jpeg_quality", "1..100", "The picture is too noisy to be encoded well: more light.", low=85.0)
"""The encoder's setting at which the portrait fits its size limit. Own calibration: sharp portraits fit at 89 and more,
noise with a deviation of 25 levels at 80 and less."""


def compression_limit(ratio_max: float) -> Limit:
    """The profile's limit on raw size over encoded size."""
    return Limit("compression", "ratio", "The portrait shows too little to be a real one.", high=ratio_max)


LOOKED_AT_BY_A_PERSON = (
    Limit("expression", "", "Look at the portrait: a neutral expression, brows not raised."),
    Limit("gaze", "", "Look at the portrait: both eyes look into the camera."),
    Limit("glasses", "", "Look at the portrait: no glare, no tinted glass, no frame across an eye."),
    Limit("face_free", "", "Look at the portrait: no hair, cap or hand covers the face; nothing casts a shadow on it."),
)
"""What a Full Frontal image also asks for (clauses 7.2.3, 7.2.8, 7.2.9, 7.2.11) and nothing here can measure."""
