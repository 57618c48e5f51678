"""`smilius destroy`, from headquarters' keys to an empty spool, with and without a courier that runs."""

import subprocess
import sys
from pathlib import Path

import pytest

from agent.courier.machine import ParcelState
from provisioning.verb import EXIT_REFUSED
from tests.provisioning.destroy.household import Household, household

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def house(tmp_path: Path, capsys: Capture) -> Household:
    return household(tmp_path, capsys)


def given(code: str, *, to: Household, options: tuple[str, ...] = (), number: str | None = None) -> int:
    """The command as a process of its own, fed as a technician types."""
    command = [sys.executable, "-c", "from provisioning.cli import main; raise SystemExit(main())", "destroy"]
    lines = [] if number is None else [number]
    ran = subprocess.run(
        [*command, "--root", str(to.paths.root), "--paper-code", *options],
        input="".join(line + "\n" for line in (*lines, code)),
        text=True,
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert code not in ran.stdout + ran.stderr
    return ran.returncode


def test_two_peoples_orders_empty_the_spool_of_a_station_that_does_not_run(house: Household, capsys: Capture) -> None:
    one, two = house.parcel(b"one"), house.parcel(b"two")
    orders = house.orders("--parcel", one.id)
    assert house.smilius("destroy", *orders, "--undelivered", "2") == EXIT_REFUSED
    assert len(house.on_disk(one)) == 2
    assert house.smilius("destroy", *orders, "--undelivered", "1") == 0
    assert f"destroyed: {one.id}" in capsys.readouterr().out
    assert (house.on_disk(one), len(house.on_disk(two))) == ([], 2)
    assert house.smilius("destroy", *orders, "--undelivered", "0") == EXIT_REFUSED
    assert "carried out already" in capsys.readouterr().err


def test_one_person_cannot_do_it_alone(house: Household, capsys: Capture) -> None:
    parcel = house.parcel(b"one")
    orders = house.orders()
    assert house.smilius("destroy", *orders[:2], *orders[:2], "--undelivered", "1") == EXIT_REFUSED
    assert house.smilius("destroy", *orders[:2], "--undelivered", "1") == EXIT_REFUSED
    assert len(house.on_disk(parcel)) == 2
    assert capsys.readouterr().err.splitlines() == [
        "smilius: Both orders are signed with the same key.",
        "smilius: A destruction needs the orders of two people.",
    ]


def test_the_paper_code_is_typed_and_serves_once(house: Household) -> None:
    parcel = house.parcel(b"one")
    assert given("WRONG", to=house, number="1") == EXIT_REFUSED
    assert len(house.on_disk(parcel)) == 2
    assert given(house.code.lower(), to=house, number="1") == 0
    assert house.on_disk(parcel) == []
    assert given(house.code, to=house, number="0") == EXIT_REFUSED


def test_a_running_courier_does_it_itself(house: Household, capsys: Capture) -> None:
    parcel = house.parcel(b"one")
    command = [sys.executable, "-m", "agent", "courier", "--root", str(house.paths.root)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as courier:
        try:
            assert courier.stderr is not None
            # nobody answers at the broker: the first thing that it says is that, and by then it serves
            courier.stderr.readline()
            while not house.paths.courier_socket.exists():
                assert courier.poll() is None
            assert house.smilius("destroy", *house.orders(), "--undelivered", "3") == EXIT_REFUSED
            assert house.smilius("destroy", *house.orders(), "--undelivered", "1") == 0
        finally:
            courier.terminate()
    assert house.on_disk(parcel) == []
    assert f"destroyed: {parcel.id}" in capsys.readouterr().out
    room = house.room()
    found = room.store.parcel(parcel.id)
    assert found is not None
    assert found.state is ParcelState.DESTROYED
    room.engine.dispose()
