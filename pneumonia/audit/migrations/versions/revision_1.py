"""The table of entries."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "1"
down_revision = None

# Those of a radiograph came last, when there were no revisions yet.
_OF_THE_RADIOGRAPH: Final = (
    "input_size",
    "input_grey",
    "input_contrast",
    "input_lungs",
    "input_certainty",
)


def upgrade() -> None:
    """Make the table; one from before there were revisions gets what it lacks."""
    found = sa.inspect(op.get_bind())
    if found.has_table("audit"):
        known = {it["name"] for it in found.get_columns("audit")}
        for name in _OF_THE_RADIOGRAPH:
            if name not in known:
                op.add_column("audit", sa.Column(name, sa.Double()))
        return
    op.create_table(
        "audit",
        sa.Column("sequence", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("kind", sa.String()),
        sa.Column("session", sa.String()),
        sa.Column("user", sa.String()),
        sa.Column("input_sha256", sa.String()),
        sa.Column("weights", sa.String()),
        sa.Column("weights_sha256", sa.String()),
        sa.Column("status", sa.String()),
        sa.Column("score", sa.Double()),
        sa.Column("flagged", sa.Boolean()),
        sa.Column("operating_point", sa.String()),
        sa.Column("prevalence", sa.Double()),
        sa.Column("impression", sa.String()),
        sa.Column("changed_to", sa.String()),
        sa.Column("warnings", sa.String()),
        sa.Column("refusal", sa.String()),
        sa.Column("number", sa.Integer()),
        sa.Column("digest", sa.String()),
        *(sa.Column(name, sa.Double()) for name in _OF_THE_RADIOGRAPH),
        sa.Column("id", sa.String()),
        sa.Column("time", sa.String()),
        sa.Column("previous", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Index("audit_id", "id", unique=True),
        sa.Index("audit_input", "input_sha256"),
    )
