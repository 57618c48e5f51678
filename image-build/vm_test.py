"""Runs the tests that need a kernel's own devices, in a virtual machine without KVM: `make vm-test`.

    python image-build/vm_test.py [--work DIR] [--only NAME] [--limit-s S]

The guest has Debian's stock kernel, and this machine's user space read-only: vivid is its camera, gpio-sim its pins,
and fingerprint sensors are plugged in over usbredir, served from here by the same device models as everywhere else.
No network. What it proves and what it does not: docs/devices.md. Nothing is written outside the work folder; only what
was started here is ended. Ends with 1 when a test fails, does not run, or an aim is missed.
"""

import argparse
import json
import os
import select
import shlex
import shutil
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as Xml

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.emulators.redirecting import PORT, SENSORS, Desk  # noqa: E402
from vm_guest import OUT, Kernel, NotReady, build_gpio_sim, fetch_kernel, make_initrd, newest_headers  # noqa: E402

NEEDS = {
    "qemu-system-x86_64": "qemu-system-x86",
    "/bin/busybox": "busybox-static",
    "cpio": "cpio",
    "depmod": "kmod",
    "make": "make",
    "gcc": "gcc",
    "/lib/systemd/systemd-udevd": "udev",
    "dpkg-deb": "dpkg",
    "apt-get": "apt",
}
"""Programs, and the packages that have them."""

SUITES = {
    "camera": "tests/drivers/camera/test_v4l2_vivid.py",
    "pins": "tests/drivers/transport/test_gpio_sim.py",
    "fingerprint": "tests/drivers/fingerprint/test_redirected.py",
}
FIGURES = "figures"
PYTEST = "-m pytest -q -p no:cacheprovider -p no:xdist -p no:hypothesispytest --durations=10"

JOB = """export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8
export HOME=/dev/shm TMPDIR=/dev/shm LG_WD=/dev/shm PYTHONPATH={root} PYTHONDONTWRITEBYTECODE=1 OMP_NUM_THREADS=1
/lib/systemd/systemd-udevd --daemon && udevadm trigger --action=add && udevadm settle
cd {root}
{runs}
exec /bin/busybox poweroff -f
"""


@dataclass(frozen=True)
class Outcome:
    """Of one suite."""

    name: str
    tests: int
    failed: int
    skipped: int
    seconds: float

    @property
    def good(self) -> bool:
        """Whether everything ran and passed: here nothing may be skipped."""
        return self.tests > 0 and self.failed == 0 and self.skipped == 0


def missing_packages() -> list[str]:
    """What must be installed first."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    packages = [package for program, package in NEEDS.items() if shutil.which(program, path=path) is None]
    return packages + ([] if newest_headers() else ["linux-headers-amd64"])


def job_of(chosen: list[str]) -> str:
    """What the guest runs: a shell's lines. One process runs all suites, because starting one takes longest."""
    python = shlex.quote(sys.executable)
    suites = [SUITES[name] for name in chosen if name in SUITES]
    runs = [f"{python} {PYTEST} --junitxml={OUT}/tests.xml {' '.join(suites)} > {OUT}/tests.log 2>&1"] if suites else []
    if FIGURES in chosen:
        runs.append(f"{python} image-build/vm_figures.py > {OUT}/figures.log 2>&1")
    return JOB.format(root=shlex.quote(str(ROOT)), runs="\n".join(runs))


def command_of(work: Path, kernel: Kernel, *, desk: int, sockets: dict[str, int]) -> list[str]:
    """The whole of QEMU's; numbers are of open files. No KVM, which some hosts offer and cannot do."""
    command = ["qemu-system-x86_64", "-accel", "tcg,thread=multi", "-cpu", "max", "-machine", "q35", "-smp", "2"]
    command += ["-m", "1536", "-nodefaults", "-display", "none", "-nic", "none", "-no-reboot"]
    command += ["-serial", f"file:{work}/console.log", "-kernel", str(kernel.image), "-initrd", f"{work}/initrd.gz"]
    command += ["-append", "console=ttyS0 quiet panic=1 mitigations=off lsm=capability"]
    command += ["-virtfs", "local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap"]
    command += ["-virtfs", f"local,path={work}/out,mount_tag=out,security_model=none"]
    command += ["-device", "virtio-serial-pci", "-chardev", f"socket,id=desk,fd={desk}"]
    command += ["-device", f"virtserialport,chardev=desk,name={PORT}", "-device", "qemu-xhci,id=usb"]
    for name, number in sockets.items():
        command += ["-chardev", f"socket,id={name},fd={number},server=on,wait=off"]
        command += ["-device", f"usb-redir,chardev={name},bus=usb.0"]
    return command


def run_machine(work: Path, kernel: Kernel, *, limit_s: float) -> bool:
    """Boot it and serve what it asks for, until it has powered itself off. Whether it did so in time."""
    with ExitStack() as held:
        mine, guests = socket.socketpair()
        held.enter_context(mine)
        held.enter_context(guests)
        # a socket's path may have 107 letters only, however long the folder's is
        folder = os.open(work, os.O_PATH)
        held.callback(os.close, folder)
        paths = {sensor: f"/proc/self/fd/{folder}/{sensor}.sock" for sensor in SENSORS}
        listening = {sensor: _listening(path, held) for sensor, path in paths.items()}
        numbers = {sensor: one.fileno() for sensor, one in listening.items()}
        command = command_of(work, kernel, desk=guests.fileno(), sockets=numbers)
        machine = subprocess.Popen(command, pass_fds=[guests.fileno(), *numbers.values()])
        held.callback(_end, machine)
        desk = Desk(paths)
        held.callback(desk.close)
        return _serve(desk, mine, machine, limit_s=limit_s)


