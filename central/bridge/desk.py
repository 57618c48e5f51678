"""`smilius-central desk`: runs the clerk's page beside the bridge, and writes into the ledger what it shows."""

import contextlib
import os
import secrets

from agent.clock import Clock, SystemClock
from agent.supervise import Supervisor
from central.bridge.beside import writing_beside
from central.bridge.ledger import append_line
from central.errors import SetUpError
from central.migris.choice import drop_of
from central.migris.desk.page import DeskPage
from central.migris.loopback import LoopbackServer, listening, loopback_config
from central.paths import Paths
from central.settings import load_settings
from vault.access import Access, Purpose, access
from vault.ledger import Detail


class DeskBook:
    """Lines about what the clerk, whose account runs this process, was shown and said."""

    def __init__(self, paths: Paths, *, clock: Clock) -> None:
        self._paths = paths
        self._clock = clock

    def shown(self, name: str, *, file: str | None) -> None:
        """A parcel, or one of its files, is about to be shown. :raises: CentralError when it cannot be written down."""
        detail = access(_who(), Purpose.DELIVER, **_subject(name), file=file)
        self._write(Access.PARCEL_SHOWN, detail)

    def decided(self, name: str, *, accepted: bool) -> None:
        """The clerk says what MIGRIS decided. :raises: CentralError when it cannot be written down."""
        self._write("parcel-decided-by-clerk", {**_subject(name), "accepted": accepted, "by": _who()})

    def _write(self, kind: str, detail: Detail) -> None:
        with writing_beside(self._paths) as session:
            append_line(session, self._clock.now(), kind=kind, detail=detail)


async def serve_desk(paths: Paths, *, port: int) -> int:
    """Say the code and serve until told to stop; returns the exit code. :raises: CentralError when it cannot start."""
    settings = load_settings(paths.settings)
    drop = drop_of(paths, settings)
    if drop is None:
        raise SetUpError("There is no hand-off here: see `[migris] connector` in central.toml.")
    code = secrets.token_urlsafe(16)
    page = DeskPage(drop, DeskBook(paths, clock=SystemClock()), code=code)
    server = LoopbackServer(loopback_config(page.application(), port))
    with contextlib.closing(listening(port)) as door:
        print(f"http://127.0.0.1:{door.getsockname()[1]}/  code: {code}", flush=True)  # noqa: T201 (for the clerk alone)
        supervisor = Supervisor()
        supervisor.must_live("page", server.serve([door]))
        supervisor.at_shutdown("page", server.close)
        supervisor.at_shutdown("drop", drop.close)
        return await supervisor.run()


def _who() -> str:
    return f"uid:{os.getuid()}"


def _subject(name: str) -> dict[str, str]:
    tenant, _, parcel = name.partition(".")
    return {"tenant": tenant, "subject": parcel}
