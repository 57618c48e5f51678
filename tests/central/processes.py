"""Real processes, started and ended by the test that needs them; ready is what they say to the service manager."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from central.paths import Paths

READY_LIMIT_S = 120.0
END_LIMIT_S = 60.0


@contextmanager
def running(*command: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The process, once it has said that it is ready; it has ended when this is left."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear, log.open("ab") as output:
        ear.bind("")  # the kernel gives an abstract name: a path could be too long
        ear.settimeout(READY_LIMIT_S)
        environment = {**os.environ, "NOTIFY_SOCKET": "@" + ear.getsockname()[1:].decode()}
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment)
        try:
            while b"READY=1" not in ear.recv(1024):
                pass
            yield process
        except TimeoutError:
            pytest.fail(f"{command[0]} did not get ready: {log.read_text()}")
        finally:
            stop(process)


def stop(process: subprocess.Popen[bytes]) -> int:
    """End it in good order, and return its exit code."""
    process.terminate()
    try:
        return process.wait(END_LIMIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise


def kill(process: subprocess.Popen[bytes]) -> None:
    """As a power cut ends it."""
    process.kill()
    process.wait()


@contextmanager
def broker(paths: Paths) -> Iterator[subprocess.Popen[bytes]]:
    """mosquitto with the configuration that `init` wrote."""
    found = shutil.which("mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if found is None:
        pytest.skip("mosquitto is not installed")
    configuration = paths.broker / "mosquitto.conf"
    with running(found, "-c", str(configuration), log=paths.root / "broker.log") as process:
        yield process


@contextmanager
def central(verb: str, paths: Paths, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """One of headquarters' own processes."""
    command = (sys.executable, "-m", "central", verb, "--root", str(paths.root), *options)
    with running(*command, log=paths.root / f"{verb}.log") as process:
        yield process
