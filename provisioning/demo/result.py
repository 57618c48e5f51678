"""What `--out` holds afterwards: timeline, report, what MIGRIS received, and on request both sides' state."""

import json
import shutil
from base64 import b64encode
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader

from provisioning.demo.promise import Promise
from provisioning.demo.received import Received
from provisioning.demo.request import OURS
from provisioning.demo.stage import Stage
from provisioning.demo.timeline import Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """All that a demo has found out."""

    lines: list[Line]
    """The timeline."""
    promises: list[Promise]
    """What was promised, and whether it held."""
    received: Received
    """What MIGRIS has."""
    history: dict[str, Any] = field(repr=False)
    """The parcel's receipts and tombstone."""
    seal_ms: int
    """From the last frame to sealed and synced."""
    total_ms: int
    """From the first process to the last promise."""


def write_result(result: Result, folder: Path, *, keep: Stage | None) -> None:
    """Fill the folder; what an earlier demo left in it is removed first.

    :param keep: the stage whose state folders are to be kept, its processes ended.
    """
    folder.mkdir(parents=True, exist_ok=True)
    clear(folder)
    received = result.received
    migris = folder / "migris" / received.application.replace("/", "_")
    migris.mkdir(parents=True)
    for name, content in received.files.items():
        (migris / name).write_bytes(content)
    _write_json(migris / "receipt.json", result.history["receipts"]["accepted"])
    _write_json(migris / "tombstone.json", result.history["tombstone"])
    (folder / "report.html").write_text(render_report(result))
    if keep is not None:
        shutil.copytree(keep.station.root, folder / "station", ignore=_sockets)
        shutil.copytree(keep.central, folder / "central")
    # last: a folder that has it is a whole demo's
    _write_json(folder / "timeline.json", [asdict(line) for line in result.lines])


def clear(folder: Path) -> None:
    """Remove what a demo has written into its folder, and nothing else."""
    for name in OURS:
        old = folder / name
        if old.is_dir():
            shutil.rmtree(old)
        else:
            old.unlink(missing_ok=True)


def render_report(result: Result) -> str:
    """The report as one HTML file that needs nothing else."""
    environment = Environment(loader=PackageLoader("provisioning.demo", "."), autoescape=True)
    received = result.received
    return environment.get_template("report.html").render(
        manifest=received.manifest,
        reference=received.reference,
        portrait=b64encode(received.files["portrait.jpg"]).decode(),
        prints={finger: b64encode(png).decode() for finger, png in received.pictures.items()},
        sizes={name: len(content) for name, content in received.files.items()},
        receipt=_shown(result.history["receipts"]["accepted"]),
        tombstone=_shown(result.history["tombstone"]),
        lines=result.lines,
        promises=result.promises,
        seal_ms=result.seal_ms,
        total_ms=result.total_ms,
    )


def _shown(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name != "signed" and value is not None}


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def _sockets(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if (Path(folder) / name).is_socket()]
