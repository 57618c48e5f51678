"""What a technician types, as a process of its own: a check keeps its memory private, which a test's process shall not.

Where the process itself is not the matter, the round is made here.
"""

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

from provisioning.cctv.rounds import rounds
from tests.house.source import ROOT

PROGRAM = (sys.executable, "-c", "import sys; from provisioning.cli import main; sys.exit(main())", "cctv")


class Told(NamedTuple):
    """How it ended."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()

    @property
    def objects(self) -> list[dict[str, Any]]:
        assert self.err == ""
        return [json.loads(line) for line in self.lines]

    @property
    def flowing(self) -> str:
        """Its text, however it was wrapped."""
        return " ".join(self.out.split())


def cctv(*words: object) -> Told:
    said = subprocess.run([*PROGRAM, *map(str, words)], cwd=ROOT, capture_output=True, text=True, check=False)
    return Told(said.returncode, said.stdout, said.stderr)


async def cctv_meanwhile(*words: object) -> Told:
    """The same, while this process goes on."""
    return await asyncio.to_thread(cctv, *words)


class Station:
    """A station's files below a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.configuration = root / "etc/smilius/50.toml"
        self.clocks = root / "var/lib/smilius/station/clocks.json"
        for file in (self.configuration, self.clocks):
            file.parent.mkdir(parents=True)

    def names(self, name: str, driver: str, **options: object) -> None:
        """One more entry of `station.cctv`."""
        told = "".join(f"{key} = {_toml(value)}\n" for key, value in options.items())
        with self.configuration.open("a") as file:
            file.write(f'[[station.cctv]]\nname = "{name}"\ndriver = "{driver}"\n[station.cctv.options]\n{told}')

    def check(self, *words: object) -> Told:
        return cctv("check", "--root", self.root, *words)

    def round(self, *names: str, as_json: bool = True) -> Told:
        """The same in this process, which is quicker. :raises: InputRefused."""
        said: list[str] = []
        well = rounds(self.root, names, as_json=as_json, say=said.append)
        return Told(0 if well else 1, "\n".join(said), "")

    def password(self, text: str, *, mode: int = 0o600) -> Path:
        file = self.root / "password"
        file.write_text(text)
        file.chmod(mode)
        return file


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_toml(item)}" for key, item in value.items()) + "}"
    return json.dumps(str(value) if isinstance(value, Path) else value)
