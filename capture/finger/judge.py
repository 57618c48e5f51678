"""One look at one frame: a print with its score, or what the person should do. A low score is not a retake."""

from dataclasses import dataclass

from capture.finger.advice import AREA, RESIDUE, hints_of
from capture.finger.framing import FramedPrint, frame_print
from capture.finger.measures import measure
from capture.finger.score import BUILT_IN, Scorer
from capture.profile import FingerRule
from capture.records.wsq import encode
from capture.sample import FingerSample, Quality
from drivers.contract import Finger, Frame, Retake

__all__ = ["AREA", "RESIDUE", "ScoredPrint", "judge_finger", "sample_of", "score_print"]


@dataclass(frozen=True, slots=True)
class ScoredPrint:
    """A print that was measured and scored, and not encoded yet: only the best of a burst is."""

    framed: FramedPrint
    """The print."""
    quality: Quality
    """Its score."""
    measures: dict[str, float]
    """What it was made from."""
    taken_ns: int
    """The frame's monotonic time."""

    @property
    def rank(self) -> int:
        """For comparison: a print that could not be assessed is worth less than any that could."""
        return -1 if self.quality.score is None else self.quality.score

    def zero(self) -> None:
        """Overwrite the pixels."""
        self.framed.zero()


def judge_finger(frame: Frame, finger: Finger, *, rule: FingerRule, scorer: Scorer = BUILT_IN) -> FingerSample | Retake:
    """Find, frame, measure, score and encode; whether the score is enough is for the rule to say.

    :param frame: a sensor's frame, tip up, 0 = ridge, with its resolution; it may be zeroed afterwards.
    :param finger: which finger was asked for; a picture cannot tell.
    :param scorer: what makes the score.
    :raises: PrintFrameUnusable, PrintInverted, PrintResolutionUnfit, ScoreModelUnreadable, WsqUnencodable.
    Duties: R-FINGER-1 to R-FINGER-3.
    """
    framed = frame_print(frame, rule=rule)
    if isinstance(framed, Retake):
        return framed
    return sample_of(score_print(framed, taken_ns=frame.taken_ns, scorer=scorer), finger, rule=rule)


def score_print(framed: FramedPrint, *, taken_ns: int, scorer: Scorer = BUILT_IN) -> ScoredPrint:
    """Measure and score. :raises: ScoreModelUnreadable."""
    measures = measure(framed.pixels)
    return ScoredPrint(
        framed=framed,
        quality=scorer.score(framed.pixels, measures=measures),
        measures={**measures.values, AREA: framed.area_mm2, RESIDUE: framed.residue_mm2},
        taken_ns=taken_ns,
    )


def sample_of(scored: ScoredPrint, finger: Finger, *, rule: FingerRule) -> FingerSample:
    """Encode: the sample takes the print's memory over. :raises: WsqUnencodable."""
    pixels = scored.framed.pixels
    return FingerSample(
        finger=finger,
        pixels=pixels,
        wsq=encode(pixels.tobytes(), width_px=rule.width_px, height_px=rule.height_px),
        ppi=rule.ppi,
        quality=scored.quality,
        measures=scored.measures,
        taken_ns=scored.taken_ns,
        area=scored.framed.area,
        hints=hints_of(scored.measures),
    )
