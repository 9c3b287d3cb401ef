"""Organizations: two files of one organization made into one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

STATES = "'proposed', 'merged', 'refused', 'withdrawn'"


def upgrade() -> None:
    codes = sa.Column("former_codes", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False)
    op.add_column("organization", codes)
    op.create_index(
        "ix_organization_former_codes",
        "organization",
        ["former_codes"],
        postgresql_using="gin",
        postgresql_where=sa.text("former_codes <> '{}'"),
    )
    op.create_table(
        "organization_merge",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("survivor_id", sa.BigInteger(), nullable=False),
        sa.Column("merged_id", sa.BigInteger(), nullable=False),
        sa.Column("merged_name", sa.Text(), nullable=False),
        sa.Column("merged_code", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("taken", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("clashes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("proposed_by_id", sa.BigInteger(), nullable=False),
        sa.Column("proposed_on", sa.Date(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("was", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("aside", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("moved", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        *(sa.CheckConstraint(rule, name=op.f(f"ck_organization_merge_{name}")) for name, rule in CHECKS.items()),
        sa.ForeignKeyConstraint(["survivor_id"], ["organization.id"], name=op.f("fk_organization_merge_survivor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organization_merge")),
    )
    op.create_index(
        "uq_organization_merge_open",
        "organization_merge",
        [sa.text("least(survivor_id, merged_id)"), sa.text("greatest(survivor_id, merged_id)")],
        unique=True,
        postgresql_where=sa.text("state = 'proposed'"),
    )
    op.create_index(
        "uq_organization_merge_merged_id",
        "organization_merge",
        ["merged_id"],
        unique=True,
        postgresql_where=sa.text("state = 'merged'"),
    )
    op.create_index("ix_organization_merge_survivor_id", "organization_merge", ["survivor_id"])
    op.create_index("ix_organization_merge_state", "organization_merge", ["state", "id"])


CHECKS = {
    "names_two": "survivor_id <> merged_id",
    "says_why": "btrim(reason) <> ''",
    "decided_by_somebody": "num_nulls(decided_on, decided_by_id) IN (0, 2)",
    "decision_has_its_day": "(state IN ('merged', 'refused')) = (decided_on IS NOT NULL)",
    "refusal_says_why": "state <> 'refused' OR btrim(answer) <> ''",
    "is_decided_by_another": "decided_by_id <> proposed_by_id",
    "keeps_what_was": "(state = 'merged') = (was IS NOT NULL)",
    "state_known": f"state IN ({STATES})",
}


def downgrade() -> None:
    op.drop_table("organization_merge")
    op.drop_index("ix_organization_former_codes", "organization")
    op.drop_column("organization", "former_codes")
