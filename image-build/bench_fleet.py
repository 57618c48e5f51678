"""What a fleet costs headquarters, and what station and courier cost while nothing happens: `make bench-fleet`.

    python image-build/bench_fleet.py [--stations N] [--page docs/fleet-figures.md]

Real broker, bridge and MIGRIS simulator in a folder of their own; the stations are those of `smilius-central simulate`.
A process's memory is its proportional share (PSS): what it shares with others counts for its part only.
"""

import argparse
import asyncio
import contextlib
import os
import platform
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "image-build")]

from central.paths import Paths  # noqa: E402
from central.rehearsal.plan import Faults, Plan  # noqa: E402
from central.rehearsal.rehearsal import Troupes, troupes  # noqa: E402
from central.rehearsal.tally import peak_a_second, percentiles_ms  # noqa: E402
from page import table  # noqa: E402
from provisioning.demo.request import DemoRequest  # noqa: E402
from provisioning.demo.stage import Stage  # noqa: E402

READY_LIMIT_S = 120.0
REST_S = 20.0
"""After so long without work a process is called idle."""

PRACTICE = "practice"
"""The tenant of the simulated stations."""


@dataclass(frozen=True, slots=True)
class Started:
    """A process that has said that it is ready."""

    process: "subprocess.Popen[bytes]"
    """It."""
    wall_s: float
    """Seconds from its start until then."""
    processor_s: float
    """Processor seconds that it had used by then, its ended children's included."""


@contextmanager
def running(*command: str, log: Path) -> Iterator[Started]:
    """The process, ready; it has ended when this is left."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear, log.open("ab") as output:
        ear.bind("")
        ear.settimeout(READY_LIMIT_S)
        environment = {**os.environ, "NOTIFY_SOCKET": "@" + ear.getsockname()[1:].decode()}
        began_s = time.monotonic()
        process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment
        )
        try:
            while b"READY=1" not in ear.recv(1024):
                pass
            yield Started(process, time.monotonic() - began_s, processor_s(process.pid))
        finally:
            process.terminate()
            process.wait()


def processor_s(pid: int) -> float:
    """User and system time of a process and of its children that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def pss_mib(pid: int) -> Counter[str]:
    """The process's share of memory by what it is: its heap, other anonymous memory, and libraries by their names."""
    found: Counter[str] = Counter()
    name = ""
    for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
        head = re.match(r"[0-9a-f]+-[0-9a-f]+ \S+ \S+ \S+ \S+ *(.*)", line)
        if head:
            name = Path(head[1]).name.split(".")[0] or "[anonymous]"
        elif line.startswith("Pss:"):
            found[name] += int(line.split()[1])
    return Counter({name: kib / 1024 for name, kib in found.items()})


def mosquitto() -> str:
    """Where the broker's program is."""
    found = shutil.which("mosquitto", path=os.environ["PATH"] + ":/usr/sbin:/usr/local/sbin")
    assert found, "mosquitto is installed by image-build/venv.sh"
    return found


def idle_rows() -> Iterator[tuple[str, ...]]:
    """Courier and station at rest: start, memory, and what it consists of."""
    stage = Stage()
    try:
        asyncio.run(stage.found())
        asyncio.run(stage.claim(DemoRequest(photo=None, fingers={}, missing={}, application="-", out=None, keep=False)))
        station = str(stage.station.root)
        with ExitStack() as held:
            broker = (mosquitto(), "-c", str(stage.central / "broker" / "mosquitto.conf"))
            held.enter_context(running(*broker, log=stage.logs / "broker"))
            for verb, limit_mib in (("courier", 80), ("station", 100)):
                command = (sys.executable, "-m", "agent", verb, "--root", station)
                one = held.enter_context(running(*command, log=stage.logs / verb))
                with contextlib.suppress(subprocess.TimeoutExpired):
                    raise SystemExit(f"the {verb} ended with {one.process.wait(REST_S)}")
                yield idle_row(verb, one, limit_mib=limit_mib)
    finally:
        stage.strike()


