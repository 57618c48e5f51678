"""Warrants: on whose word sealed things were destroyed. Each is on the disk before the first thing goes, and stays.

One file each: `NAME.open` while it is carried out, `NAME.done` afterwards. An order's name has its counter, a paper
code's its salt, so that the file itself says that neither may be used again. The files are beside the database and not
in it, because a station whose database is broken must still be wiped.
"""

from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from vault.disk import (
    is_there,
    make_folder,
    names_in,
    read_file,
    rename_durably,
    sweep_unfinished,
    write_durably,
)
from vault.envelope import PaperHash
from vault.errors import DiskFailed, VaultError

Verb = Literal["destroy", "decommission"]
Reason = Literal["erasure", "decommission", "reset", "lost"]

PARCELS_MAX = 100_000
"""No warrant names more parcels."""

_BYTES_MAX = 16 * 1024 * 1024
_OPEN, _DONE = ".open", ".done"
_ORDER = "order-"
_PAPER = "paper.json"


class Warrant(BaseModel):
    """What may be destroyed, why, and on whose word. Every condition held when it was made."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^(order-[0-9]{16}|paper-[0-9a-f]{32})$")
    """The order's counter, or the paper code's salt: both serve once."""
    verb: Verb
    """`destroy` ends parcels; `decommission` ends the unit."""
    reason: Reason
    """Why."""
    parcels: tuple[str, ...] | None
    """Which; None is all that are here."""
    authorised_by: str = Field(max_length=80)
    """The two keys that signed, or `paper-code`."""
    orders: tuple[str, ...] = ()
    """The signed orders, base64: what an auditor verifies."""


class Paper(BaseModel):
    """What the station knows of its paper code."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kept: PaperHash
    """Salt and hash."""
    attempts: int = Field(ge=0)
    """Wrong codes so far."""

    @property
    def name(self) -> str:
        """The name of the warrant that this code gives."""
        return f"paper-{self.kept.salt}"


def order_name(counter: int) -> str:
    """The name of the warrant that the order with this counter gives."""
    return f"{_ORDER}{counter:016d}"


_Model = TypeVar("_Model", bound=BaseModel)


class WarrantBook:
    """The folder of warrants and of the paper code's hash."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        make_folder(folder, mode=0o700)
        sweep_unfinished(folder)

    def begin(self, warrant: Warrant) -> None:
        """On the disk when this returns: from here on it is carried out, whatever dies."""
        write_durably(self._folder / (warrant.name + _OPEN), warrant.model_dump_json().encode())

    def open(self) -> Warrant | None:
        """The warrant that was begun and is not carried out yet."""
        begun = [name for name in names_in(self._folder) if name.endswith(_OPEN)]
        return _read(self._folder / begun[0], Warrant) if begun else None

    def close(self, warrant: Warrant) -> None:
        """It was carried out and verified."""
        begun = self._folder / (warrant.name + _OPEN)
        if is_there(begun):
            rename_durably(begun, begun.with_suffix(_DONE))

    def used(self, name: str) -> bool:
        """Whether a warrant of this name was ever begun."""
        return any(is_there(self._folder / (name + suffix)) for suffix in (_OPEN, _DONE))

    def last_counter(self) -> int:
        """The highest counter of an order that was begun; 0 before the first."""
        stems = (name.rpartition(".")[0] for name in names_in(self._folder) if name.startswith(_ORDER))
        return max((int(stem.removeprefix(_ORDER)) for stem in stems), default=0)

    def paper(self) -> Paper | None:
        """What is kept of the paper code; None when none was ever printed."""
        path = self._folder / _PAPER
        return _read(path, Paper) if is_there(path) else None

    def keep_paper(self, paper: Paper) -> None:
        """Replace what is kept: at a claim, and before each attempt is judged."""
        write_durably(self._folder / _PAPER, paper.model_dump_json().encode())


def _read(path: Path, model: type[_Model]) -> _Model:
    try:
        return model.model_validate_json(read_file(path, bytes_max=_BYTES_MAX))
    except ValidationError as error:
        raise VaultError(f"The file {path.name} of the warrants is not readable.") from error
    except DiskFailed as error:
        raise DiskFailed(f"The warrants cannot be read. {error.sentence}", number=error.number) from error
