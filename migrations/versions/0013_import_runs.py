"""Organizations: imports as runs, and contracts of past years."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

KINDS = "kind IN ('organizations', 'past_projects')"
STATES = "state IN ('uploaded', 'checking', 'ready', 'taking', 'taken', 'undone', 'dropped')"
JSON = postgresql.JSONB(astext_type=sa.Text())


def upgrade() -> None:
    op.create_table(
        "import_run",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("headers", JSON, nullable=False),
        sa.Column("samples", JSON, nullable=False),
        sa.Column("places", JSON, nullable=False),
        sa.Column("unit", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("counts", JSON, nullable=False),
        sa.Column("with_clashes", sa.Boolean(), nullable=False),
        sa.Column("problem", JSON, nullable=True),
        sa.Column("brought_by_id", sa.BigInteger(), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("0 <= done AND done <= total", name=op.f("ck_import_run_counts_its_lines")),
        sa.CheckConstraint("unit IN (1, 10000)", name=op.f("ck_import_run_unit_is_a_unit")),
        sa.CheckConstraint(
            "state NOT IN ('taken', 'undone') OR taken_at IS NOT NULL", name=op.f("ck_import_run_taken_on_a_day")
        ),
        sa.CheckConstraint(KINDS, name=op.f("ck_import_run_kind_known")),
        sa.CheckConstraint(STATES, name=op.f("ck_import_run_state_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_run")),
    )
    op.create_index("ix_import_run_state", "import_run", ["state", "id"])
    op.create_table(
        "import_line",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column("cells", JSON, nullable=False),
        sa.Column("wrong", JSON, nullable=False),
        sa.Column("changes", JSON, nullable=False),
        sa.Column("record_id", sa.BigInteger(), nullable=True),
        sa.Column("record_version", sa.BigInteger(), nullable=True),
        sa.Column("made", JSON, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('new', 'changed', 'same', 'clash', 'bad')", name=op.f("ck_import_line_outcome_known")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["import_run.id"], name=op.f("fk_import_line_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_line")),
        sa.UniqueConstraint("run_id", "number", name=op.f("uq_import_line_run_id_number")),
    )
    op.create_index("ix_import_line_outcome", "import_line", ["run_id", "outcome", "number"])
    op.create_table(
        "known_heading",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("heading", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(KINDS, name=op.f("ck_known_heading_kind_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_heading")),
        sa.UniqueConstraint("kind", "heading", name=op.f("uq_known_heading_kind_heading")),
    )
    _create_past_projects()


def _create_past_projects() -> None:
    op.create_table(
        "past_project",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("year", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("grade", sa.String(length=40), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("year BETWEEN 2014 AND 2200", name=op.f("ck_past_project_year_is_of_the_programme")),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_past_project_amount_is_not_negative")),
        sa.CheckConstraint("btrim(name) <> ''", name=op.f("ck_past_project_has_a_name")),
        sa.CheckConstraint("btrim(source) <> ''", name=op.f("ck_past_project_names_its_source")),
        sa.CheckConstraint("grade IN ('excellent', 'good', 'fair', 'poor')", name=op.f("ck_past_project_grade_known")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_past_project_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_past_project")),
        sa.UniqueConstraint("organization_id", "year", "name", name=op.f("uq_past_project_organization_id_year_name")),
    )


def downgrade() -> None:
    for name in ("past_project", "known_heading", "import_line", "import_run"):
        op.drop_table(name)
