"""Organizations: the register, ratings, inspections, credit, and the tables that they refer to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "district",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_district")),
        sa.UniqueConstraint("code", name=op.f("uq_district_code")),
    )
    op.create_table(
        "service_field",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_field")),
        sa.UniqueConstraint("code", name=op.f("uq_service_field_code")),
    )
    op.create_table(
        "organization",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("credit_code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("former_names", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("name_pinyin", sa.Text(), nullable=False),
        sa.Column("name_initials", sa.Text(), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=40), server_default="active", nullable=False),
        sa.Column("registrar", sa.Text(), nullable=True),
        sa.Column("supervising_unit", sa.Text(), nullable=True),
        sa.Column("founded_on", sa.Date(), nullable=True),
        sa.Column("district_code", sa.Text(), nullable=True),
        sa.Column("service_fields", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("has_party_organization", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("has_womens_federation", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("staff_count", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("volunteer_count", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("contact_name", sa.Text(), nullable=True),
        sa.Column("contact_phone", sa.Text(), nullable=True),
        sa.Column("projects_running", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("projects_total", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("received", sa.Numeric(precision=14, scale=2), server_default="0", nullable=False),
        sa.Column("last_grade", sa.String(length=40), nullable=True),
        sa.Column("last_graded_on", sa.Date(), nullable=True),
        sa.Column("rating_grade", sa.String(length=40), nullable=True),
        sa.Column("rating_state", sa.String(length=40), nullable=True),
        sa.Column("rating_valid_from", sa.Date(), nullable=True),
        sa.Column("rating_valid_to", sa.Date(), nullable=True),
        sa.Column("inspection_year", sa.BigInteger(), nullable=True),
        sa.Column("inspection_result", sa.String(length=40), nullable=True),
        sa.Column(
            "last_grade_rank",
            sa.BigInteger(),
            sa.Computed(
                "array_position(ARRAY['poor'::text, 'fair'::text, 'good'::text, 'excellent'::text], (last_grade)::text)",
                persisted=True,
            ),
            nullable=True,
        ),
        sa.Column(
            "inspection_rank",
            sa.BigInteger(),
            sa.Computed(
                "array_position(ARRAY['not_inspected'::text, 'failed'::text, 'undecided'::text, 'basically_passed'::text, 'passed'::text], (inspection_result)::text)",
                persisted=True,
            ),
            nullable=True,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("btrim(name) <> ''", name=op.f("ck_organization_has_a_name")),
        sa.CheckConstraint(
            "credit_code ~ '^[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}$'",
            name=op.f("ck_organization_credit_code_is_written_right"),
        ),
        sa.CheckConstraint(
            "inspection_result IN ('passed', 'basically_passed', 'failed', 'not_inspected', 'undecided')",
            name=op.f("ck_organization_inspection_result_known"),
        ),
        sa.CheckConstraint(
            "last_grade IN ('excellent', 'good', 'fair', 'poor')", name=op.f("ck_organization_last_grade_known")
        ),
        sa.CheckConstraint(
            "rating_grade IN ('5A', '4A', '3A', '2A', '1A')", name=op.f("ck_organization_rating_grade_known")
        ),
        sa.CheckConstraint(
            "rating_state IN ('pending', 'valid', 'expired', 'downgraded', 'revoked')",
            name=op.f("ck_organization_rating_state_known"),
        ),
        sa.CheckConstraint(
            "rating_state IS NULL OR rating_state = 'pending' OR (rating_valid_from IS NOT NULL AND rating_valid_to IS NOT NULL)",
            name=op.f("ck_organization_rating_is_dated"),
        ),
        sa.CheckConstraint(
            "status IN ('active', 'liquidating', 'deregistered', 'revoked')", name=op.f("ck_organization_status_known")
        ),
        sa.CheckConstraint(
            "type IN ('association', 'service_institution', 'foundation', 'other_social', 'enterprise', 'public_institution', 'peoples_group')",
            name=op.f("ck_organization_type_known"),
        ),
        sa.CheckConstraint(
            "(inspection_year IS NULL) = (inspection_result IS NULL)",
            name=op.f("ck_organization_inspection_has_its_year"),
        ),
        sa.CheckConstraint(
            "(last_grade IS NULL) = (last_graded_on IS NULL)", name=op.f("ck_organization_last_grade_has_its_day")
        ),
        sa.CheckConstraint(
            "(rating_grade IS NULL) = (rating_state IS NULL)", name=op.f("ck_organization_rating_has_its_state")
        ),
        sa.CheckConstraint(
            "0 <= projects_running AND projects_running <= projects_total",
            name=op.f("ck_organization_runs_some_of_its_projects"),
        ),
        sa.CheckConstraint("received >= 0", name=op.f("ck_organization_received_is_not_negative")),
        sa.CheckConstraint(
            "staff_count >= 0 AND volunteer_count >= 0", name=op.f("ck_organization_counts_people_from_zero")
        ),
        sa.ForeignKeyConstraint(["district_code"], ["district.code"], name=op.f("fk_organization_district_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organization")),
        sa.UniqueConstraint("credit_code", name=op.f("uq_organization_credit_code")),
    )
    op.create_index(
        "ix_organization_district_code_down",
        "organization",
        [sa.literal_column("district_code DESC NULLS LAST"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index("ix_organization_district_code_up", "organization", ["district_code", "id"], unique=False)
    op.create_index(
        "ix_organization_inspection_rank_down",
        "organization",
        [sa.literal_column("inspection_rank DESC NULLS LAST"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index("ix_organization_inspection_rank_up", "organization", ["inspection_rank", "id"], unique=False)
    op.create_index(
        "ix_organization_last_grade_rank_down",
        "organization",
        [sa.literal_column("last_grade_rank DESC NULLS LAST"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index("ix_organization_last_grade_rank_up", "organization", ["last_grade_rank", "id"], unique=False)
    op.create_index(
        "ix_organization_name_pinyin_down",
        "organization",
        [sa.literal_column("name_pinyin DESC NULLS LAST"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index("ix_organization_name_pinyin_up", "organization", ["name_pinyin", "id"], unique=False)
    op.create_index(
        "ix_organization_projects_running_down",
        "organization",
        [sa.literal_column("projects_running DESC NULLS LAST"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index("ix_organization_projects_running_up", "organization", ["projects_running", "id"], unique=False)
    op.create_index(
        "ix_organization_rating_grade_down",
        "organization",
        [sa.literal_column("rating_grade DESC NULLS LAST"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index("ix_organization_rating_grade_up", "organization", ["rating_grade", "id"], unique=False)
    op.create_index("ix_organization_rating_valid_to", "organization", ["rating_valid_to"], unique=False)
    op.create_index(
        "ix_organization_search_text",
        "organization",
        ["search_text"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"search_text": "gin_trgm_ops"},
    )
    op.create_index(
        "ix_organization_service_fields", "organization", ["service_fields"], unique=False, postgresql_using="gin"
    )
    op.create_index("ix_organization_status", "organization", ["status"], unique=False)
    op.create_index(
        "ix_organization_type_down",
        "organization",
        [sa.literal_column("type DESC NULLS LAST"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index("ix_organization_type_up", "organization", ["type", "id"], unique=False)
    op.create_table(
        "credit_entry",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("listed_on", sa.Date(), nullable=False),
        sa.Column("removed_on", sa.Date(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("btrim(source) <> ''", name=op.f("ck_credit_entry_names_its_source")),
        sa.CheckConstraint(
            "kind IN ('abnormal_list', 'serious_list', 'penalty')", name=op.f("ck_credit_entry_kind_known")
        ),
        sa.CheckConstraint("removed_on >= listed_on", name=op.f("ck_credit_entry_ends_after_it_begins")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_credit_entry_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_entry")),
    )
    op.create_index("ix_credit_entry_organization_id", "credit_entry", ["organization_id", "kind"], unique=False)
    op.create_index(
        "uq_credit_entry_listing", "credit_entry", ["organization_id", "kind", "listed_on", "source"], unique=True
    )
    op.create_table(
        "inspection",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("year", sa.BigInteger(), nullable=False),
        sa.Column("result", sa.String(length=40), nullable=False),
        sa.Column("concluded_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "result IN ('passed', 'basically_passed', 'failed', 'not_inspected', 'undecided')",
            name=op.f("ck_inspection_result_known"),
        ),
        sa.CheckConstraint("year BETWEEN 1989 AND 2200", name=op.f("ck_inspection_year_is_one_of_inspections")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_inspection_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspection")),
        sa.UniqueConstraint("organization_id", "year", name=op.f("uq_inspection_organization_id_year")),
    )
    op.create_table(
        "rating",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("grade", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("regime", sa.String(length=40), nullable=True),
        sa.Column("announced_on", sa.Date(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("certificate_number", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("organization_id"), "="),
            (sa.column("regime"), "="),
            (sa.text("daterange(valid_from, valid_to, '[]')"), "&&"),
            where=sa.text("state = 'valid'"),
            using="gist",
            name="ex_rating_one_counts_at_a_time",
        ),
        sa.CheckConstraint(
            "(regime = 'measures_2026') = (announced_on >= DATE '2026-03-01')",
            name=op.f("ck_rating_falls_under_the_rules_of_its_day"),
        ),
        sa.CheckConstraint("grade IN ('5A', '4A', '3A', '2A', '1A')", name=op.f("ck_rating_grade_known")),
        sa.CheckConstraint("regime IN ('order_39', 'measures_2026')", name=op.f("ck_rating_regime_known")),
        sa.CheckConstraint("state <> 'valid' OR valid_from <= valid_to", name=op.f("ck_rating_counts_a_day_at_least")),
        sa.CheckConstraint(
            "state = 'pending' OR announced_on IS NOT NULL", name=op.f("ck_rating_is_dated_unless_pending")
        ),
        sa.CheckConstraint(
            "state IN ('pending', 'valid', 'expired', 'downgraded', 'revoked')", name=op.f("ck_rating_state_known")
        ),
        sa.CheckConstraint(
            "state NOT IN ('downgraded', 'revoked') OR valid_to < CASE WHEN announced_on >= DATE '2026-03-01' THEN make_date(extract(year FROM announced_on)::int + 5, 12, 31) ELSE (announced_on + INTERVAL '5 years')::date - 1 END",
            name=op.f("ck_rating_ends_early_when_taken_away"),
        ),
        sa.CheckConstraint(
            "valid_from = CASE WHEN announced_on >= DATE '2026-03-01' THEN make_date(extract(year FROM announced_on)::int + 1, 1, 1) ELSE announced_on END",
            name=op.f("ck_rating_begins_by_its_rules"),
        ),
        sa.CheckConstraint(
            "valid_to <= CASE WHEN announced_on >= DATE '2026-03-01' THEN make_date(extract(year FROM announced_on)::int + 5, 12, 31) ELSE (announced_on + INTERVAL '5 years')::date - 1 END",
            name=op.f("ck_rating_ends_by_its_rules"),
        ),
        sa.CheckConstraint(
            "num_nulls(regime, announced_on, valid_from, valid_to) IN (0, 4)", name=op.f("ck_rating_is_dated_wholly")
        ),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_rating_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rating")),
    )
    op.create_index("ix_rating_organization_id", "rating", ["organization_id"], unique=False)
    op.create_index("ix_rating_state", "rating", ["state", "valid_to"], unique=False)
    op.create_index(
        "uq_rating_announcement",
        "rating",
        ["organization_id", "announced_on"],
        unique=True,
        postgresql_where=sa.text("announced_on IS NOT NULL"),
    )


def downgrade() -> None:
    for table in ("rating", "inspection", "credit_entry", "organization", "service_field", "district"):
        op.drop_table(table)
