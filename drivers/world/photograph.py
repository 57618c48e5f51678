"""The photograph of the simulated person: a public-domain portrait that the demo extra brings along.

`astronaut.png` of scikit-image: Eileen Collins, NASA Great Images database, no known copyright restrictions. It is
read out of the installed package; scikit-image itself is not imported, because that alone takes a second.
"""

from importlib.util import find_spec
from pathlib import Path

from drivers.contract import GoneFault, RgbPixels
from drivers.transport.recording import read_rgb


def astronaut() -> RgbPixels:
    """The photograph, shape (512, 512, 3). :raises: GoneFault when the demo extra is not installed."""
    spec = find_spec("skimage")
    if spec is None or spec.origin is None:
        raise GoneFault("The simulated camera has nobody to show: install the `demo` extra.")
    return read_rgb(Path(spec.origin).parent / "data" / "astronaut.png", name="the simulated person")
