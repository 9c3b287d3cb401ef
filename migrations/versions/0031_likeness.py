"""What reads alike: the prints of texts, and the pairs that a person looks at."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "text_print",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("version_number", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("targets", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("prints", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name=op.f("fk_text_print_application_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_text_print")),
        sa.UniqueConstraint("application_id", name=op.f("uq_text_print_application_id")),
    )
    op.create_index("ix_text_print_prints", "text_print", ["prints"], postgresql_using="gin")
    op.create_index(
        "ix_text_print_title",
        "text_print",
        ["title"],
        postgresql_using="gin",
        postgresql_ops={"title": "gin_trgm_ops"},
    )
    op.create_table(
        "likeness",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("version_number", sa.BigInteger(), nullable=False),
        sa.Column("relation", sa.String(length=40), nullable=False),
        sa.Column("other_id", sa.BigInteger(), nullable=True),
        sa.Column("other_version_number", sa.BigInteger(), nullable=True),
        sa.Column("past_project_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("title_percent", sa.BigInteger(), nullable=False),
        sa.Column("text_percent", sa.BigInteger(), nullable=False),
        sa.Column("same_targets", sa.Boolean(), nullable=False),
        sa.Column("decision", sa.String(length=40), nullable=True),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("btrim(decision_reason) <> ''", name=op.f("ck_likeness_decided_with_a_reason")),
        sa.CheckConstraint("decision IN ('harmless', 'double')", name=op.f("ck_likeness_decision_known")),
        sa.CheckConstraint(
            "num_nonnulls(decision, decided_by_id, decision_reason, decided_at) IN (0, 4)",
            name=op.f("ck_likeness_decided_by_somebody"),
        ),
        sa.CheckConstraint("num_nonnulls(other_id, past_project_id) = 1", name=op.f("ck_likeness_with_one_other")),
        sa.CheckConstraint("other_id <> application_id", name=op.f("ck_likeness_with_another")),
        sa.CheckConstraint("relation IN ('own', 'linked', 'other')", name=op.f("ck_likeness_relation_known")),
        sa.CheckConstraint(
            "relation <> 'linked' OR past_project_id IS NULL", name=op.f("ck_likeness_linked_by_application")
        ),
        sa.CheckConstraint(
            "title_percent BETWEEN 0 AND 100 AND text_percent BETWEEN 0 AND 100",
            name=op.f("ck_likeness_percents_of_hundred"),
        ),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name=op.f("fk_likeness_application_id")),
        sa.ForeignKeyConstraint(["other_id"], ["application.id"], name=op.f("fk_likeness_other_id")),
        sa.ForeignKeyConstraint(
            ["past_project_id"],
            ["past_project.id"],
            name=op.f("fk_likeness_past_project_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_likeness")),
        sa.UniqueConstraint("application_id", "other_id", name=op.f("uq_likeness_application_id_other_id")),
        sa.UniqueConstraint(
            "application_id", "past_project_id", name=op.f("uq_likeness_application_id_past_project_id")
        ),
    )
    op.create_index("ix_likeness_other_id", "likeness", ["other_id"])
    op.create_index("ix_likeness_decision", "likeness", ["decision", "id"])
    op.create_index(
        "ix_past_project_name",
        "past_project",
        ["name"],
        postgresql_using="gin",
        postgresql_ops={"name": "gin_trgm_ops"},
    )


def downgrade() -> None:
    op.drop_index("ix_past_project_name", table_name="past_project")
    op.drop_table("likeness")
    op.drop_table("text_print")
