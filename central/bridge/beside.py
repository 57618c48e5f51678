"""The bridge's database, for a command that runs beside the bridge."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from central.bridge.tables import REVISION
from central.database import check_schema
from central.errors import CentralError
from central.paths import Paths
from central.settings import load_settings
from vault.database import open_database
from vault.forgetting import close_forgetting


@contextmanager
def opened_beside(paths: Paths) -> Iterator[Session]:
    """A session, closed with all its files at the end; a log that a killed bridge left is overwritten before that.

    :raises: SetUpError when there is no such database, CentralError when it does not answer while the bridge has it.
    """
    load_settings(paths.settings)
    engine = open_database(paths.bridge_database)
    try:
        check_schema(engine, revision=REVISION)
        with Session(engine) as session:
            yield session
    except OperationalError as error:
        raise CentralError("The bridge's database does not answer: try again in a moment.") from error
    finally:
        close_forgetting(engine)
