"""Configurations that stations are to have, and what became of each.

Revision: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand."""
    op.create_table(
        "configuration",
        sa.Column("tenant", sa.String(40), primary_key=True),
        sa.Column("station", sa.String(40), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("signed", sa.LargeBinary, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("made_at", sa.String(32), nullable=False),
        sa.Column("made_by", sa.String(80), nullable=False),
        sa.Column("expires_at", sa.String(32), nullable=False),
        sa.Column("outcome", sa.String(20)),
        sa.Column("reason", sa.String(60)),
        sa.Column("sentence", sa.String(300)),
        sa.Column("answered_at", sa.String(32)),
    )


def downgrade() -> None:
    """Never: the release before this one runs on this schema."""
    raise NotImplementedError("databases only expand")
