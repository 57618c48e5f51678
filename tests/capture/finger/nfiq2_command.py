"""A command that says and prints what the real `nfiq2` says and prints; its score is not a quality."""

import sys
from pathlib import Path

USAGE = """
Version Info
------------
Biometric Evaluation: 10.0
FingerJet: 5.2.0
OpenCV: 4.5.4
NFIQ 2: 2.3.0 (Date: x, Commit: y)
"""
SCORED = """
import sys
from PIL import Image
picture = Image.open(open(sys.argv[-1], "rb"))
ppi = {round(float(side), 1) for side in picture.info["dpi"]}
assert picture.mode == "L" and picture.format == "PNG" and ppi == {500.0}, ppi
level = sum(picture.getdata()) % 101
print('"Filename",FingerCode,QualityScore,"OptionalError",Quantized,Resampled,UniformImage')
print(f'"{sys.argv[-1]}",0,{level},NA,0,0,70.7')
"""


def command(folder: Path, *, scored: str = SCORED, usage: str = USAGE) -> Path:
    path = folder / "nfiq2"
    body = f"import sys\nif sys.argv[1] == '-?':\n    print({usage!r})\n    sys.exit(1)\n{scored}"
    path.write_text(f"#!{sys.executable}\n{body}")
    path.chmod(0o755)
    return path
