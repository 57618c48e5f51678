"""Parcels that waited for too long.

Revision: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand."""
    op.create_table(
        "dwell",
        sa.Column("parcel", sa.String(26), primary_key=True),
        sa.Column("event", sa.String(26), nullable=False),
        sa.Column("raised_at", sa.String(32), nullable=False),
        sa.Column("ended_at", sa.String(32)),
    )


def downgrade() -> None:
    """Never: the release before this one runs on this schema."""
    raise NotImplementedError("databases only expand")
