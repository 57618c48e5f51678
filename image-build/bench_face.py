"""How long a portrait takes to be judged, how much memory that needs, and whether it stays flat: `make bench`.

    python image-build/bench_face.py [--frames N] [--rounds N]

One thread. Times are of this thread's own processor time, so that what else runs does not count; the clock's time is
printed beside them. A *ratio* is to the bare networks' forward passes over inputs that are ready, so that figures of
two machines compare. Ends with 1 when an aim is missed or memory grows.
"""

import argparse
import itertools
import multiprocessing
import re
import statistics
import sys
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from capture.face.geometry import head_of  # noqa: E402
from capture.face.judge import FaceJudge  # noqa: E402
from capture.face.live import Preview  # noqa: E402
from capture.face.models import FaceModels, load_models  # noqa: E402
from capture.face.networks import NetworkReader  # noqa: E402
from capture.profile import FaceRule  # noqa: E402
from capture.sample import FaceSample  # noqa: E402
from drivers.contract import Frame, RgbPixels  # noqa: E402
from tests.capture.face.sitting import Sitting, exposed, sat  # noqa: E402
from timing import GROWTH_MAX_BYTES, growth_bytes, median_ms, resident_bytes, timed_ms  # noqa: E402

PREVIEW_PX, FINAL_PX = (640, 480), (4056, 3040)
"""Width and height of a frame."""
REDUCED_RATIO = PREVIEW_PX[1] / FINAL_PX[1]
"""Pixels of a preview for one of a full frame."""
FRAME_NS = 33_000_000
"""Thirty previews a second: the face is followed from one to the next, as at the station."""
PREVIEW_AIM_MS, FINAL_AIM_MS = 45.0, 400.0
RESIDENT_AIM_BYTES = 250 << 20
PLACES = 12
"""Frames with the head in as many places and, of the small ones, sizes."""

Look = Callable[[RgbPixels], object]


def frames(sitting: Sitting, size_px: tuple[int, int], *, inter_eye_px: float) -> Iterator[RgbPixels]:
    """Frames of this size with the head in as many places, its eyes about so far from each other.

    :param size_px: width and height.
    """
    width_px, height_px = size_px
    picture, head = exposed(sitting.picture), head_of(sitting.points)
    for number in range(PLACES):
        scale = inter_eye_px * (1 + 0.01 * number) / head.inter_eye_px
        eyes_px = (width_px * (0.4 + 0.2 * number / PLACES), 0.45 * height_px)
        affine = np.hstack([scale * np.eye(2), (eyes_px - scale * head.between_eyes_px)[:, None]])
        pixels = cv2.warpAffine(picture, affine, size_px, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
        yield np.asarray(pixels, np.uint8)


def forward_ms(models: FaceModels, *, rounds: int) -> float:
    """One bare forward pass of detector, mesh and person mask each, on inputs that are ready; printed too."""
    sides_px = {"detector": (models.detector, 128), "mesh": (models.mesh, 192), "person": (models.person, 256)}
    total = 0.0
    for name, (net, side_px) in sides_px.items():
        noise = np.random.default_rng(1).integers(0, 256, (side_px, side_px, 3), np.uint8)
        own = statistics.median(timed_ms(_pass(net, noise), noise)[0] for _ in range(10 * rounds))
        print(f"  {f'bare forward pass, {name}, {side_px} x {side_px}':44} {own:9.2f} ms")
        total += own
    return total


def _pass(net: cv2.dnn.Net, picture: RgbPixels) -> Look:
    outputs = net.getUnconnectedOutLayersNames()
    net.setInput(cv2.dnn.blobFromImage(picture, 1 / 255))
    return lambda _: net.forward(outputs)


def resident_in_use(frame: RgbPixels) -> tuple[int, int]:
    """How much RAM a process of its own needs with the models loaded, and after a portrait from this frame."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    worker = context.Process(target=_work, args=(theirs,))
    worker.start()
    loaded = ours.recv()
    ours.send(frame)
    in_use = ours.recv()
    worker.join()
    return loaded, in_use


def _work(pipe: Connection) -> None:
    cv2.setNumThreads(1)
    judge = FaceJudge()
    pipe.send(resident_bytes())
    judge.judge(Frame(pipe.recv(), taken_ns=1), FaceRule())
    pipe.send(_most_bytes())


def _most_bytes() -> int:
    """The most that was ever in RAM since this program began; `getrusage` would count what came before it."""
    (kib,) = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(kib) << 10


def report(name: str, look: Look, *, pictures: list[RgbPixels], rounds: int, bare_ms: float) -> float:
    """Print one size's figures and give its median. :raises: SystemExit when a frame was not looked at to its end."""
    if not all(_complete(look(picture)) for picture in pictures):
        raise SystemExit(f"{name}: a frame gave no portrait, so its time would say nothing")
    own, clock = median_ms(look, pictures, rounds=rounds)
    height_px, width_px = pictures[0].shape[:2]
    print(f"{name}: {len(pictures)} frames of {width_px} x {height_px}, median of {rounds} rounds")
    print(f"  {'all of it':44} {own:9.2f} ms   (clock {clock:.2f} ms)")
    print(f"  {'ratio to the three bare passes':44} {own / bare_ms:9.2f}")
    return own


def _complete(seen: object) -> bool:
    return isinstance(seen, FaceSample | Preview)


def main() -> int:
    """Print the figures; 1 when an aim is missed."""
    parser = argparse.ArgumentParser(description="Time the judge of faces.")
    parser.add_argument("--frames", type=int, default=10_000, help="frames for the memory's sake")
    parser.add_argument("--rounds", type=int, default=5, help="how often each frame is timed")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    models = load_models()
    judge = FaceJudge(NetworkReader(models))
    sitting, rule, rounds = sat(models), FaceRule(), arguments.rounds
    small = list(frames(sitting, PREVIEW_PX, inter_eye_px=75))
    large = list(frames(sitting, FINAL_PX, inter_eye_px=260))
    del sitting
    bare_ms = forward_ms(models, rounds=rounds)

    clock = itertools.count(1, FRAME_NS)

    def previewed(picture: RgbPixels) -> object:
        return judge.preview(Frame(picture, taken_ns=next(clock), reduced_ratio=REDUCED_RATIO), rule)

    def judged(picture: RgbPixels) -> object:
        return judge.judge(Frame(picture, taken_ns=1), rule)

    preview = report("preview", previewed, pictures=small, rounds=rounds, bare_ms=bare_ms)
    final = report("final portrait", judged, pictures=large, rounds=rounds, bare_ms=bare_ms)
    loaded, in_use = resident_in_use(large[0])
    growth = growth_bytes(previewed, small, count=arguments.frames)
    print(f"resident memory of a process of its own: {loaded / 2**20:.1f} MiB with the models loaded,")
    print(f"  {in_use / 2**20:.1f} MiB at most while it makes a portrait from 12 megapixels")
    aims = {
        f"preview of at most {PREVIEW_AIM_MS:.0f} ms": preview <= PREVIEW_AIM_MS,
        f"final portrait of at most {FINAL_AIM_MS:.0f} ms": final <= FINAL_AIM_MS,
        f"resident at most {RESIDENT_AIM_BYTES >> 20} MiB": in_use <= RESIDENT_AIM_BYTES,
        "flat memory": growth <= GROWTH_MAX_BYTES,
    }
    for aim, met in aims.items():
        print(f"aim: {aim}: {'met' if met else 'MISSED'}")
    return 0 if all(aims.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
