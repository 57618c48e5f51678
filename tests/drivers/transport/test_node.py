import os
import subprocess
import sys
from pathlib import Path

from drivers.transport.node import holders_of, look_at


def test_a_node_that_is_not_there_is_not_usable(tmp_path: Path) -> None:
    state = look_at(str(tmp_path / "none"))
    assert (state.there, state.usable, state.mode) == (False, False, "")


def test_mode_and_group_are_as_they_are(tmp_path: Path) -> None:
    node = tmp_path / "node"
    node.touch()
    node.chmod(0o660)
    state = look_at(str(node))
    assert (state.there, state.usable, state.mode) == (True, True, "0660")
    # the superuser's group lets nobody in who could be put into it
    assert state.group_may == (os.stat(node).st_gid != 0)
    node.chmod(0o600)
    assert not look_at(str(node)).group_may


def test_who_has_it_open_is_found_and_who_closed_it_is_not(tmp_path: Path) -> None:
    node, other = tmp_path / "node", tmp_path / "other"
    node.touch()
    other.touch()
    command = [sys.executable, "-c", "import sys; held = open(sys.argv[1]); print(flush=True); input()", str(node)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        held = holders_of([str(node), str(other)])
        holder.communicate(b"\n")
    assert {path: one.process for path, one in held.items()} == {str(node): holder.pid}
    assert held[str(node)].name.startswith("python")
    assert holders_of([str(node)]) == {}
