"""How long a print takes to be measured and scored, and whether memory stays flat: `make bench`.

    python image-build/bench_finger.py [--examples DIR] [--frames N] [--rounds N]

One thread. Times are of this thread's own processor time, so that what else runs does not count; the clock's time is
printed beside them. A *ratio* is to one bare primitive over the same frame, a Gaussian blur of 41 pixels or a discrete
Fourier transform, so that figures of two machines compare. Ends with 1 when a 320 x 480 frame takes longer than the aim
or memory grows.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from capture.finger import measures as native  # noqa: E402
from capture.finger.flow import orientation_flow  # noqa: E402
from capture.finger.frequency import frequency_dominance  # noqa: E402
from capture.finger.grid import InnerGrid, Moments  # noqa: E402
from capture.finger.model import installed_model  # noqa: E402
from capture.finger.region import region_of_interest  # noqa: E402
from capture.finger.ridges import local_clarity, width_ratios  # noqa: E402
from capture.finger.score import assess  # noqa: E402
from capture.finger.window import WindowCutter  # noqa: E402
from drivers.contract import Finger, GreyPixels  # noqa: E402
from drivers.world.finger import WorldHands  # noqa: E402
from drivers.world.press import Press  # noqa: E402
from timing import GROWTH_MAX_BYTES, growth_bytes, median_ms  # noqa: E402

AIM_MS = 20.0
PRESSES = (Press(), Press(moisture_ratio=0.1), Press(moisture_ratio=0.9), Press(pressure_ratio=0.1), Press(seed=2))

Work = Callable[[GreyPixels], object]
T = TypeVar("T")


def simulated(people: range = range(1, 2)) -> list[GreyPixels]:
    """Ten fingers of each person, pressed in five ways: 50 prints of 320 x 480 for one person."""
    hands = [WorldHands(seed) for seed in people]
    return [person.finger(finger).press(press) for person in hands for finger in Finger for press in PRESSES]


def published(folder: Path | None) -> list[GreyPixels]:
    """The five published prints of 416 x 560; none without the folder."""
    paths = [] if folder is None else sorted(folder.glob("SFinGe_Test*.pgm"))
    return [np.asarray(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE), dtype=np.uint8) for path in paths]


def stages() -> Iterator[tuple[str, Work]]:
    """The parts of a score, each with what it needs made beforehand, and not counted."""
    grid = _kept(InnerGrid.of)
    cutter = _kept(lambda print_: WindowCutter.of(print_, grid=grid(print_)))
    wide = _kept(lambda print_: cutter(print_).upright(wide=True))
    narrow = _kept(lambda print_: cutter(print_).upright(wide=False))
    level = _kept(lambda print_: cutter(print_).level())
    measured = _kept(native.measure)
    model = installed_model()
    yield "squares: orientation, foreground", InnerGrid.of
    yield "squares: moments", Moments.of
    yield "orientation flow", lambda print_: orientation_flow(grid(print_))
    yield (
        "three slanted windows a square",
        lambda print_: [
            cutter(print_).upright(wide=True),
            cutter(print_).upright(wide=False),
            cutter(print_).level(),
        ],
    )
    yield "frequency", lambda print_: frequency_dominance(level(print_))
    yield "local clarity", lambda print_: local_clarity(narrow(print_))
    yield "widths of ridges and valleys", lambda print_: width_ratios(wide(print_))
    yield "region of interest", region_of_interest
    yield "the model", lambda print_: model.estimate(measured(print_).values)


def _kept(make: Callable[[GreyPixels], T]) -> Callable[[GreyPixels], T]:
    made: dict[int, T] = {}

    def get(print_: GreyPixels) -> T:
        if id(print_) not in made:
            made[id(print_)] = make(print_)
        return made[id(print_)]

    return get


def score(print_: GreyPixels) -> object:
    """All of it: measures and built-in score."""
    return assess(native.measure(print_))


def report(name: str, prints: list[GreyPixels], *, rounds: int) -> float:
    """Print one set's table and give its median."""
    primitives = {
        "Gaussian blur of 41 px": lambda print_: cv2.GaussianBlur(print_, (41, 41), 0),
        "Fourier transform": lambda print_: cv2.dft(print_.astype(np.float32)),
    }
    own, clock = median_ms(score, prints, rounds=rounds)
    height_px, width_px = prints[0].shape
    print(f"{name}: {len(prints)} prints of {width_px} x {height_px}, median of {rounds} rounds")
    print(f"  {'measures and score':34} {own:7.2f} ms   (clock {clock:.2f} ms)")
    for stage, work in stages():
        print(f"    {stage:32} {median_ms(work, prints, rounds=rounds)[0]:7.2f} ms")
    for primitive, work in primitives.items():
        bare, _ = median_ms(work, prints, rounds=rounds)
        print(f"  {primitive:34} {bare:7.2f} ms   score / primitive {own / bare:.1f}")
    return own


def main() -> int:
    """Print the figures; 1 when an aim is missed."""
    parser = argparse.ArgumentParser(description="Time the finger's quality score.")
    parser.add_argument("--examples", type=Path, help="folder with NIST's five published prints")
    parser.add_argument("--frames", type=int, default=10_000, help="frames for the memory's sake")
    parser.add_argument("--rounds", type=int, default=5, help="how often each print is timed")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    prints = simulated()
    own = report("simulated", prints, rounds=arguments.rounds)
    if examples := published(arguments.examples):
        report("published", examples, rounds=arguments.rounds)
    growth = growth_bytes(score, prints, count=arguments.frames)
    fast, flat = own <= AIM_MS, growth <= GROWTH_MAX_BYTES
    print(f"aim: at most {AIM_MS:.0f} ms a 320 x 480 frame: {'met' if fast else 'MISSED'}; flat memory: {flat}")
    return 0 if fast and flat else 1


if __name__ == "__main__":
    sys.exit(main())
