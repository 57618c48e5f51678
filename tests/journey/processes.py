"""The system's real processes on one stage, each startable, killable and startable again."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from provisioning.demo.stage import Stage
from tests.power.nursery import Life, Nursery

ROOT = Path(__file__).resolve().parent.parent.parent
END_LIMIT_S = 60


class Process:
    """One process through all its lives."""

    def __init__(self, stage: Stage, name: str, *, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self.name = name
        self._stage = stage
        self._command = list(command)
        self._nursery: Nursery | None = None
        # a compiled module's rename is not a step of ours
        self._environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **environment}
        self._running: subprocess.Popen[bytes] | Life | None = None
        self._reviver: threading.Thread | None = None
        self._wanted = False

    def start(self, *, revived: bool = False) -> None:
        """Start it; `revived`: whenever it ends it is started again, as systemd would."""
        self._wanted = revived
        self._launch()
        if revived:
            self._reviver = threading.Thread(target=self._revive)
            self._reviver.start()

    def born_in(self, nursery: Nursery) -> None:
        """Its lives begin there from now on: faster, and with the nursery's environment."""
        self._nursery = nursery

    def _launch(self) -> None:
        log_file = self._stage.logs / f"{self.name}.log"
        if self._nursery is not None:
            self._running = self._nursery.launch(self._command, log=log_file)
            return
        command = self._command if self.name == "broker" else [sys.executable, "-m", *self._command]
        with log_file.open("ab") as log:
            self._running = subprocess.Popen(
                command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self._environment
            )

    def _revive(self) -> None:
        while self._running is not None:
            self._running.wait()
            if not self._wanted:
                return
            self._launch()

    @property
    def pid(self) -> int:
        """Its number now, which is its group's too when it was born in a nursery."""
        assert self._running is not None
        return self._running.pid

    def wait(self) -> None:
        """Until this life has ended."""
        assert self._running is not None
        self._running.wait(END_LIMIT_S)

    @property
    def dead(self) -> bool:
        """Whether it has ended."""
        assert self._running is not None
        return self._running.poll() is not None

    def kill(self) -> None:
        """As a power cut would: no clean-up."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """As systemd would."""
        if self._running is None:
            return
        try:
            self._end(signal.SIGTERM)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def _end(self, number: signal.Signals) -> None:
        self._wanted = False
        assert self._running is not None
        self._running.send_signal(number)
        self._running.wait(END_LIMIT_S)
        if self._reviver is not None:
            # it may have started another life just before it was told
            self._reviver.join(0.2)
            self._running.send_signal(number)
            self._running.wait(END_LIMIT_S)
            self._reviver.join()
            self._reviver = None


class System:
    """Broker, MIGRIS, bridge, courier, station on one stage."""

    def __init__(self, stage: Stage, environment: Mapping[str, str] | None = None) -> None:
        """:param environment: what the processes get beside the test's own, the broker apart."""
        station, central = str(stage.station.root), str(stage.central)
        mosquitto = shutil.which("mosquitto", path=os.environ["PATH"] + ":/usr/sbin:/usr/local/sbin")
        assert mosquitto, "mosquitto is installed by image-build/venv.sh"
        self.stage = stage
        self._environment = environment or {}
        broker = [mosquitto, "-c", f"{central}/broker/mosquitto.conf"]
        self.broker = Process(stage, "broker", command=broker, environment={})
        self.migris = self._process("migris", "central", "migris", "--root", central)
        self.bridge = self._process("bridge", "central", "bridge", "--root", central)
        self.courier = self._process("courier", "agent", "courier", "--root", station)
        self.station = self._process("station", "agent", "station", "--root", station)

    def _process(self, name: str, *command: str) -> Process:
        return Process(self.stage, name, command=command, environment=self._environment)

    @property
    def all(self) -> tuple[Process, ...]:
        """All of them, in the order in which they are stopped."""
        return (self.station, self.courier, self.bridge, self.migris, self.broker)

    def stop(self) -> None:
        """Stop whatever runs."""
        for process in self.all:
            process.stop()
