"""Retention: counted time, what was found due.

Revision: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand."""
    op.create_table(
        "retention_clock",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("boot", sa.String(64), nullable=False),
        sa.Column("monotonic_s", sa.Float, nullable=False),
        sa.Column("now", sa.String(32), nullable=False),
        sa.Column("counted_s", sa.Float, nullable=False),
    )
    op.create_table(
        "retention_mark",
        sa.Column("kind", sa.String(40), primary_key=True),
        sa.Column("item", sa.String(120), primary_key=True),
        sa.Column("counted_s", sa.Float, nullable=False),
    )


def downgrade() -> None:
    """Never: the release before this one runs on this schema."""
    raise NotImplementedError("databases only expand")
