"""The models, the revisions and what the release asks for are one. Also holds `versions/`."""

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from agent.courier.tables import REVISION, VERSIONS, Base
from vault.database import migrate


def test_the_revisions_make_what_the_models_say(tmp_path: Path) -> None:
    migrate(tmp_path / "courier.db", VERSIONS)
    engine = create_engine(f"sqlite:///{tmp_path / 'courier.db'}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    engine.dispose()


def test_the_newest_revision_is_what_the_release_needs() -> None:
    folder = ScriptDirectory(str(VERSIONS.parent), version_locations=[str(VERSIONS)])
    assert folder.get_current_head() == REVISION
