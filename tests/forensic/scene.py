"""A station and headquarters on a file system each, a client like no other, and the question of what is left of them.

The client is made for one run: an application's number, a name, a face with noise of its own, fingers of a person that
no other test has. What a visit makes of it is known from MIGRIS, which may have it, and from the parcel's key while
it waits.
"""

import asyncio
import os
import random
import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from capture.records.package import unpack
from central.migris.simulator.store import MigrisStore
from drivers.contract import Finger
from drivers.world.finger import WorldFinger
from drivers.world.photograph import astronaut
from drivers.world.press import Press
from provisioning.demo.request import DemoRequest
from provisioning.demo.stage import Stage
from tests.forensic.image import MEGABYTE, mounted, written_out
from tests.forensic.search import Find, Search
from tests.forensic.watermark import Mark, piece_marks, row_marks, text_marks, written
from tests.journey.operator import workers_of
from tests.journey.processes import System
from vault.envelope import unwrap
from vault.labels import ParcelId

TABLES_BYTES = 1024
IMAGE_BYTES = 48 * MEGABYTE
FINGERS = (Finger.RIGHT_INDEX, Finger.LEFT_INDEX)


@dataclass(frozen=True)
class Client:
    """Somebody who was never there."""

    application: str
    """The application's number."""
    given_name: str
    surname: str
    photo: np.ndarray = field(repr=False)
    """BGR."""
    prints: dict[Finger, np.ndarray] = field(repr=False)

    @classmethod
    def invented(cls, seed: int) -> "Client":
        chance = random.Random(seed)
        letters = "bdghklmnprstvz"
        given, sur = ("".join(chance.choice(letters) + chance.choice("aeiou") for _ in range(5)).title() for _ in "12")
        noise = np.random.default_rng(seed)
        head = cv2.resize(astronaut()[:280, 80:370], None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)
        speckled = np.clip(head.astype(np.int16) + noise.integers(-3, 4, head.shape), 0, 255).astype(np.uint8)
        return cls(
            application=f"MIG-{chance.randrange(10**12):012d}",
            given_name=given,
            surname=sur,
            photo=cv2.cvtColor(speckled, cv2.COLOR_RGB2BGR),
            prints={finger: WorldFinger(seed, finger).press(Press()) for finger in FINGERS},
        )

    def marks(self) -> list[Mark]:
        """Number, names, frames."""
        return [
            *text_marks("the application's number", self.application),
            *text_marks("the given name", self.given_name),
            *text_marks("the surname", self.surname),
            *row_marks("the portrait's frame", self.photo[:, :, ::-1]),
            *row_marks("the portrait's frame", self.photo),
            *(mark for finger, pixels in self.prints.items() for mark in row_marks(f"the {finger} frame", pixels)),
        ]


