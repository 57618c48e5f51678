"""Subjects' requests, their steps, findings and recipients; restrictions of parcels; commands to stations.

Revision: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand."""
    _register()
    _acts()


def _register() -> None:
    op.create_table(
        "subject_request",
        sa.Column("id", sa.String(12), primary_key=True),
        sa.Column("tenant", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("form", sa.String(20), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("proof", sa.String(120), nullable=False),
        sa.Column("mandate", sa.String(120)),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("received_at", sa.String(32), nullable=False),
    )
    op.create_table(
        "subject_step",
        sa.Column("request", sa.String(12), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("step", sa.String(20), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("instruction", sa.String(120)),
        sa.Column("uid", sa.Integer, nullable=False),
    )
    op.create_table(
        "subject_finding",
        sa.Column("request", sa.String(12), primary_key=True),
        sa.Column("parcel", sa.String(26), primary_key=True),
        sa.Column("station", sa.String(40), nullable=False),
        sa.Column("known_by", sa.String(20), nullable=False),
        sa.Column("found_at", sa.String(32), nullable=False),
    )


def _acts() -> None:
    op.create_table(
        "subject_recipient",
        sa.Column("request", sa.String(12), primary_key=True),
        sa.Column("recipient", sa.String(40), primary_key=True),
        sa.Column("told", sa.String(120)),
        sa.Column("not_told_because", sa.Text),
        sa.Column("noted_at", sa.String(32)),
    )
    op.create_table(
        "restriction",
        sa.Column("tenant", sa.String(40), primary_key=True),
        sa.Column("parcel", sa.String(26), primary_key=True),
        sa.Column("request", sa.String(12), primary_key=True),
        sa.Column("since", sa.String(32), nullable=False),
        sa.Column("lifted_at", sa.String(32)),
    )
    op.create_table(
        "command",
        sa.Column("tenant", sa.String(40), primary_key=True),
        sa.Column("station", sa.String(40), primary_key=True),
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("counter", sa.Integer, nullable=False),
        sa.Column("verb", sa.String(20), nullable=False),
        sa.Column("request", sa.String(12)),
        sa.Column("signed", sa.LargeBinary, nullable=False),
        sa.Column("made_at", sa.String(32), nullable=False),
        sa.Column("expires_at", sa.String(32), nullable=False),
        sa.Column("outcome", sa.String(40)),
        sa.Column("result", sa.String(26)),
        sa.Column("answered_at", sa.String(32)),
        sa.UniqueConstraint("tenant", "station", "counter"),
    )


def downgrade() -> None:
    """Never: the release before this one runs on this schema."""
    raise NotImplementedError("databases only expand")
