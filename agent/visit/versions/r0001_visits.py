"""Visits, journal, ledger.

Revision: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand."""
    op.create_table(
        "visit",
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("parcel", sa.String(26), nullable=False, unique=True),
        sa.Column("subject", sa.String(32), nullable=False),
        sa.Column("subject_sealed", sa.LargeBinary),
        sa.Column("operator", sa.String(200), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("code", sa.String(60)),
        sa.Column("digest", sa.String(64)),
        sa.Column("opened_at", sa.String(32), nullable=False),
        sa.Column("ended_at", sa.String(32)),
        sa.Column("timeline", sa.JSON),
    )
    op.create_table(
        "journal",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("visit", sa.String(26), sa.ForeignKey("visit.id"), nullable=False),
        sa.Column("step", sa.String(20), nullable=False),
        sa.Column("intended_at", sa.String(32), nullable=False),
        sa.Column("closed_at", sa.String(32)),
    )
    op.create_table(
        "ledger_line",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
    )


def downgrade() -> None:
    """Never: the release before this one runs on this schema."""
    raise NotImplementedError("databases only expand")
