"""Parcels, receipts, tombstones, events, ledger.

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
        "reservation",
        sa.Column("parcel", sa.String(26), primary_key=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("reserved_at", sa.String(32), nullable=False),
    )
    op.create_table(
        "parcel",
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("amends", sa.String(26)),
        sa.Column("trouble", sa.String(60)),
    )
    op.create_table(
        "milestone",
        sa.Column("parcel", sa.String(26), sa.ForeignKey("parcel.id"), primary_key=True),
        sa.Column("state", sa.String(20), primary_key=True),
        sa.Column("at", sa.String(32), nullable=False),
    )
    op.create_table(
        "receipt",
        sa.Column("parcel", sa.String(26), sa.ForeignKey("parcel.id"), primary_key=True),
        sa.Column("stage", sa.String(20), primary_key=True),
        sa.Column("signed", sa.LargeBinary, nullable=False),
        sa.Column("stored_at", sa.String(32), nullable=False),
    )
    op.create_table(
        "tombstone",
        sa.Column("parcel", sa.String(26), primary_key=True),
        sa.Column("signed", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "event",
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("signed", sa.LargeBinary, nullable=False),
        sa.Column("made_at", sa.String(32), nullable=False),
        sa.Column("receipted_at", sa.String(32)),
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
