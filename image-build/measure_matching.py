"""Measures the check for the same finger, writes docs/matching.md: `python image-build/measure_matching.py [PERSONS]`.

Fingers are those of the simulated world, each pressed twice as the simulated sensor presses them and once harder to
recognise. With 32 persons it takes some minutes. Where NFIQ 2's published examples lie beside the repository, what our
minutiae make of its measures is set against what NIST printed.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import exp, lgamma, log, log1p
from pathlib import Path
from time import process_time

import cv2
import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "image-build")]

from capture.finger.matching import THRESHOLD, similarity  # noqa: E402
from capture.finger.measures import without_bare_margin  # noqa: E402
from capture.finger.minutiae import Minutiae, find_minutiae  # noqa: E402
from capture.finger.minutiae_measures import minutiae_measures  # noqa: E402
from drivers.contract import Finger, GreyPixels  # noqa: E402
from drivers.world.finger import WorldFinger  # noqa: E402
from drivers.world.press import Press  # noqa: E402
from page import EXAMPLES, example, published_values, table  # noqa: E402

TARGET = ROOT / "docs" / "matching.md"
PUBLISHED = ROOT.parent / "shared" / "data" / "nfiq2"
PERSONS = 32
IMPOSTORS = 25_000
DETECTION = 0.99
CONFIDENCE = 0.95
FIRST_PERSON = 1000

Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Prints:
    """The minutiae of one finger's three presses."""

    person: int
    finger: Finger
    first: Minutiae
    second: Minutiae
    hard: Minutiae


def presses(person: int, finger: Finger) -> tuple[Press, Press, Press]:
    """Two as a person who means to do the same, and one turned, shifted, and of other pressure and moisture."""
    rng = np.random.default_rng([97, person, finger.code])
    hard = Press(
        seed=int(rng.integers(2**32)),
        pressure_ratio=rng.uniform(0.25, 0.8),
        moisture_ratio=rng.uniform(0.2, 0.8),
        rotation_deg=rng.uniform(-25, 25),
        shift_px=(rng.uniform(-30, 30), rng.uniform(-40, 40)),
    )
    return Press().again(rng=rng), Press().again(rng=rng), hard


def grown(persons: int) -> Iterator[Prints]:
    """Every finger of every person."""
    for person in range(FIRST_PERSON, FIRST_PERSON + persons):
        for finger in Finger:
            skin = WorldFinger(person, finger)
            first, second, hard = (find_minutiae(skin.press(press)) for press in presses(person, finger))
            yield Prints(person, finger, first, second, hard)


def impostors(prints: list[Prints]) -> Iterator[tuple[Prints, Prints]]:
    """All pairs of different fingers of one person, then pairs of different persons, drawn without regard to finger."""
    for place, one in enumerate(prints):
        yield from ((one, other) for other in prints[place + 1 :] if other.person == one.person)
    rng = np.random.default_rng(11)
    while True:
        one, other = (prints[place] for place in rng.integers(len(prints), size=2))
        if one.person != other.person:
            yield one, other


def upper_bound(hits: int, tries: int) -> float:
    """One-sided Clopper-Pearson bound: a rate above it would give so few hits less often than 1 - CONFIDENCE."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _at_most(hits, tries, middle) > 1 - CONFIDENCE else (low, middle)
    return high


def _at_most(hits: int, tries: int, rate: float) -> float:
    terms = (
        lgamma(tries + 1) - lgamma(k + 1) - lgamma(tries - k + 1) + k * log(rate) + (tries - k) * log1p(-rate)
        for k in range(hits + 1)
    )
    return sum(exp(term) for term in terms)


def milliseconds(work: Callable[[int], object], *, rounds: int) -> float:
    """Median processor time of one round: a busy machine takes longer, and says nothing about this."""
    times = []
    for number in range(rounds):
        began = process_time()
        work(number)
        times.append(process_time() - began)
    return 1000 * float(np.median(times))


def rates(scores: Scores, *, below: bool, at: float) -> str:
    """How many fall on the wrong side, the rate and its bound."""
    hits = int((scores < at).sum() if below else (scores >= at).sum())
    bound = upper_bound(hits, len(scores))
    return f"{hits} of {len(scores)} | {100 * hits / len(scores):.3f} % | {100 * bound:.3f} %"


def section_matching(prints: list[Prints]) -> Iterator[str]:
    """The tables of the matcher."""
    genuine = np.array([similarity(print_.first, print_.second) for print_ in prints])
    hard = np.array([similarity(print_.first, print_.hard) for print_ in prints])
    drawn = [pair for pair, _ in zip(impostors(prints), range(IMPOSTORS), strict=False)]
    different = np.array([similarity(one.first, other.second) for one, other in drawn])
    own = sum(one.person == other.person for one, other in drawn)
    at_99, hard_99 = (float(np.quantile(scores, 1 - DETECTION)) for scores in (genuine, hard))
    yield f"""\
Fingers: {len(prints)} of {len(prints) // 10} persons, all ten of each. Same-finger pairs: {
        len(genuine)
    } with the normal wander of