def _listening(path: str, held: ExitStack) -> socket.socket:
    Path(path).unlink(missing_ok=True)
    listening = held.enter_context(socket.socket(socket.AF_UNIX))
    listening.bind(path)
    held.callback(Path(path).unlink)
    listening.listen()
    return listening


def _end(machine: "subprocess.Popen[bytes]") -> None:
    machine.kill()
    machine.wait()


def _serve(desk: Desk, orders: socket.socket, machine: "subprocess.Popen[bytes]", *, limit_s: float) -> bool:
    until_s, line = time.monotonic() + limit_s, b""
    ended = os.pidfd_open(machine.pid)
    try:
        while True:
            ready, _, _ = select.select([orders, ended], [], [], max(0.0, until_s - time.monotonic()))
            if orders not in ready:
                return ended in ready
            line += orders.recv(1 << 16)
            while b"\n" in line:
                order, line = line.split(b"\n", 1)
                orders.sendall(desk.answer(order.decode()).encode() + b"\n")
    finally:
        os.close(ended)


def outcomes_of(work: Path, names: list[str]) -> list[Outcome]:
    """What came of each suite; one that nobody reported has no tests."""
    path = work / "out" / "tests.xml"
    # our own guest's
    cases = list(Xml.parse(path).getroot().iter("testcase")) if path.exists() else []  # noqa: S314
    return [_outcome(name, [case for case in cases if case.get("classname") == _module(name)]) for name in names]


def _module(name: str) -> str:
    return SUITES[name].removesuffix(".py").replace("/", ".")


def _outcome(name: str, cases: list[Xml.Element]) -> Outcome:
    failed = sum(case.find("failure") is not None or case.find("error") is not None for case in cases)
    skipped = sum(case.find("skipped") is not None for case in cases)
    return Outcome(name, len(cases), failed, skipped, sum(float(case.get("time", 0)) for case in cases))


def _prepared(work: Path) -> Kernel:
    work.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(work / "out", ignore_errors=True)
    (work / "out").mkdir()
    kernel = fetch_kernel(work, newest_headers())
    make_initrd(work, kernel, gpio_sim=build_gpio_sim(work, kernel))
    return kernel


def _report(work: Path, chosen: list[str]) -> bool:
    """Print what came of it. Whether all is well."""
    outcomes = outcomes_of(work, [name for name in chosen if name in SUITES])
    for one in outcomes:
        passed, log = one.tests - one.failed - one.skipped, "" if one.good else f" (see {work}/out/tests.log)"
        print(f"{one.name}: {passed} passed, {one.failed} failed, {one.skipped} skipped, {one.seconds:.0f} s{log}")
    measured = FIGURES not in chosen or _report_figures(work)
    return measured and all(one.good for one in outcomes)


def _report_figures(work: Path) -> bool:
    path = work / "out" / f"{FIGURES}.json"
    if not path.exists():
        print(f"{FIGURES}: none (see {work}/out/{FIGURES}.log and {work}/console.log)")
        return False
    figures = json.loads(path.read_text())
    for figure in figures:
        aim = "" if figure["most"] is None else f" (at most {figure['most']:g}: {'met' if figure['met'] else 'MISSED'})"
        print(f"{figure['name']}: {figure['value']:.2f} {figure['unit']}{aim}")
    return all(figure["met"] for figure in figures)


def main() -> int:
    """Make the machine, run it, say what came of it."""
    parser = argparse.ArgumentParser(description="Run the tests that need a kernel's own devices.")
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "vm", help="folder for all that is made")
    parser.add_argument("--only", choices=(*SUITES, FIGURES), action="append", help="only this; may be given again")
    parser.add_argument("--limit-s", type=float, default=1_800.0, help="when the machine is ended at the latest")
    said = parser.parse_args()
    if missing := missing_packages():
        print(f"vm-test: please install these first: sudo apt-get install {' '.join(missing)}", file=sys.stderr)
        return 2
    work, chosen, start_s = said.work.resolve(), said.only or [*SUITES, FIGURES], time.monotonic()
    try:
        kernel = _prepared(work)
    except NotReady as reason:
        print(f"vm-test: {reason}", file=sys.stderr)
        return 2
    (work / "out" / "job").write_text(job_of(chosen))
    ready_s = time.monotonic()
    print(f"machine made in {ready_s - start_s:.0f} s; Linux {kernel.release} without KVM", flush=True)
    in_time = run_machine(work, kernel, limit_s=said.limit_s)
    good = _report(work, chosen)
    print(f"machine ran {time.monotonic() - ready_s:.0f} s" + ("" if in_time else ", and was ended: out of time"))
    return int(not (good and in_time))


if __name__ == "__main__":
    sys.exit(main())
