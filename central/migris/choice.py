"""Which connector the settings ask for: the one place that constructs them."""

from datetime import timedelta

from agent.clock import Clock
from central.errors import SetUpError
from central.migris.connector import Connector
from central.migris.handoff.connector import HandoffConnector
from central.migris.handoff.drop import Drop, FolderDrop
from central.migris.handoff.roll import Roll
from central.migris.http import HttpConnector
from central.migris.mapped import MappedConnector
from central.migris.mapping import load_mapping
from central.migris.tls import connector_tls
from central.paths import Paths
from central.settings import HandoffSettings, Settings


def connector_of(paths: Paths, settings: Settings, *, clock: Clock) -> Connector:
    """The connector; nothing is asked of MIGRIS yet. :raises: SetUpError when its keys cannot be read."""
    if settings.migris.connector == "http":
        assert settings.migris.mapping is not None, "the settings were checked"
        return MappedConnector(load_mapping(settings.migris.mapping), tls=connector_tls(paths))
    drop = drop_of(paths, settings)
    if drop is None:
        return HttpConnector(settings.migris_url, tls=connector_tls(paths))
    return HandoffConnector(drop, roll=_roll_of(settings.migris.handoff, clock=clock), clock=clock)


def drop_of(paths: Paths, settings: Settings) -> Drop | None:
    """Where a hand-off lays parcels down; None when the settings ask for none. :raises: SetUpError."""
    match settings.migris.connector:
        case "simulator" | "http":
            return None
        case "handoff":
            return FolderDrop(settings.migris.handoff.folder or paths.handoff)
        case "sftp":
            # its library is in the memory, and on the disk, of those only who use it
            try:
                from central.migris.handoff.sftp import SftpDrop
            except ImportError as error:
                raise SetUpError("A hand-off over SFTP needs asyncssh: install smilius[central].") from error
            assert settings.migris.sftp is not None, "the settings were checked"
            return SftpDrop(settings.migris.sftp, key=paths.key("sftp"))


def _roll_of(settings: HandoffSettings, *, clock: Clock) -> Roll | None:
    if settings.applications is None:
        return None
    return Roll(settings.applications, max_age=timedelta(hours=settings.applications_max_age_hours), clock=clock)
