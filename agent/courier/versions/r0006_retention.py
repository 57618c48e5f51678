"""Retention: counted time, what was found due, what is held.

Revision: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0004"
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
    op.create_table(
        "hold",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("parcel", sa.String(26), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("until", sa.String(32), nullable=False),
        sa.Column("set_by", sa.String(80), nullable=False),
        sa.Column("set_at", sa.String(32), nullable=False),
        sa.Column("lifted_by", sa.String(80)),
        sa.Column("lifted_at", sa.String(32)),
    )


def downgrade() -> None:
    """Never: the release before this one runs on this schema."""
    raise NotImplementedError("databases only expand")
