"""Everything is under one root, and the processes' folders are apart."""

from pathlib import Path

from agent.config.paths import Paths


def properties(paths: Paths) -> dict[str, Path]:
    names = [name for name, item in vars(Paths).items() if isinstance(item, property)]
    return {name: getattr(paths, name) for name in names}


def test_the_root_moves_every_path() -> None:
    here, there = properties(Paths(Path("/"))), properties(Paths(Path("/srv/demo")))
    assert len(here) > 15
    assert {name: Path("/srv/demo") / path.relative_to("/") for name, path in here.items()} == there


def test_no_two_things_have_one_path() -> None:
    paths = properties(Paths(Path("/"))).values()
    assert len(set(paths)) == len(paths)


def test_where_an_appliance_has_them() -> None:
    paths = Paths(Path("/"))
    assert paths.configuration == Path("/etc/smilius")
    assert paths.courier_socket == Path("/run/smilius/courier.sock")
    assert paths.spool.is_relative_to(paths.courier)
    assert paths.parcel_keys.is_relative_to(paths.courier)
    assert paths.seal_key.is_relative_to(paths.station)
    assert not paths.station.is_relative_to(paths.courier)