def idle_row(verb: str, one: Started, *, limit_mib: int) -> tuple[str, ...]:
    """One process's line."""
    parts = pss_mib(one.process.pid)
    consists = ", ".join(f"{name} {mib:.1f}" for name, mib in parts.most_common(6))
    start = f"{one.wall_s:.2f} s, {one.processor_s:.2f} s of a processor"
    return verb, start, f"{sum(parts.values()):.1f} MiB of {limit_mib}", consists


LIBRARIES = ("sqlalchemy.orm", "pydantic", "cryptography.x509", "cwt", "starlette.applications", "uvicorn", "httpx")
"""What both daemons stand on, in the order in which it is loaded here; what two of them need counts for the first."""

_LOAD = """
import gc, importlib, re, sys
def pss():
    gc.collect()
    return int(re.search(r"^Pss: +([0-9]+)", open("/proc/self/smaps_rollup").read(), re.M)[1]) / 1024
before = pss()
print("interpreter", before)
for name in sys.argv[1:]:
    importlib.import_module(name)
    print("own" if name.startswith("agent") else name.partition(".")[0], pss() - before)
    before = pss()
"""


def loaded_row(verb: str) -> tuple[str, str]:
    """How much memory each library takes when it is loaded, and then the process's own code with what else it needs."""
    command = [sys.executable, "-c", _LOAD, *LIBRARIES, f"agent.compose.{verb}"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=True)
    lines = [line.split() for line in done.stdout.decode().splitlines()]
    return verb, ", ".join(f"{name} {float(mib):.1f}" for name, mib in lines)


class Headquarters:
    """Broker, MIGRIS simulator and bridge in a folder; the broker can be started anew."""

    def __init__(self, root: Path, held: ExitStack) -> None:
        self.paths = Paths(root / "central")
        self._held = held
        self._log = root
        ports = free_ports(3)
        init = ("init", "--root", str(self.paths.root), "--tenant", PRACTICE, "--broker-port", str(ports[0]))
        more = ("--migris-port", str(ports[1]), "--migris-page-port", str(ports[2]), "--broker-user", user_name())
        subprocess.run([sys.executable, "-m", "central", *init, *more], cwd=ROOT, check=True)
        self._broker = ExitStack()
        held.callback(self._broker.close)
        self.start_broker()
        for verb in ("migris", "bridge"):
            command = (sys.executable, "-m", "central", verb, "--root", str(self.paths.root))
            started = held.enter_context(running(*command, log=root / verb))
        self.bridge = started.process.pid

    def start_broker(self) -> None:
        """It serves when this returns."""
        configuration = str(self.paths.broker / "mosquitto.conf")
        self._broker.enter_context(running(mosquitto(), "-c", configuration, log=self._log / "broker"))

    def restart_broker(self) -> None:
        """Every connection ends; it serves again when this returns."""
        self._broker.close()
        self.start_broker()


