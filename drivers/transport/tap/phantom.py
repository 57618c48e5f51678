"""What may be recorded: things that were declared before, in a register with an entry for each.

An entry names one thing, says what it is and who answers for it, and goes into every recording that is made of it. What
the product declares itself everybody has (an empty plate) or is an emulator; fingers and heads of silicone or plaster
are declared by who owns them, in a file of the same form.
"""

import stat
import tomllib
from collections.abc import Mapping
from enum import StrEnum
from importlib import resources
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from drivers.contract import DeviceKind, PhantomFault

REGISTER_BYTES_MAX: Final = 64 * 1024
ID_PATTERN: Final = r"^[a-z0-9][a-z0-9-]{2,39}$"


class PhantomKind(StrEnum):
    """What a phantom can be. There is no word for a person in it."""

    PRINTED_FINGER = "printed-finger"
    """A ridge pattern that nobody has, printed or cut."""
    CAST_FINGER = "cast-finger"
    """A ridge pattern that nobody has, in silicone or gelatine."""
    EMPTY_PLATE = "empty-plate"
    """A sensor that nothing touches."""
    EMPTY_SCENE = "empty-scene"
    """A chair, a wall, and nobody."""
    TEST_CARD = "test-card"
    """A ruling, a grey card, a chart."""
    DOLL_HEAD = "doll-head"
    """A head of plaster, plastic or wood."""
    EMULATOR = "emulator"
    """No hardware at all: a device model, or the kernel's."""

    @property
    def empty(self) -> bool:
        """Whether a sensor that sees it must not see a finger."""
        return self in {PhantomKind.EMPTY_PLATE, PhantomKind.EMPTY_SCENE}


_FINGER, _CAMERA = frozenset({DeviceKind.FINGERPRINT}), frozenset({DeviceKind.CAMERA})

SHOWN_TO: Final[Mapping[PhantomKind, frozenset[DeviceKind]]] = {
    PhantomKind.PRINTED_FINGER: _FINGER,
    PhantomKind.CAST_FINGER: _FINGER,
    PhantomKind.EMPTY_PLATE: _FINGER,
    PhantomKind.EMPTY_SCENE: _CAMERA,
    PhantomKind.TEST_CARD: _FINGER | _CAMERA,
    PhantomKind.DOLL_HEAD: _CAMERA,
    PhantomKind.EMULATOR: _FINGER | _CAMERA,
}
"""Which devices a kind of phantom makes sense before."""


class Phantom(BaseModel):
    """One declared thing."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=ID_PATTERN)
    """What it is called, on its label too."""
    kind: PhantomKind
    """What it is."""
    description: str = Field(min_length=10, max_length=200)
    """How it is told from others."""
    declared_by: str = Field(min_length=3, max_length=80)
    """Which workshop answers for it; a place or a role, and no person's name."""


class PhantomRegister:
    """All that are declared."""

    def __init__(self, *phantoms: Phantom) -> None:
        """:param phantoms: each with an id of its own."""
        self._phantoms = {phantom.id: phantom for phantom in phantoms}

    @classmethod
    def load(cls, own: Path | None = None) -> "PhantomRegister":
        """The product's, and those of a file. :raises: PhantomFault when the file is no such register."""
        shipped = _read(resources.files("drivers").joinpath("phantoms.toml").read_text("utf-8"))
        declared = _read(_text(own)) if own is not None else []
        if twice := {phantom.id for phantom in shipped} & {phantom.id for phantom in declared}:
            raise PhantomFault(f"The product declares a phantom {min(twice)!r} already: give yours another id.")
        return cls(*shipped, *declared)

    def declared(self, phantom_id: str | None, *, kind: DeviceKind) -> Phantom:
        """The phantom of that id, for a device of that kind. :raises: PhantomFault when it is not declared for it."""
        if not phantom_id:
            raise PhantomFault("Say which declared phantom is before the device: a person is never recorded.")
        phantom = self._phantoms.get(phantom_id)
        if phantom is None:
            known = ", ".join(sorted(self._phantoms))
            raise PhantomFault(f"There is no such declared phantom; there are: {known}.")
        if kind not in SHOWN_TO[phantom.kind]:
            raise PhantomFault(f"A phantom of kind {phantom.kind} says nothing to a {kind} device.")
        return phantom


def _text(file: Path) -> str:
    try:
        found = file.stat()
        if not stat.S_ISREG(found.st_mode) or found.st_size > REGISTER_BYTES_MAX:
            raise PhantomFault("The register of phantoms is no file of a register's size.")
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise PhantomFault("The register of phantoms cannot be read.") from None


def _read(text: str) -> list[Phantom]:
    try:
        tables = tomllib.loads(text)
        return [Phantom(id=name, **table) for name, table in tables.items()]
    except ValidationError as error:
        places = ", ".join(".".join(map(str, item["loc"])) for item in error.errors())
        raise PhantomFault(f"The register of phantoms has an entry that declares nothing: {places}.") from None
    except (tomllib.TOMLDecodeError, TypeError, RecursionError):
        raise PhantomFault("The register of phantoms is not TOML with one table for each.") from None
