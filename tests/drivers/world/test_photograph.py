import hashlib
import subprocess
import sys

from drivers.world.photograph import astronaut

# `sys.meta_path` first answers for scikit-image as for a package of which only an empty folder is left
UNINSTALLED = """
import importlib.machinery, sys

class Hidden:
    def find_spec(name, path=None, target=None):
        return importlib.machinery.ModuleSpec(name, None) if name == "skimage" else None

sys.meta_path.insert(0, Hidden)
from drivers.contract import GoneFault
from drivers.world.photograph import astronaut

try:
    astronaut()
except GoneFault as fault:
    print(fault.sentence)
"""


def _said(program: str) -> str:
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.strip()


def test_it_is_the_one_public_domain_photograph() -> None:
    digest = hashlib.sha256(astronaut().tobytes()).hexdigest()
    assert digest == "a8c429c18afa7b0fd5673e598d73a21225d94c864a71bbb3885126fdecb41071"


def test_scikit_image_itself_is_not_imported() -> None:
    look = "import sys; from drivers.world.photograph import astronaut; astronaut(); print('skimage' in sys.modules)"
    assert _said(look) == "False"


def test_without_the_demo_extra_there_is_nobody_to_show() -> None:
    assert "install the `demo` extra" in _said(UNINSTALLED)
