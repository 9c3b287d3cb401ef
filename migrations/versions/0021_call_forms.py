"""Forms that calls build themselves, frozen versions, answers; questions about a call; heads and targets of a call."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

JSON = postgresql.JSONB(astext_type=sa.Text())
HEADS = (
    '["personnel", "experts", "activities", "materials", "venue", "travel", "publicity", "insurance", "supervision",'
    ' "management", "taxes"]'
)

KEPT_VERSION = """
CREATE FUNCTION keep_form_version() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an application keeps the form version on which it was begun'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_application_form_version_kept', TABLE = 'application';
END $$;

CREATE TRIGGER form_version_kept BEFORE UPDATE ON application FOR EACH ROW
    WHEN (OLD.form_version_id IS NOT NULL AND NEW.form_version_id IS DISTINCT FROM OLD.form_version_id)
    EXECUTE FUNCTION keep_form_version();

CREATE FUNCTION keep_form_versions() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a frozen form is never changed'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_form_version_frozen', TABLE = 'form_version';
END $$;

CREATE TRIGGER frozen BEFORE UPDATE OR DELETE ON form_version FOR EACH ROW EXECUTE FUNCTION keep_form_versions();
"""


def upgrade() -> None:
    _call_columns()
    _forms()
    _questions()
    op.add_column("application", sa.Column("form_version_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_application_form_version_id_call_id"),
        "application",
        "form_version",
        ["form_version_id", "call_id"],
        ["id", "call_id"],
    )
    op.execute(KEPT_VERSION)


def _call_columns() -> None:
    op.add_column("call", sa.Column("budget_heads", JSON, nullable=False, server_default=HEADS))
    op.add_column("call", sa.Column("head_caps", JSON, nullable=False, server_default="{}"))
    targets = '["people", "person_times", "sessions"]'
    op.add_column("call", sa.Column("target_kinds", JSON, nullable=False, server_default=targets))
    op.add_column("call", sa.Column("questions_until", sa.BigInteger(), nullable=False, server_default="5"))
    op.add_column("call", sa.Column("copied_from_id", sa.BigInteger(), nullable=True))
    for name in ("budget_heads", "head_caps", "target_kinds", "questions_until"):
        op.alter_column("call", name, server_default=None)
    op.create_foreign_key(op.f("fk_call_copied_from_id"), "call", "call", ["copied_from_id"], ["id"])
    op.create_check_constraint(op.f("ck_call_five_days_of_notice_least"), "call", "notice_days >= 5")
    op.create_check_constraint(
        op.f("ck_call_three_to_ten_days_of_correction"), "call", "correction_days BETWEEN 3 AND 10"
    )
    op.create_check_constraint(op.f("ck_call_questions_end_before_closing"), "call", "questions_until >= 0")
    op.create_check_constraint(op.f("ck_call_some_budget_head"), "call", "jsonb_array_length(budget_heads) > 0")
    op.create_check_constraint(op.f("ck_call_some_target"), "call", "jsonb_array_length(target_kinds) > 0")


def _own_columns(*, lives: bool) -> list[sa.Column[object]]:
    made = sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)
    return [made, sa.Column("version", sa.BigInteger(), nullable=False)] if lives else [made]


def _forms() -> None:
    op.create_table(
        "call_form",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("call_id", sa.BigInteger(), nullable=False),
        sa.Column("definition", JSON, nullable=False),
        sa.Column("change_reason", sa.Text(), nullable=True),
        sa.Column("proposed_by_id", sa.BigInteger(), nullable=True),
        *_own_columns(lives=True),
        sa.CheckConstraint(
            "(change_reason IS NULL) = (proposed_by_id IS NULL) AND change_reason <> ''",
            name=op.f("ck_call_form_reason_if_proposed"),
        ),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_call_form_call_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_form")),
        sa.UniqueConstraint("call_id", name=op.f("uq_call_form_call_id")),
    )
    op.create_table(
        "form_version",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("call_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("definition", JSON, nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("published_by_id", sa.BigInteger(), nullable=True),
        *_own_columns(lives=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_form_version_number_from_one")),
        sa.CheckConstraint("(number = 1) = (reason = '')", name=op.f("ck_form_version_reason_if_changed")),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_form_version_hash_complete")),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_form_version_call_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_form_version")),
        sa.UniqueConstraint("call_id", "number", name=op.f("uq_form_version_call_id_number")),
        sa.UniqueConstraint("id", "call_id", name=op.f("uq_form_version_id_call_id")),
    )
    op.create_table(
        "form_answers",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("section", sa.Text(), nullable=False),
        sa.Column("answers", JSON, nullable=False),
        *_own_columns(lives=True),
        sa.CheckConstraint("jsonb_typeof(answers) = 'object'", name=op.f("ck_form_answers_answers_by_question")),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name=op.f("fk_form_answers_application_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_form_answers")),
        sa.UniqueConstraint("application_id", "section", name=op.f("uq_form_answers_application_id_section")),
    )


def _questions() -> None:
    op.create_table(
        "call_question",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("call_id", sa.BigInteger(), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("asked_by_id", sa.BigInteger(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        *_own_columns(lives=True),
        sa.CheckConstraint("btrim(text) <> ''", name=op.f("ck_call_question_not_empty")),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_call_question_call_id")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_call_question_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_question")),
    )
    op.create_index("ix_call_question_call_id", "call_question", ["call_id"])
    op.create_index("ix_call_question_organization_id", "call_question", ["organization_id"])
    op.create_table(
        "call_answer",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("call_id", sa.BigInteger(), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_by_id", sa.BigInteger(), nullable=True),
        sa.Column("corrected_at", sa.DateTime(timezone=True), nullable=True),
        *_own_columns(lives=True),
        sa.CheckConstraint(
            "btrim(question) <> '' AND btrim(answer) <> ''", name=op.f("ck_call_answer_question_and_answer")
        ),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_call_answer_call_id")),
        sa.ForeignKeyConstraint(["source_id"], ["call_question.id"], name=op.f("fk_call_answer_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_answer")),
        sa.UniqueConstraint("source_id", name=op.f("uq_call_answer_source_id")),
    )
    op.create_index("ix_call_answer_call_id", "call_answer", ["call_id"])


def downgrade() -> None:
    op.execute("DROP TRIGGER form_version_kept ON application")
    op.drop_constraint(op.f("fk_application_form_version_id_call_id"), "application", type_="foreignkey")
    op.drop_column("application", "form_version_id")
    for table in ("call_answer", "call_question", "form_answers", "form_version", "call_form"):
        op.drop_table(table)
    op.execute("DROP FUNCTION keep_form_version()")
    op.execute("DROP FUNCTION keep_form_versions()")
    for name in (
        "five_days_of_notice_least",
        "three_to_ten_days_of_correction",
        "questions_end_before_closing",
        "some_budget_head",
        "some_target",
    ):
        op.drop_constraint(op.f(f"ck_call_{name}"), "call", type_="check")
    op.drop_constraint(op.f("fk_call_copied_from_id"), "call", type_="foreignkey")
    for name in ("copied_from_id", "questions_until", "target_kinds", "head_caps", "budget_heads"):
        op.drop_column("call", name)
