"""The system's real processes on one stage, each startable, killable and startable again."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from provisioning.demo.stage import Stage

ROOT = Path(__file__).resolve().parent.parent.parent
END_LIMIT_S = 60


class Process:
    """One process through all its lives."""

    def __init__(self, stage: Stage, name: str, *, command: Sequence[str]) -> None:
        self.name = name
        self._stage = stage
        self._command = list(command)
        self._running: subprocess.Popen[bytes] | None = None
        self._reviver: threading.Thread | None = None

    def start(self, *, die_at: int = 0) -> None:
        """Start it; with `die_at` it kills itself at that durable step, and is started again as systemd would."""
        self._die_at = die_at
        command = self._command if self.name == "broker" else [sys.executable, "-m", *self._command]
        if die_at:
            mortal = ["tests.journey.mortal", "--die-at", str(die_at), "--tally", str(self.tally)]
            command = [sys.executable, "-m", *mortal, "--", *self._command]
            self.tally.unlink(missing_ok=True)
        # a compiled module's rename is not a step of ours
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
        with (self._stage.logs / f"{self.name}.log").open("ab") as log:
            self._running = subprocess.Popen(
                command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment
            )
        self._reviver = threading.Thread(target=self._revive, args=(self._running,)) if die_at else None
        if self._reviver is not None:
            self._reviver.start()

    def _revive(self, mortal: subprocess.Popen[bytes]) -> None:
        if mortal.wait() == -signal.SIGKILL:
            self.start()

    @property
    def tally(self) -> Path:
        """The steps that its last mortal life came to."""
        return self._stage.logs / f"{self.name}.steps"

    @property
    def steps(self) -> list[str]:
        return self.tally.read_text().splitlines() if self.tally.exists() else []

    def settle(self) -> None:
        """Wait until a life that has ended is followed by the next."""
        reviver = self._reviver
        if reviver is not None and len(self.steps) >= self._die_at:
            reviver.join(END_LIMIT_S)

    @property
    def pid(self) -> int:
        assert self._running is not None
        return self._running.pid

    @property
    def dead(self) -> bool:
        assert self._running is not None
        return self._running.poll() is not None

    def kill(self) -> None:
        """As a power cut would: no clean-up."""
        assert self._running is not None
        self._running.send_signal(signal.SIGKILL)
        self._running.wait(END_LIMIT_S)

    def stop(self) -> None:
        """As systemd would."""
        self.settle()
        if self._running is None or self.dead:
            return
        self._running.terminate()
        try:
            self._running.wait(END_LIMIT_S)
        except subprocess.TimeoutExpired:
            self.kill()
            raise


class System:
    """Broker, MIGRIS, bridge, courier, station on one stage."""

    def __init__(self, stage: Stage) -> None:
        station, central = str(stage.station.root), str(stage.central)
        mosquitto = shutil.which("mosquitto", path=os.environ["PATH"] + ":/usr/sbin:/usr/local/sbin")
        assert mosquitto, "mosquitto is installed by image-build/venv.sh"
        self.stage = stage
        self.broker = Process(stage, "broker", command=[mosquitto, "-c", f"{central}/broker/mosquitto.conf"])
        self.migris = Process(stage, "migris", command=["central", "migris", "--root", central])
        self.bridge = Process(stage, "bridge", command=["central", "bridge", "--root", central])
        self.courier = Process(stage, "courier", command=["agent", "courier", "--root", station])
        self.station = Process(stage, "station", command=["agent", "station", "--root", station])

    @property
    def all(self) -> tuple[Process, ...]:
        return (self.station, self.courier, self.bridge, self.migris, self.broker)

    def stop(self) -> None:
        for process in self.all:
            process.stop()
