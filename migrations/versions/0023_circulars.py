"""Organizations: notices to several at once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "circular",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("headline", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("organization_ids", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("people", sa.BigInteger(), nullable=False),
        sa.Column("sent_by_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("btrim(headline) <> '' AND btrim(text) <> ''", name=op.f("ck_circular_says_something")),
        sa.CheckConstraint("cardinality(organization_ids) > 0", name=op.f("ck_circular_goes_to_somebody")),
        sa.CheckConstraint("people >= 0", name=op.f("ck_circular_counts_people_from_zero")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_circular")),
    )
    op.create_index("ix_circular_organization_ids", "circular", ["organization_ids"], postgresql_using="gin")


def downgrade() -> None:
    op.drop_table("circular")
