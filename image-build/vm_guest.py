"""What the virtual machine boots: Debian's stock kernel, `gpio-sim` built for it, and an initrd.

The guest's user space is this machine's own, read-only over 9p; only the kernel and its modules are brought. Everything
that is made here lies in the work folder, and is kept there for the next time.

Source: facts/image-and-hil.md sections 2 and 3, appendix A.
"""

import gzip
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

MODULES = ("virtio_pci", "9pnet_virtio", "9p", "virtio_console", "configfs", "xhci_pci", "vivid")
"""With what they need in turn; `gpio-sim` is added."""

PARAMETERS = {"vivid": "node_types=0x1 num_inputs=1 input_types=0 vid_cap_nr=10"}

_STOCK = re.compile(r"linux-headers-(\d[\d.-]*-amd64)")

GPIO_SIM = ("drivers/gpio/gpio-sim.c", "drivers/gpio/gpiolib.h", "kernel/irq/irq_sim.c")

INIT = """#!/bin/busybox sh
b=/bin/busybox
$b mount -t proc proc /proc; $b mount -t sysfs sys /sys; $b mount -t devtmpfs dev /dev
{load}
$b mount -t configfs config /sys/kernel/config
$b mount -t 9p -o trans=virtio,version=9p2000.L,ro,cache=loose,msize=512000 host /new || $b poweroff -f
$b mkdir -p /dev/shm; $b mount -t tmpfs shm /dev/shm; $b mkdir /dev/shm/out
$b mount -t 9p -o trans=virtio,version=9p2000.L,cache=none,msize=512000 out /dev/shm/out || $b poweroff -f
$b mount --move /dev /new/dev; $b mount --move /sys /new/sys; $b mount --move /proc /new/proc
$b mount -t tmpfs run /new/run
$b ifconfig lo 127.0.0.1 up
exec $b switch_root /new /bin/sh /dev/shm/out/job
"""
"""Mounted in the guest: this machine at /, and the folder for its report at /dev/shm/out."""

OUT = Path("/dev/shm/out")  # noqa: S108 (of the guest)


class NotReady(Exception):
    """Why the machine cannot be made, in one sentence."""


@dataclass(frozen=True)
class Kernel:
    """Debian's, taken from its package."""

    release: str
    folder: Path
    """Where the package was unpacked."""

    @property
    def image(self) -> Path:
        """What is booted."""
        return self.folder / f"boot/vmlinuz-{self.release}"

    @property
    def modules(self) -> Path:
        """Their folder."""
        return self.folder / f"lib/modules/{self.release}"


def newest_headers() -> str:
    """The release of the newest stock kernel whose headers are installed, or nothing; the cloud's has no vivid."""
    found = [_STOCK.fullmatch(path.name) for path in Path("/usr/src").glob("linux-headers-*")]
    return max((match[1] for match in found if match), key=_by_number, default="")


def _by_number(release: str) -> list[int]:
    return [int(part) for part in release.replace("-", ".").split(".") if part.isdigit()]


def fetch_kernel(work: Path, release: str) -> Kernel:
    """Debian's kernel of this release, by apt. :raises: NotReady."""
    kernel = Kernel(release, work / f"kernel-{release}")
    if not (kernel.modules / "modules.dep").exists():
        package = _downloaded(work, f"linux-image-{release}")
        _run("dpkg-deb", "-x", str(package), str(kernel.folder))
        _run("depmod", "-b", str(kernel.folder), release)
        package.unlink()
    return kernel


