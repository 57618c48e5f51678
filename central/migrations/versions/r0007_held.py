"""What is wrong with a parcel that is held, in which part of it, and since when it is held.

Revision: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand."""
    op.add_column("parcel", sa.Column("part", sa.String(40)))
    op.add_column("parcel", sa.Column("cause", sa.String(60)))
    op.add_column("parcel", sa.Column("held_at", sa.String(32)))


def downgrade() -> None:
    """Never: the release before this one runs on this schema."""
    raise NotImplementedError("databases only expand")
