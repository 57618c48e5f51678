"""Moves a station's own keys to the home that its configuration names, while nothing of it runs.

Every key is looked at before the first is touched: what cannot be moved stops all of it.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from agent.compose.keys import Process, open_home
from agent.config.keys import HomeName, keys_choice
from agent.config.layers import load_layers
from agent.config.paths import Paths
from agent.errors import AgentError
from agent.instance import only_instance
from provisioning.errors import InputRefused
from vault.errors import VaultError
from vault.keys import KeyHome, ParcelKeys, end_replacements, is_movable, move


@dataclass(frozen=True, slots=True, kw_only=True)
class Household:
    """One process's keys and both homes."""

    process: Process
    """Whose."""
    former: KeyHome
    """Where they live."""
    home: KeyHome
    """Where they shall."""
    keys: dict[Path, bool]
    """Files that are there once for all, and whether each only signs."""


def move_keys(root: Path, *, former: HomeName, processes: Sequence[Process]) -> list[str]:
    """Move them; a sentence each. Asking again after a cut goes on.

    :raises: InputRefused when a daemon runs, when a key cannot be moved, or when a home does not answer.
    """
    paths = Paths(root)
    try:
        with ExitStack() as held:
            folders = {"station": paths.station, "courier": paths.courier}
            for process in processes:
                held.enter_context(only_instance(folders[process], name=process))
            households = [_household(paths, process, former=former) for process in processes]
            going = [(one, [*_movable(one)]) for one in households]
            return [sentence for one, moved in going for sentence in _carry_out(paths, one, moved=moved)]
    except (AgentError, VaultError) as error:
        raise InputRefused(error.code, error.sentence) from None


def _household(paths: Paths, process: Process, *, former: HomeName) -> Household:
    choice = keys_choice(load_layers(paths.configuration), process)
    if choice.home == former:
        raise InputRefused(
            "home-unchanged", f"The configuration names {former} for the {process} still: change it first."
        )
    keys = {paths.seal_key: True, paths.pseudonym_key: False} if process == "station" else {paths.link_key: False}
    return Household(
        process=process,
        former=open_home(paths, process, choice=choice.model_copy(update={"home": former})),
        home=open_home(paths, process, choice=choice, make=True),
        keys=keys,
    )


def _movable(one: Household) -> Iterator[Path]:
    for path, signs in one.keys.items():
        if is_movable(path, former=one.former, home=one.home, signs=signs):
            yield path


def _carry_out(paths: Paths, one: Household, *, moved: Sequence[Path]) -> Iterator[str]:
    for path in moved:
        move(path, former=one.former, home=one.home)
        yield f"{one.process}: {path.name} was moved to {one.home.kind.value}."
    end_replacements([*one.keys])
    if one.process == "courier":
        count = ParcelKeys(paths.parcel_keys, one.home.parcels).rewrap(one.former.parcels)
        # what opened them in the former home opens nothing that is needed any more
        one.former.parcels.forget()
        yield f"courier: {count} keys of waiting parcels were moved to {one.home.kind.value}."
