"""The bridge's database, for a command that runs beside the bridge: to read, or to write while nobody else does."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from central.bridge.tables import REVISION
from central.database import begin_writing, check_schema, close_forgetting, open_database, place_of
from central.errors import CentralError
from central.paths import Paths
from central.settings import load_settings


@contextmanager
def opened_beside(paths: Paths) -> Iterator[Session]:
    """A session, closed with all its files at the end; a log that a killed bridge left is overwritten before that.

    :raises: SetUpError when there is no such database, CentralError when it does not answer while the bridge has it.
    """
    engine = open_database(place_of(paths, load_settings(paths.settings)))
    try:
        check_schema(engine, revision=REVISION)
        with Session(engine) as session:
            yield session
    except OperationalError as error:
        raise CentralError("The bridge's database does not answer: try again in a moment.") from error
    finally:
        close_forgetting(engine)


@contextmanager
def writing_beside(paths: Paths) -> Iterator[Session]:
    """One transaction that nobody writes beside: what it reads, a bridge that runs cannot change; committed at the end.

    :raises: as `opened_beside`.
    """
    with opened_beside(paths) as session, session.begin():
        begin_writing(session)
        yield session
