"""Uploads, ledger of parcels, outbox, receipts, events, tombstones.

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
    _uploads()
    _parcels()
    _signed()


def _uploads() -> None:
    op.create_table(
        "upload",
        sa.Column("tenant", sa.String(40), primary_key=True),
        sa.Column("parcel", sa.String(26), primary_key=True),
        sa.Column("station", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("chunks", sa.Integer, nullable=False),
        sa.Column("begun_at", sa.String(32), nullable=False),
    )
    op.create_table(
        "chunk",
        sa.Column("tenant", sa.String(40), primary_key=True),
        sa.Column("parcel", sa.String(26), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )


def _parcels() -> None:
    op.create_table(
        "parcel",
        sa.Column("tenant", sa.String(40), primary_key=True),
        sa.Column("parcel", sa.String(26), primary_key=True),
        sa.Column("station", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("stage", sa.String(20), nullable=False),
        sa.Column("reference", sa.String(80)),
        sa.Column("trouble", sa.String(60)),
        sa.Column("stored_at", sa.String(32), nullable=False),
        sa.Column("decided_at", sa.String(32)),
        sa.Column("wiped_at", sa.String(32)),
        sa.UniqueConstraint("tenant", "parcel"),
    )
    op.create_table(
        "outbox",
        sa.Column("tenant", sa.String(40), primary_key=True),
        sa.Column("parcel", sa.String(26), primary_key=True),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("held", sa.Boolean, nullable=False),
    )


def _signed() -> None:
    op.create_table(
        "receipt",
        sa.Column("tenant", sa.String(40), primary_key=True),
        sa.Column("station", sa.String(40), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("subject", sa.String(26), nullable=False),
        sa.Column("stage", sa.String(20), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("signed", sa.LargeBinary, nullable=False),
        sa.Column("signed_digest", sa.String(64), nullable=False),
        sa.UniqueConstraint("tenant", "station", "subject", "stage", "digest"),
    )
    op.create_table(
        "event",
        sa.Column("tenant", sa.String(40), primary_key=True),
        sa.Column("station", sa.String(40), primary_key=True),
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("content_type", sa.String(80), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("signed", sa.LargeBinary, nullable=False),
        sa.Column("heard_at", sa.String(32), nullable=False),
    )
    op.create_table(
        "tombstone",
        sa.Column("tenant", sa.String(40), primary_key=True),
        sa.Column("parcel", sa.String(26), primary_key=True),
        sa.Column("signed", sa.LargeBinary, nullable=False),
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
