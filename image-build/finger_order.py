"""How the built-in score orders simulated prints: a finger's good press against the same finger pressed or seen worse.

Not a script: docs/finger-quality.md and a test are made with it. Presses come from the simulated world as it is; noise,
blur and lost contrast are put upon the good press's picture, for the world's sensor has none of them.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import cv2
import numpy as np

from capture.finger.measures import measure
from capture.finger.score import assess
from drivers.contract import Finger, GreyPixels
from drivers.world.finger import WorldFinger
from drivers.world.press import Press

PLATE_LEVEL, MIDDLE_LEVEL = 250.0, 128.0
SENSOR_LEVELS = 1.8

Drawn = np.random.Generator
Worse = Callable[[WorldFinger, Press, float], GreyPixels]


@dataclass(frozen=True, slots=True)
class Degradation:
    """One way in which a print gets worse."""

    name: str
    """As the page says it."""
    strengths: tuple[float, ...]
    """From the weakest."""
    print: Worse
    """The finger's print at a strength; the press is the good one's, with the same draws."""


@dataclass(frozen=True, slots=True)
class Ordered:
    """What the scores of one degradation were."""

    degradation: Degradation
    """Which."""
    good: tuple[int, ...]
    """Of every finger's good print."""
    worse: tuple[tuple[int, ...], ...]
    """Of every finger's print, for each strength; -1 where it could not be assessed."""

    @property
    def medians(self) -> list[float]:
        """The good prints', then each strength's."""
        return [float(np.median(scores)) for scores in (self.good, *self.worse)]

    def lower_ratio(self, strength: int) -> float:
        """How many of the fingers score lower than their own good print at this strength, 0 to 1."""
        return float(np.mean(np.array(self.worse[strength]) < np.array(self.good)))


def _press(knob: str) -> Worse:
    return lambda finger, good, strength: finger.press(good.model_copy(update={knob: strength}))


def _picture(change: Callable[[GreyPixels, float, Drawn], np.ndarray]) -> Worse:
    def worse(finger: WorldFinger, good: Press, strength: float) -> GreyPixels:
        changed = change(finger.press(good), strength, np.random.default_rng([13, good.seed]))
        return np.asarray(np.clip(changed, 0, 255), dtype=np.uint8)

    return worse


def _noisy(pixels: GreyPixels, levels: float, rng: Drawn) -> np.ndarray:
    return pixels + rng.normal(0, levels, pixels.shape)


def _blurred(pixels: GreyPixels, sigma_px: float, _: Drawn) -> np.ndarray:
    return np.asarray(cv2.GaussianBlur(pixels, (0, 0), sigma_px))


def _flat(level: float) -> Callable[[GreyPixels, float, Drawn], np.ndarray]:
    """Levels drawn together around one; the sensor's own noise stays as large as it is."""

    def flattened(pixels: GreyPixels, ratio: float, rng: Drawn) -> np.ndarray:
        return level + ratio * (pixels - level) + rng.normal(0, SENSOR_LEVELS * (1 - ratio), pixels.shape)

    return flattened


DEGRADATIONS = (
    Degradation("dry: moisture", (0.3, 0.15, 0.0), _press("moisture_ratio")),
    Degradation("wet: moisture", (0.7, 0.85, 1.0), _press("moisture_ratio")),
    Degradation("pressed too hard: pressure", (0.7, 0.85, 1.0), _press("pressure_ratio")),
    Degradation("hardly pressed: pressure", (0.3, 0.15, 0.0), _press("pressure_ratio")),
    Degradation("dirty plate: dirt", (0.4, 0.7, 1.0), _press("dirt_ratio")),
    Degradation("partial: missing", (0.3, 0.45, 0.6), _press("missing_ratio")),
    Degradation("noise: grey levels", (15, 30, 60), _picture(_noisy)),
    Degradation("blur: sigma in pixels", (1.5, 2.2, 3.0), _picture(_blurred)),
    Degradation("pale: contrast left", (0.5, 0.3, 0.15), _picture(_flat(PLATE_LEVEL))),
    Degradation("grey: contrast left", (0.5, 0.3, 0.15), _picture(_flat(MIDDLE_LEVEL))),
)
"""What can be wrong with a press, or with the picture of a good one."""


def ordered(people: Iterable[int], fingers: Iterable[Finger]) -> list[Ordered]:
    """Score good and worse prints of simulated fingers. :param people: seeds; each person's `fingers` are pressed."""
    chosen = tuple(fingers)
    skins = [(WorldFinger(person, finger), Press(seed=person)) for person in people for finger in chosen]
    good = tuple(scored(skin.press(press)) for skin, press in skins)
    return [
        Ordered(
            one,
            good=good,
            worse=tuple(tuple(scored(one.print(*skin, strength)) for skin in skins) for strength in one.strengths),
        )
        for one in DEGRADATIONS
    ]


def scored(pixels: GreyPixels) -> int:
    """The built-in score; -1 for what cannot be assessed, which is worse than any."""
    score = assess(measure(pixels)).score
    return -1 if score is None else score
