"""Operators' accounts, and the lists of them that stations are to have.

Revision: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand."""
    op.create_table(
        "operator",
        sa.Column("tenant", sa.String(40), primary_key=True),
        sa.Column("operator", sa.String(40), primary_key=True),
        sa.Column("station", sa.String(40), nullable=False),
        sa.Column("made_at", sa.String(32), nullable=False),
        sa.Column("revoked_at", sa.String(32)),
        sa.Column("reason", sa.String(200)),
    )
    op.create_table(
        "roster",
        sa.Column("tenant", sa.String(40), primary_key=True),
        sa.Column("station", sa.String(40), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("signed", sa.LargeBinary, nullable=False),
        sa.Column("made_at", sa.String(32), nullable=False),
        sa.Column("held_at", sa.String(32)),
    )


def downgrade() -> None:
    """Never: the release before this one runs on this schema."""
    raise NotImplementedError("databases only expand")