async def fleet_rows(root: Path, stations: int) -> list[tuple[str, str]]:
    """A fleet at rest, and after its broker was started anew."""
    with ExitStack() as held:
        here = await asyncio.to_thread(Headquarters, root, held)
        await asyncio.sleep(REST_S)
        before_mib = sum(pss_mib(here.bridge).values())
        plan = Plan(
            tenant=PRACTICE,
            stations=stations,
            processes=2,
            rate=0.0,
            faults=Faults(),
            duration_s=1.0,
            settle_s=1.0,
            retry_max_s=300.0,
        )
        async with troupes(here.paths, plan) as fleet:
            await online(fleet, stations)
            await asyncio.sleep(REST_S)
            after_mib = sum(pss_mib(here.bridge).values())
            own_mib = sum(sum(pss_mib(pid).values()) for pid in fleet.pids)
            fleet.score.connected_s.clear()
            fleet.score.times_ms["connect"].clear()
            began_s = time.monotonic()
            await asyncio.to_thread(here.restart_broker)
            served_s = time.monotonic()
            await online(fleet, stations, again=True)
        moments_s, connect = fleet.score.connected_s, percentiles_ms(fleet.score.times_ms["connect"])
        return [
            ("bridge without stations", f"{before_mib:.1f} MiB"),
            (f"bridge with {stations} idle stations", f"{after_mib:.1f} MiB"),
            ("bridge for 1,000 stations", f"{(after_mib - before_mib) * 1000 / stations:.1f} MiB"),
            (f"the {len(fleet.pids)} processes of the simulated stations", f"{own_mib:.0f} MiB"),
            ("broker away", f"{served_s - began_s:.1f} s"),
            ("half of the stations online again", f"{median(moments_s) - served_s:.1f} s after it serves"),
            ("all online again", f"{max(moments_s) - served_s:.1f} s after it serves"),
            ("most that came online in a second", str(peak_a_second(moments_s))),
            ("connects for them", str(len(moments_s))),
            ("attempt to online, p50 and longest", f"{connect['p50']:.0f} ms, {connect['p100']:.0f} ms"),
        ]


async def online(fleet: Troupes, stations: int, *, again: bool = False) -> None:
    """Until every station is online, and of a restarted broker has come back."""

    def there() -> bool:
        came = len(fleet.score.connected_s) >= stations if again else fleet.score.ready
        return came and fleet.score.online == stations

    if not await fleet.until(there, within_s=1800.0, watch=lambda: None):
        raise SystemExit(f"only {fleet.score.online} of {stations} stations came online")


def median(values: list[float]) -> float:
    """The middle one."""
    return sorted(values)[len(values) // 2]


def user_name() -> str:
    """Whoever runs this."""
    import pwd

    return pwd.getpwuid(os.geteuid()).pw_name


def free_ports(count: int) -> list[int]:
    """Loopback ports that are free now."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    try:
        return [one.getsockname()[1] for one in held]
    finally:
        for one in held:
            one.close()


def machine() -> str:
    """What was measured on, and how busy it was."""
    memory_gib = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    version = platform.python_version()
    return (
        f"{os.cpu_count()} cores ({platform.machine()}), {memory_gib:.0f} GiB, Linux {platform.release()}, "
        f"Python {version}; load {os.getloadavg()[0]:.1f} at the start"
    )


_PAGE = """# What a fleet costs

Measured with `make bench-fleet` ({stations} stations); {where}.

## A station's daemons at rest

{tables[0]}
*[heap]* is what the interpreter allocates: code, classes and models of what is loaded. Wanted are at most 80 MiB for
the courier, 100 MiB for the station without a visit worker, and less than 2 s from start to ready of each. A start is
as slow as the machine is busy: the processor's seconds tell more than the clock's. Part of a station's runs beside it,
in the child that checks its configuration.

{tables[1]}
## A fleet at rest, and after its broker was started anew

{tables[2]}
Broker, bridge and every simulated station share the machine: both halves of each handshake compete for its cores.
"""


def main() -> None:
    """Print the page, or write it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stations", type=int, default=2000, help="simulated stations")
    parser.add_argument("--page", type=Path, help="write the figures into this page")
    arguments = parser.parse_args()
    where = machine()
    idle, loaded = list(idle_rows()), [loaded_row(verb) for verb in ("courier", "station")]
    with tempfile.TemporaryDirectory(prefix="smilius-") as folder:
        Path(folder).chmod(0o755)
        fleet = asyncio.run(fleet_rows(Path(folder), arguments.stations))
    tables = (
        table(("process", "start to ready", "PSS", "consists of, MiB"), idle),
        table(("process", "what is loaded, MiB"), loaded),
        table(("what", "measured"), fleet),
    )
    text = _PAGE.format(where=where, stations=arguments.stations, tables=tables)
    if arguments.page is None:
        print(text)
    else:
        arguments.page.write_text(text)


if __name__ == "__main__":
    main()