class Scene:
    """Both sides at work, on disks that can be searched past their file systems."""

    def __init__(self, stage: Stage, client: Client) -> None:
        self.stage = stage
        self.client = client
        self.system = System(stage)
        self.plain: list[Mark] = client.marks()
        self.keys: list[Mark] = []
        self.sealed: dict[str, list[Mark]] = {}
        self._began_s = time.time()  # noqa: TID251 (compared with what file systems say)

    def key(self, parcel: str) -> bytes:
        """The parcel's key, which is looked for from now on."""
        key = (self.stage.station.parcel_keys / f"{parcel}.key").read_bytes()
        self.keys += written("a parcel's key", key)
        return key

    def open_spooled(self, parcel: str, *, name: str) -> list[Mark]:
        """Pieces of the sealed bytes that wait at the station, which are looked for from now on.

        Returned are pieces of the file as it is: wrapped once more, under a key that will be destroyed.
        """
        wrapped = (self.stage.station.spool / "kept" / f"{parcel}.parcel").read_bytes()
        sealed = unwrap(wrapped, key=self.key(parcel), parcel=ParcelId(parcel))
        self.sealed[name] = piece_marks(f"sealed bytes of the {name} visit", sealed.content)
        return piece_marks("the parcel's file", wrapped)

    def learn_pictures(self) -> None:
        """MIGRIS has a package by now: its pictures are looked for from now on, and every visit makes the same."""
        with self._migris() as database:
            ((package,),) = database.execute("SELECT package FROM submission WHERE length(package) > 0").fetchall()
        self.plain += package_marks(bytes(package))

    def close_application(self, *, closed: bool = True) -> None:
        """From now on MIGRIS takes nothing for the client, or takes it again."""
        with self._migris() as database:
            state = "closed" if closed else "submitted"
            database.execute("UPDATE application SET state = ? WHERE number = ?", (state, self.client.application))
            database.commit()

    @contextmanager
    def _migris(self) -> Iterator[sqlite3.Connection]:
        database = sqlite3.connect(self.stage.central / "migris" / "migris.db")
        try:
            yield database
        finally:
            database.close()

    def survivors(self) -> dict[str, int]:
        """Every process of ours that is still there and is not MIGRIS: who had to forget."""
        found = {one.name: one.pid for one in self.system.all if one.name != "migris" and not one.dead}
        found |= {f"worker {number}": number for number in workers_of(self.stage.station.root)}
        if "bridge" in found:
            (found["opener"],) = _children(found["bridge"])
            # what it forks for a package ends with the package
            for number in _children(found["opener"]):
                found["examiner"] = number
        return found

    def in_memory(self, marks: list[Mark], *, of: str = "") -> list[Find]:
        """What the processes still know, or those of one name."""
        search, found = Search(marks), set[Find]()
        for name, number in self.survivors().items():
            found |= search.memory(number, place=name) if name.startswith(of) else set()
        return sorted(found)

    def on_disk(self, marks: list[Mark], *, side: str) -> list[Find]:
        """What is in the blocks of a side's file system: in files, in free blocks, in the journal."""
        written_out(self.stage.root / side)
        return sorted(Search(marks).file(self.stage.root / f"{side}.ext4", place=f"{side}'s disk"))

    def elsewhere(self, marks: list[Mark]) -> list[Find]:
        """What is in logs, in the run folder, and in any temporary file written since."""
        search, found = Search(marks), set[Find]()
        found |= search.files(self.stage.logs) | search.files(self.stage.station.run)
        for folder in (Path("/dev/shm"), Path("/tmp"), Path("/var/tmp")):
            for made in _made_since(folder, since_s=self._began_s):
                other = made == self.stage.root or made.name.startswith(("pytest-", "smilius-"))
                found |= set() if other else search.files(made, since_s=self._began_s)
        return sorted(found)


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _made_since(folder: Path, *, since_s: float) -> Iterator[Path]:
    for path in folder.glob("*"):
        # another program's may have gone meanwhile
        with suppress(FileNotFoundError):
            if path.lstat().st_ctime >= since_s:
                yield path


def package_marks(package: bytes) -> list[Mark]:
    """The pictures in a package, as they were encoded; past the tables that every such file begins with."""
    unpacked = unpack(package)
    assert unpacked.portrait_jpeg is not None, "this client has a face"
    pictures = {"the portrait's JPEG": unpacked.portrait_jpeg}
    pictures |= {f"the {finger} WSQ": wsq for finger, wsq in unpacked.prints.items()}
    return [mark for name, content in pictures.items() for mark in piece_marks(name, content[TABLES_BYTES:], count=60)]


@contextmanager
def raised(folder: Path, *, seed: int) -> Iterator[Scene]:
    """The scene, nothing started.

    :param folder: for what devices replay.
    """
    client = Client.invented(seed)
    photo, prints = folder / "photo.png", {finger: folder / f"{finger.value}.png" for finger in FINGERS}
    cv2.imwrite(str(photo), client.photo)
    for finger, path in prints.items():
        cv2.imwrite(str(path), client.prints[finger])
    request = DemoRequest(photo=photo, fingers=prints, missing={}, application="", out=None, keep=False)
    stage = Stage()
    with ExitStack() as held:
        held.callback(stage.strike)
        for side in ("station", "central"):
            held.enter_context(mounted(stage.root / f"{side}.ext4", stage.root / side, size_bytes=IMAGE_BYTES))
        # MIGRIS is where it all belongs: elsewhere
        (stage.root / "migris").mkdir(mode=0o700)
        os.symlink(stage.root / "migris", stage.central / "migris")
        asyncio.run(stage.found())
        asyncio.run(stage.claim(request))
        _configure(stage)
        _book(stage, client)
        scene = Scene(stage, client)
        held.callback(scene.system.stop)
        yield scene


def _configure(stage: Stage) -> None:
    layer = "[station.profile.face]\nframes_per_attempt = 1\n\n[courier]\nfree_bytes_min = 1048576\n"
    (stage.station.configuration / "60-forensic.toml").write_text(layer)


def _book(stage: Stage, client: Client) -> None:
    MigrisStore(stage.central / "migris" / "migris.db").close()
    with sqlite3.connect(stage.central / "migris" / "migris.db") as database:
        row = (client.application, client.given_name, client.surname, "1991-03-14", "UKR", "submitted")
        database.execute("INSERT INTO application VALUES (?, ?, ?, ?, ?, ?)", row)
    database.close()
