"""Writes what is made of drivers/ids.toml: udev rules, hardware database, docs/SUPPORTED.md.

`python image-build/supported.py` writes them; tests/house compares with what would be written now.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "image-build")]

from drivers.contract import DeviceKind  # noqa: E402
from drivers.ids import Driven, Ids, known_ids  # noqa: E402
from drivers.registry import DRIVERS  # noqa: E402
from drivers.rules import HWDB_FILE, RULES_FILE, hardware_database, udev_rules  # noqa: E402
from page import table  # noqa: E402

HEAD = """# Supported hardware

Written by `python image-build/supported.py` out of `drivers/ids.toml`; a test compares. **Tried on** says what a driver
was tried on: an emulator of ours is no hardware, and a certificate that a device holds with its maker's software does
not hold for these drivers. What is plugged in here and now, and what is missing for it: `smilius devices`.
"""


def render() -> dict[str, str]:
    """Each file, by its path in the project."""
    ids = known_ids()
    return {
        f"systemd/{RULES_FILE}": udev_rules(ids),
        f"systemd/{HWDB_FILE}": hardware_database(ids),
        "docs/SUPPORTED.md": "\n".join(_page(ids)).rstrip() + "\n",
    }


def _page(ids: Ids) -> Iterator[str]:
    yield HEAD
    rows = [*((one, f"USB {_hex(one.vendor, one.product)}", _wants(one.option, one.needs)) for one in ids.usb)]
    rows += [(one, f"ribbon, {one.sensor}", "") for one in ids.csi]
    rows += [(one, one.subsystem, "") for one in ids.node]
    head = ("device", "seen as", "used for", "driver", "tried on", "wants")
    yield table(head, [_row(one, seen, wants=wants) for one, seen, wants in rows])
    others = [f"{kind.value}: {', '.join(f'`{name}`' for name in _others(kind, ids))}" for kind in DeviceKind]
    yield (
        "Drivers that take nothing that is plugged in (simulators, recordings, the network): "
        + "; ".join(text for text in others if not text.endswith(": "))
        + ".\n"
    )
    yield "## No driver\n"
    yield "Nothing here drives these; their makers' software may, by a vendor helper.\n"
    yield table(("device", "seen as"), [(one.name, f"USB {_hex(one.vendor, one.product)}") for one in ids.closed])


def _row(one: Driven, seen: str, *, wants: str) -> tuple[str, ...]:
    return (one.name, seen, one.kind.value, f"`{one.driver}`", one.tried, wants)


def _wants(option: str | None, needs: str | None) -> str:
    return " ".join(text for text in (f"the option `{option} = true`" if option else "", needs or "") if text)


def _others(kind: DeviceKind, ids: Ids) -> list[str]:
    plugged = {one.driver for entries in (ids.usb, ids.csi, ids.node) for one in entries}
    return [name for name in DRIVERS[kind] if name not in plugged]


def _hex(vendor: int, product: int) -> str:
    return f"{vendor:04x}:{product:04x}"


if __name__ == "__main__":
    for name, text in render().items():
        (ROOT / name).parent.mkdir(exist_ok=True)
        (ROOT / name).write_text(text)
