"""A print that was measured and scored, and the sample that the kept one becomes. A low score is not a retake."""

from dataclasses import dataclass

from capture.finger.advice import AREA, RESIDUE, hints_of
from capture.finger.framing import FramedPrint
from capture.finger.measures import Measures, measure
from capture.finger.score import Scorer, assess
from capture.profile import FingerRule
from capture.records.wsq import encode
from capture.sample import FingerSample
from drivers.contract import Finger


@dataclass(frozen=True, slots=True)
class ScoredPrint:
    """A print of a burst: not encoded, and scored by the built-in model alone, which keeps up with the sensor."""

    framed: FramedPrint
    """The print."""
    measures: Measures
    """What was measured on it."""
    rank: int
    """Its score for comparison: a print that could not be assessed is worth less than any that could."""
    taken_ns: int
    """The frame's monotonic time."""

    @classmethod
    def of(cls, framed: FramedPrint, *, taken_ns: int) -> "ScoredPrint":
        """Measure and score. :raises: ScoreModelUnreadable."""
        measures = measure(framed.pixels)
        score = assess(measures).score
        return cls(framed=framed, measures=measures, rank=-1 if score is None else score, taken_ns=taken_ns)

    def zero(self) -> None:
        """Overwrite the pixels."""
        self.framed.zero()

    def sample(self, finger: Finger, *, rule: FingerRule, scorer: Scorer) -> FingerSample:
        """Score it as the station does, and encode: the sample takes the print's memory over.

        :param finger: which finger was asked for; a picture cannot tell.
        :raises: WsqUnencodable, ScoreModelUnreadable.
        """
        pixels = self.framed.pixels
        values = {**self.measures.values, AREA: self.framed.area_mm2, RESIDUE: self.framed.residue_mm2}
        return FingerSample(
            finger=finger,
            pixels=pixels,
            wsq=encode(pixels.tobytes(), width_px=rule.width_px, height_px=rule.height_px),
            ppi=rule.ppi,
            quality=scorer.score(pixels, measures=self.measures),
            measures=values,
            taken_ns=self.taken_ns,
            area=self.framed.area,
            hints=hints_of(values),
        )