def build_gpio_sim(work: Path, kernel: Kernel) -> Path:
    """The module, which Debian's kernel leaves out, from Debian's own source of it. :raises: NotReady."""
    folder = work / f"gpio-sim-{kernel.release}"
    module = folder / "gpio-sim.ko"
    if module.exists():
        return module
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    _unpack_source(work, folder, ".".join(kernel.release.split(".")[:2]))
    (folder / "gpio-sim.c").rename(folder / "gpio-sim-main.c")
    # its simulated interrupts are left out of the kernel too, and use what is not exported
    simulated = (folder / "irq_sim.c").read_text()
    simulated = re.sub(r"\birq_to_desc\((\w+)\)", r"irq_data_to_desc(irq_get_irq_data(\1))", simulated)
    simulated = simulated.replace("#include <linux/irq.h>", "#include <linux/irq.h>\n#include <linux/irqdesc.h>")
    (folder / "irq_sim.c").write_text(simulated)
    (folder / "Kbuild").write_text("obj-m := gpio-sim.o\ngpio-sim-y := gpio-sim-main.o irq_sim.o\n")
    _run("make", "-C", f"/usr/src/linux-headers-{kernel.release}", f"M={folder}", "modules")
    _run("strip", "--strip-debug", str(module))
    return module


def _unpack_source(work: Path, folder: Path, version: str) -> None:
    package = _downloaded(work, f"linux-source-{version}")
    name = f"linux-source-{version}"
    archive = folder / f"{name}.tar.xz"
    with archive.open("wb") as out:
        listing = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(package)], stdout=subprocess.PIPE)
        subprocess.run(["tar", "-xO", f"./usr/src/{name}.tar.xz"], stdin=listing.stdout, stdout=out, check=True)
        listing.communicate()
    for path in GPIO_SIM:
        # stops at the first occurrence instead of reading all of the archive
        command = ["tar", "-xJf", str(archive), "-O", "--occurrence=1", f"{name}/{path}"]
        (folder / Path(path).name).write_bytes(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
    archive.unlink()
    package.unlink()


def _downloaded(work: Path, package: str) -> Path:
    try:
        _run("apt-get", "-q", "-q", "download", package, folder=work)
    except NotReady as reason:
        raise NotReady(f"{package} could not be had: run apt-get update first, and see {reason}") from None
    return next(work.glob(f"{package}_*.deb"))


def _run(*command: str, folder: Path | None = None) -> None:
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if ran.returncode:
        last = (ran.stderr.strip() or ran.stdout.strip() or "nothing").splitlines()[-1]
        raise NotReady(f"{shlex.join(command[:2])} failed and said: {last}")


def make_initrd(work: Path, kernel: Kernel, *, gpio_sim: Path) -> Path:
    """Busybox, the modules, and what loads them."""
    folder = work / "initrd"
    shutil.rmtree(folder, ignore_errors=True)
    for name in ("bin", "proc", "sys", "dev", "new", "m"):
        (folder / name).mkdir(parents=True)
    shutil.copy("/bin/busybox", folder / "bin/busybox")
    load = []
    for number, module in enumerate([*_with_needed(kernel, MODULES), gpio_sim]):
        shutil.copy(module, folder / f"m/{number}.ko")
        load.append(f"$b insmod /m/{number}.ko {PARAMETERS.get(module.stem, '')}".rstrip())
    (folder / "init").write_text(INIT.format(load="\n".join(load)))
    (folder / "init").chmod(0o755)
    names = "\n".join(str(path.relative_to(folder)) for path in sorted(folder.rglob("*")))
    command = ["cpio", "-o", "-H", "newc", "-R", "0:0", "--quiet"]
    packed = subprocess.run(command, cwd=folder, input=names.encode(), stdout=subprocess.PIPE, check=True).stdout
    initrd = work / "initrd.gz"
    initrd.write_bytes(gzip.compress(packed, compresslevel=1))
    return initrd


def _with_needed(kernel: Kernel, names: Iterable[str]) -> list[Path]:
    """The modules and those that they need, in the order in which they can be loaded; what is built in is left out."""
    needed: dict[str, tuple[str, list[str]]] = {}
    for line in (kernel.modules / "modules.dep").read_text().splitlines():
        path, needs = line.split(":", 1)
        needed[Path(path).name.split(".ko")[0].replace("-", "_")] = (path, needs.split())
    order: dict[str, None] = {}
    for name in names:
        if name in needed:
            path, needs = needed[name]
            order.update(dict.fromkeys([*reversed(needs), path]))
    return [kernel.modules / path for path in order]