the simulated sensor, {len(hard)} with a hard second press (turned up to 25 degrees, shifted up to 30 and 40 px,
pressure 0.25 to 0.8, moisture 0.2 to 0.8). Different-finger pairs: {len(drawn)}, of which {own} are all pairs of
different fingers of one person, left against right among them. Bounds are one-sided Clopper-Pearson at 95 %; they treat
pairs as independent, which pairs that share a finger are not quite. The threshold lies about midway between the
greatest similarity of different fingers and the least of the same.

| question | wrong | rate | bound |
| --- | --- | --- | --- |
| false alarms at the similarity that 99 % of same-finger pairs reach ({at_99:.3f}) | {
        rates(different, below=False, at=at_99)
    } |
| the same for hard second presses ({hard_99:.3f}) | {rates(different, below=False, at=hard_99)} |
| false alarms at the threshold in the code ({THRESHOLD}) | {rates(different, below=False, at=THRESHOLD)} |
| missed at that threshold, normal wander | {rates(genuine, below=True, at=THRESHOLD)} |
| missed at that threshold, hard second press | {rates(hard, below=True, at=THRESHOLD)} |

| similarity | least | 1 % | median | 99 % | greatest |
| --- | --- | --- | --- | --- | --- |"""
    for name, scores in (("same, normal", genuine), ("same, hard", hard), ("different", different)):
        cells = " | ".join(f"{value:.3f}" for value in np.quantile(scores, [0, 0.01, 0.5, 0.99, 1]))
        yield f"| {name} | {cells} |"
    yield ""


def bank(pixels: GreyPixels) -> None:
    """The bare primitive that times are set against: eight 11 x 11 filters over the whole print."""
    grey, rng = pixels.astype(np.float32), np.random.default_rng(1)
    for _ in range(8):
        cv2.filter2D(grey, cv2.CV_32F, rng.normal(size=(11, 11)).astype(np.float32))


def section_time(prints: list[Prints]) -> Iterator[str]:
    """What it costs."""
    frames = [WorldFinger(FIRST_PERSON, finger).press(Press()) for finger in Finger]
    found = [find_minutiae(frame) for frame in frames]
    rows = {
        "bare primitive: eight 11 x 11 `cv2.filter2D` over 320 x 480": lambda n: bank(frames[n % 10]),
        "minutiae of a 320 x 480 print": lambda n: find_minutiae(frames[n % 10]),
        "the measures that need them": lambda n: minutiae_measures(frames[n % 10], found[n % 10]),
        "one comparison": lambda n: similarity(prints[n % len(prints)].first, prints[n * 7 % len(prints)].second),
    }
    taken = {name: milliseconds(work, rounds=60) for name, work in rows.items()}
    unit = next(iter(taken.values()))
    cells = ((name, f"{time_ms:.1f}", f"{time_ms / unit:.2f}") for name, time_ms in taken.items())
    yield table(("processor time of one thread, median", "ms", "primitives"), cells)


def section_shift() -> Iterator[str]:
    """Our measures against NIST's."""
    prints = [without_bare_margin(example(PUBLISHED, name)) for name in EXAMPLES]
    ours = [minutiae_measures(print_, find_minutiae(print_)) for print_ in prints]
    theirs = [published_values(PUBLISHED, name) for name in EXAMPLES]
    rows = []
    for key in ours[0]:
        mine, nists = (np.array([values[key] for values in table]) for table in (ours, theirs))
        cells = ", ".join(f"{one:.3g} / {other:.3g}" for one, other in zip(mine, nists, strict=True))
        gap, likeness = mine - nists, np.corrcoef(mine, nists)[0, 1]
        rows.append((f"`{key}`", cells, f"{gap.mean():+.3g}", f"{np.abs(gap).mean():.3g}", f"{likeness:.3f}"))
    head = ("measure", "ours / NIST's on the five examples", "mean shift", "mean difference", "correlation")
    yield table(head, rows)


HEAD = """\
# The same finger twice

Written by `python image-build/measure_matching.py`. **Measured on simulated fingers only** (`drivers/world`): nothing
is claimed for real ones, no person is to be identified by this, and nothing here is certified. What it is for: within
one visit, to notice that a finger was laid down that had been captured already, left for right too.
How it works: `capture/finger/minutiae.py`, `capture/finger/neighbourhood.py`, `capture/finger/matching.py`.
"""

SHIFT = """\
## Our minutiae against FingerJetFX's

NFIQ 2.3 has its minutiae from FingerJetFX, this project from its own detector. Five published examples, synthetic and
clean, are the only prints that both have seen, and the detector's one frequency was chosen on them. NIST's published
table of real prints has up to 255 minutiae a print; how far the two detectors are apart there is not known here.
"""


def main(arguments: list[str]) -> int:
    """Write the page; 2 when the command line is wrong."""
    if len(arguments) > 1 or not all(number.isascii() and number.isdigit() for number in arguments):
        print("usage: measure_matching.py [PERSONS]", file=sys.stderr)
        return 2
    cv2.setNumThreads(1)
    prints = list(grown(int(arguments[0]) if arguments else PERSONS))
    lines = [HEAD, *section_matching(prints), *section_time(prints)]
    if PUBLISHED.is_dir():
        lines += [SHIFT, *section_shift()]
    page = "\n".join(lines).rstrip() + "\n"
    print(page)
    TARGET.write_text(page)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
