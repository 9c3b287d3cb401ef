"""Grants: archives of applications that are taken out together."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bundle",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("application_ids", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("asked_by_id", sa.BigInteger(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("file_id", sa.BigInteger(), nullable=True),
        sa.Column("problem", postgresql.JSONB(none_as_null=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("cardinality(application_ids) > 0", name=op.f("ck_bundle_holds_something")),
        sa.CheckConstraint(
            "done BETWEEN 0 AND cardinality(application_ids)", name=op.f("ck_bundle_counts_its_applications")
        ),
        sa.CheckConstraint("(state = 'made') = (file_id IS NOT NULL)", name=op.f("ck_bundle_has_its_file_if_made")),
        sa.CheckConstraint("(state = 'failed') = (problem IS NOT NULL)", name=op.f("ck_bundle_says_why_if_failed")),
        sa.CheckConstraint("state IN ('waiting', 'made', 'failed', 'forgotten')", name=op.f("ck_bundle_state_known")),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_bundle_file_id_stored_file")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bundle")),
    )
    op.create_index("ix_bundle_state", "bundle", ["state", "id"])


def downgrade() -> None:
    op.drop_table("bundle")
