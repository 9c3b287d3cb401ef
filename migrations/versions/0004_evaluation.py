"""Evaluation: indicator sets, reviews, agencies, evaluations and their scores."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

UNCHANGED_ONCE_USED = """
CREATE FUNCTION keep_used_indicator_set() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (to_jsonb(NEW) - 'version') IS DISTINCT FROM (to_jsonb(OLD) - 'version') THEN
        RAISE EXCEPTION 'an indicator set that was used stays as it is'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_indicator_set_unchanged_once_used',
                  TABLE = 'indicator_set';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER unchanged_once_used BEFORE UPDATE OR DELETE ON indicator_set FOR EACH ROW
    WHEN (OLD.used_at IS NOT NULL) EXECUTE FUNCTION keep_used_indicator_set();
"""


def upgrade() -> None:
    op.create_table(
        "agency",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("credit_code", sa.Text(), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "credit_code ~ '^[0-9A-HJ-NPQRTUWXY]{18}$'", name=op.f("ck_agency_credit_code_is_written_right")
        ),
        sa.CheckConstraint("name <> ''", name=op.f("ck_agency_has_a_name")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agency")),
        sa.UniqueConstraint("credit_code", name=op.f("uq_agency_credit_code")),
    )
    op.create_table(
        "indicator_set",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("edition", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("total", sa.Numeric(precision=6, scale=2), nullable=False),
        sa.Column("pass_mark", sa.Numeric(precision=6, scale=2), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("tree", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("edition > 0", name=op.f("ck_indicator_set_edition_from_one")),
        sa.CheckConstraint(
            "pass_mark IS NULL OR (pass_mark >= 0 AND pass_mark <= total)",
            name=op.f("ck_indicator_set_pass_mark_within_total"),
        ),
        sa.CheckConstraint("total > 0", name=op.f("ck_indicator_set_total_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicator_set")),
        sa.UniqueConstraint("code", "edition", name=op.f("uq_indicator_set_code_edition")),
    )
    op.create_table(
        "agency_member",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("is_admin", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_agency_member_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agency_member")),
        sa.UniqueConstraint("user_id", name=op.f("uq_agency_member_user_id")),
    )
    op.create_index(op.f("ix_agency_member_agency_id"), "agency_member", ["agency_id"], unique=False)
    op.create_table(
        "review",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("application_number", sa.Text(), nullable=False),
        sa.Column("call_id", sa.BigInteger(), nullable=False),
        sa.Column("snapshot_id", sa.BigInteger(), nullable=False),
        sa.Column("set_id", sa.BigInteger(), nullable=False),
        sa.Column("reviewer_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("no_interest", sa.Boolean(), nullable=False),
        sa.Column("not_employed", sa.Boolean(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("handed_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("left_reason", sa.Text(), nullable=True),
        sa.Column("total", sa.Numeric(precision=5, scale=1), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("(state = 'sealed') = (total IS NOT NULL)", name=op.f("ck_review_total_if_sealed")),
        sa.CheckConstraint(
            "(state IN ('recused', 'replaced')) = (left_reason IS NOT NULL)", name=op.f("ck_review_reason_if_left")
        ),
        sa.CheckConstraint(
            "state IN ('assigned', 'accepted', 'scoring', 'handed_in', 'sealed', 'recused', 'replaced')",
            name=op.f("ck_review_state_known"),
        ),
        sa.CheckConstraint(
            "state IN ('assigned', 'recused', 'replaced') OR (accepted_at IS NOT NULL AND no_interest AND not_employed)",
            name=op.f("ck_review_statement_before_scoring"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('handed_in', 'sealed') OR handed_in_at IS NOT NULL",
            name=op.f("ck_review_handed_in_at_if_handed_in"),
        ),
        sa.CheckConstraint("total >= 0 AND total * 2 = floor(total * 2)", name=op.f("ck_review_total_in_halves")),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name=op.f("fk_review_application_id")),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_review_call_id")),
        sa.ForeignKeyConstraint(["set_id"], ["indicator_set.id"], name=op.f("fk_review_set_id")),
        sa.ForeignKeyConstraint(["snapshot_id"], ["application_version.id"], name=op.f("fk_review_snapshot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review")),
        sa.UniqueConstraint("application_id", "reviewer_id", name=op.f("uq_review_application_id_reviewer_id")),
    )
    op.create_index("ix_review_call_id", "review", ["call_id", "state"], unique=False)
    op.create_index("ix_review_reviewer_id", "review", ["reviewer_id", "state"], unique=False)
    op.create_table(
        "evaluation",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("project_number", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("call_id", sa.BigInteger(), nullable=False),
        sa.Column("set_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("agency_id", sa.BigInteger(), nullable=True),
        sa.Column("evaluator_id", sa.BigInteger(), nullable=True),
        sa.Column("countersigner_id", sa.BigInteger(), nullable=True),
        sa.Column("no_interest", sa.Boolean(), nullable=False),
        sa.Column("not_employed", sa.Boolean(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("self_report", sa.Text(), nullable=False),
        sa.Column("self_reported_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("visited_on", sa.Date(), nullable=True),
        sa.Column("visit_note", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("file_id", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("confirmed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("score", sa.Numeric(precision=9, scale=6), nullable=True),
        sa.Column("grade", sa.String(length=40), nullable=True),
        sa.Column("passed", sa.Boolean(), nullable=True),
        sa.Column("vetoed", sa.Boolean(), nullable=False),
        sa.Column("composite", sa.Numeric(precision=9, scale=6), nullable=True),
        sa.Column("composite_words", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("objection", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(state IN ('final', 'late_failed')) = (finished_at IS NOT NULL)",
            name=op.f("ck_evaluation_finished_at_if_final"),
        ),
        sa.CheckConstraint(
            "(state IN ('handed_in', 'confirmed', 'told', 'objected', 'recheck', 'final')) <= (file_id IS NOT NULL AND sha256 IS NOT NULL)",
            name=op.f("ck_evaluation_report_if_signed"),
        ),
        sa.CheckConstraint(
            "(state IN ('told', 'objected', 'recheck', 'final')) <= (score IS NOT NULL AND confirmed_at IS NOT NULL)",
            name=op.f("ck_evaluation_score_if_told"),
        ),
        sa.CheckConstraint("grade IN ('excellent', 'good', 'fair', 'poor')", name=op.f("ck_evaluation_grade_known")),
        sa.CheckConstraint(
            "kind IN ('self', 'midterm', 'final', 'follow_up', 'verification')", name=op.f("ck_evaluation_kind_known")
        ),
        sa.CheckConstraint(
            "score IS NULL OR state IN ('told', 'objected', 'recheck', 'final') OR state = 'late_failed'",
            name=op.f("ck_evaluation_no_score_before_told"),
        ),
        sa.CheckConstraint(
            "state IN ('planned', 'assigned') OR (accepted_at IS NOT NULL AND no_interest AND not_employed)",
            name=op.f("ck_evaluation_statement_before_scoring"),
        ),
        sa.CheckConstraint(
            "state IN ('planned', 'assigned', 'self_report', 'desk', 'visit', 'scoring', 'countersign', 'handed_in', 'confirmed', 'told', 'objected', 'recheck', 'final', 'late_failed')",
            name=op.f("ck_evaluation_state_known"),
        ),
        sa.CheckConstraint(
            "state IN ('planned', 'assigned', 'self_report', 'late_failed') OR self_reported_at IS NOT NULL",
            name=op.f("ck_evaluation_self_report_before_reading"),
        ),
        sa.CheckConstraint(
            "state IN ('planned', 'late_failed') OR num_nulls(agency_id, evaluator_id, countersigner_id, due_on) = 0",
            name=op.f("ck_evaluation_people_if_assigned"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('objected', 'recheck') OR objection IS NOT NULL",
            name=op.f("ck_evaluation_reason_if_objected"),
        ),
        sa.CheckConstraint("evaluator_id <> countersigner_id", name=op.f("ck_evaluation_two_people_sign")),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_evaluation_agency_id")),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_evaluation_call_id")),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_evaluation_file_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_evaluation_organization_id")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_evaluation_project_id")),
        sa.ForeignKeyConstraint(["set_id"], ["indicator_set.id"], name=op.f("fk_evaluation_set_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluation")),
        sa.UniqueConstraint("number", name=op.f("uq_evaluation_number")),
    )
    op.create_index("ix_evaluation_countersigner_id", "evaluation", ["countersigner_id", "state"], unique=False)
    op.create_index("ix_evaluation_evaluator_id", "evaluation", ["evaluator_id", "state"], unique=False)
    op.create_index("ix_evaluation_organization_id", "evaluation", ["organization_id", "state"], unique=False)
    op.create_index("ix_evaluation_project_id", "evaluation", ["project_id"], unique=False)
    op.create_index("ix_evaluation_state", "evaluation", ["state", "due_on"], unique=False)
    op.create_index(
        "uq_evaluation_open",
        "evaluation",
        ["project_id", "kind"],
        unique=True,
        postgresql_where=sa.text("state NOT IN ('final', 'late_failed')"),
    )
    op.create_table(
        "review_item",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("review_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("item_code", sa.Text(), nullable=False),
        sa.Column("weight", sa.Numeric(precision=5, scale=1), nullable=False),
        sa.Column("score", sa.Numeric(precision=5, scale=1), nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("score * 2 = floor(score * 2)", name=op.f("ck_review_item_score_in_halves")),
        sa.CheckConstraint("score >= 0 AND score <= weight", name=op.f("ck_review_item_score_within_weight")),
        sa.ForeignKeyConstraint(["review_id"], ["review.id"], name=op.f("fk_review_item_review_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_item")),
        sa.UniqueConstraint("review_id", "item_code", name=op.f("uq_review_item_review_id_item_code")),
    )
    op.create_table(
        "evaluation_score",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("evaluation_id", sa.BigInteger(), nullable=False),
        sa.Column("leaf_code", sa.Text(), nullable=False),
        sa.Column("score_column", sa.String(length=40), nullable=False),
        sa.Column("answer", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("value", sa.Numeric(precision=6, scale=2), nullable=True),
        sa.Column("not_applicable", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "NOT not_applicable OR reason <> ''", name=op.f("ck_evaluation_score_reason_if_not_applicable")
        ),
        sa.CheckConstraint(
            "score_column IN ('self', 'panel', 'committee')", name=op.f("ck_evaluation_score_score_column_known")
        ),
        sa.ForeignKeyConstraint(["evaluation_id"], ["evaluation.id"], name=op.f("fk_evaluation_score_evaluation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluation_score")),
        sa.UniqueConstraint(
            "evaluation_id",
            "leaf_code",
            "score_column",
            name=op.f("uq_evaluation_score_evaluation_id_leaf_code_score_column"),
        ),
    )
    op.execute(UNCHANGED_ONCE_USED)


def downgrade() -> None:
    op.drop_table("evaluation_score")
    op.drop_table("review_item")
    op.drop_index(
        "uq_evaluation_open", table_name="evaluation", postgresql_where=sa.text("state NOT IN ('final', 'late_failed')")
    )
    op.drop_index("ix_evaluation_state", table_name="evaluation")
    op.drop_index("ix_evaluation_project_id", table_name="evaluation")
    op.drop_index("ix_evaluation_organization_id", table_name="evaluation")
    op.drop_index("ix_evaluation_evaluator_id", table_name="evaluation")
    op.drop_index("ix_evaluation_countersigner_id", table_name="evaluation")
    op.drop_table("evaluation")
    op.drop_index("ix_review_reviewer_id", table_name="review")
    op.drop_index("ix_review_call_id", table_name="review")
    op.drop_table("review")
    op.drop_index(op.f("ix_agency_member_agency_id"), table_name="agency_member")
    op.drop_table("agency_member")
    op.drop_table("indicator_set")
    op.drop_table("agency")
    op.execute("DROP FUNCTION keep_used_indicator_set()")
