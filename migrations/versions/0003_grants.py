"""Grants: years and their ledger, calls, applications, awards, projects, delivery."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


TRIGGERS = """
CREATE FUNCTION post_to_account() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE ledger_account SET balance = balance + NEW.amount WHERE id = NEW.account_id;
    RETURN NULL;
END $$;

CREATE TRIGGER post_to_account AFTER INSERT ON posting FOR EACH ROW EXECUTE FUNCTION post_to_account();

CREATE FUNCTION check_journal() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    told record;
BEGIN
    -- A journal without postings, one that makes or loses money, and one across two years are all no movement.
    SELECT count(*) AS sides, coalesce(sum(p.amount), 0) AS total,
           count(*) FILTER (WHERE a.fiscal_year_id <> j.fiscal_year_id) AS strangers
    INTO told
    FROM journal AS j JOIN posting AS p ON p.journal_id = j.id JOIN ledger_account AS a ON a.id = p.account_id
    WHERE j.id = CASE WHEN TG_TABLE_NAME = 'journal' THEN (to_jsonb(NEW) ->> 'id')::bigint
                      ELSE (to_jsonb(NEW) ->> 'journal_id')::bigint END;
    IF told.sides <> 2 OR told.total <> 0 OR told.strangers > 0 THEN
        RAISE EXCEPTION 'a journal is two postings of one year that sum to zero'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'journal_sums_to_zero', TABLE = 'journal';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER journal_sums_to_zero AFTER INSERT ON journal
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_journal();
CREATE CONSTRAINT TRIGGER posting_sums_to_zero AFTER INSERT ON posting
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_journal();

CREATE TRIGGER keep_rows BEFORE UPDATE OR DELETE ON journal FOR EACH ROW EXECUTE FUNCTION forbid_change();
CREATE TRIGGER keep_table BEFORE TRUNCATE ON journal FOR EACH STATEMENT EXECUTE FUNCTION forbid_change();
CREATE TRIGGER keep_rows BEFORE UPDATE OR DELETE ON posting FOR EACH ROW EXECUTE FUNCTION forbid_change();
CREATE TRIGGER keep_table BEFORE TRUNCATE ON posting FOR EACH STATEMENT EXECUTE FUNCTION forbid_change();
CREATE TRIGGER keep_rows BEFORE UPDATE OR DELETE ON application_version FOR EACH ROW EXECUTE FUNCTION forbid_change();
CREATE TRIGGER keep_table BEFORE TRUNCATE ON application_version FOR EACH STATEMENT EXECUTE FUNCTION forbid_change();
"""


def upgrade() -> None:
    op.create_table(
        "catalogue_item",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("parent_code", sa.Text(), nullable=True),
        sa.Column("level", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue_item")),
        sa.UniqueConstraint("code", name=op.f("uq_catalogue_item_code")),
    )
    op.create_table(
        "category",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("catalogue_code", sa.Text(), nullable=True),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_category")),
        sa.UniqueConstraint("code", name=op.f("uq_category_code")),
    )
    op.create_table(
        "fiscal_year",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("year", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("proposed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("approved_by_id", sa.BigInteger(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("return_reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(state IN ('approved', 'closed')) = (approved_at IS NOT NULL)",
            name=op.f("ck_fiscal_year_approved_at_if_approved"),
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'proposed', 'approved', 'closed')", name=op.f("ck_fiscal_year_state_known")
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_fiscal_year_amount_positive")),
        sa.CheckConstraint("year BETWEEN 2014 AND 2100", name=op.f("ck_fiscal_year_year_plausible")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fiscal_year")),
        sa.UniqueConstraint("year", name=op.f("uq_fiscal_year_year")),
    )
    op.create_table(
        "call",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("fiscal_year_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("nature", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("service_from", sa.Date(), nullable=False),
        sa.Column("service_to", sa.Date(), nullable=False),
        sa.Column("has_lots", sa.Boolean(), nullable=False),
        sa.Column("cap_per_project", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("cap_first_time", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("management_percent", sa.Numeric(precision=5, scale=2), nullable=False),
        sa.Column("fiscal_percent", sa.Numeric(precision=5, scale=2), nullable=False),
        sa.Column("instalment_percents", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("correction_days", sa.BigInteger(), nullable=False),
        sa.Column("notice_days", sa.BigInteger(), nullable=False),
        sa.Column("reviewers_least", sa.BigInteger(), nullable=False),
        sa.Column("review_set", sa.Text(), nullable=False),
        sa.Column("midterm_set", sa.Text(), nullable=False),
        sa.Column("final_set", sa.Text(), nullable=False),
        sa.Column("required_attachments", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("return_reason", sa.Text(), nullable=True),
        sa.Column("extension_reason", sa.Text(), nullable=True),
        sa.Column("withdrawn_reason", sa.Text(), nullable=True),
        sa.Column("proposed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("approved_by_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(state = 'withdrawn') = (withdrawn_reason IS NOT NULL)", name=op.f("ck_call_reason_if_withdrawn")
        ),
        sa.CheckConstraint("nature IN ('procurement', 'grant', 'entrusted')", name=op.f("ck_call_nature_known")),
        sa.CheckConstraint(
            "state IN ('draft', 'proposed', 'published', 'open', 'closed', 'reviewing', 'noticed', 'awarded', 'finished', 'withdrawn')",
            name=op.f("ck_call_state_known"),
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'proposed', 'withdrawn') OR published_at IS NOT NULL",
            name=op.f("ck_call_published_at_if_public"),
        ),
        sa.CheckConstraint(
            "cap_first_time > 0 AND cap_first_time <= cap_per_project", name=op.f("ck_call_first_time_cap_within_cap")
        ),
        sa.CheckConstraint("cap_per_project > 0", name=op.f("ck_call_cap_positive")),
        sa.CheckConstraint("closes_at > opens_at", name=op.f("ck_call_closes_after_opening")),
        sa.CheckConstraint("fiscal_percent > 0 AND fiscal_percent <= 100", name=op.f("ck_call_fiscal_share_possible")),
        sa.CheckConstraint(
            "management_percent > 0 AND management_percent <= 100", name=op.f("ck_call_management_share_possible")
        ),
        sa.CheckConstraint("reviewers_least >= 3", name=op.f("ck_call_three_reviewers_least")),
        sa.CheckConstraint("service_to > service_from", name=op.f("ck_call_service_ends_after_start")),
        sa.ForeignKeyConstraint(["fiscal_year_id"], ["fiscal_year.id"], name=op.f("fk_call_fiscal_year_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call")),
        sa.UniqueConstraint("number", name=op.f("uq_call_number")),
    )
    op.create_index("ix_call_fiscal_year_id", "call", ["fiscal_year_id"], unique=False)
    op.create_index("ix_call_state", "call", ["state", "closes_at"], unique=False)
    op.create_table(
        "journal",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("fiscal_year_id", sa.BigInteger(), nullable=False),
        sa.Column("deed", sa.String(length=40), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("occasion", sa.Text(), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("posted_by", sa.Text(), nullable=False),
        sa.Column("posted_by_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "deed IN ('budget_approved', 'fee_set_aside', 'fee_paid', 'call_approved', 'award_approved', 'award_cancelled', 'contract_signed', 'instalment_paid', 'surplus_to_call', 'surplus_to_year', 'refund_received', 'call_closed', 'year_closed')",
            name=op.f("ck_journal_deed_known"),
        ),
        sa.ForeignKeyConstraint(["fiscal_year_id"], ["fiscal_year.id"], name=op.f("fk_journal_fiscal_year_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal")),
        sa.UniqueConstraint(
            "deed",
            "subject_kind",
            "subject_id",
            "occasion",
            name=op.f("uq_journal_deed_subject_kind_subject_id_occasion"),
        ),
    )
    op.create_index("ix_journal_year", "journal", ["fiscal_year_id", "posted_at"], unique=False)
    op.create_table(
        "award_list",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("call_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("proposed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("approved_by_id", sa.BigInteger(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("return_reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(state = 'returned') <= (return_reason IS NOT NULL)", name=op.f("ck_award_list_reason_if_returned")
        ),
        sa.CheckConstraint(
            "state <> 'confirmed' OR confirmed_by_id IS NOT NULL", name=op.f("ck_award_list_confirmed_by_somebody")
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'proposed', 'approved', 'confirmed', 'returned')",
            name=op.f("ck_award_list_state_known"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('approved', 'confirmed') OR approved_by_id IS NOT NULL",
            name=op.f("ck_award_list_approved_by_somebody"),
        ),
        sa.CheckConstraint("approved_by_id <> proposed_by_id", name=op.f("ck_award_list_proposer_does_not_approve")),
        sa.CheckConstraint(
            "confirmed_by_id <> approved_by_id AND confirmed_by_id <> proposed_by_id",
            name=op.f("ck_award_list_third_person_confirms"),
        ),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_award_list_call_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_award_list")),
        sa.UniqueConstraint("number", name=op.f("uq_award_list_number")),
    )
    op.create_index("ix_award_list_call_id", "award_list", ["call_id"], unique=False)
    op.create_table(
        "lot",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("call_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("category_code", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_lot_amount_positive")),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_lot_call_id")),
        sa.ForeignKeyConstraint(["category_code"], ["category.code"], name=op.f("fk_lot_category_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lot")),
        sa.UniqueConstraint("call_id", "position", name=op.f("uq_lot_call_id_position")),
        sa.UniqueConstraint("call_id", "title", name=op.f("uq_lot_call_id_title")),
    )
    op.create_table(
        "call_quota",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("call_id", sa.BigInteger(), nullable=False),
        sa.Column("category_code", sa.Text(), nullable=True),
        sa.Column("lot_id", sa.BigInteger(), nullable=True),
        sa.Column("amount", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_call_quota_amount_positive")),
        sa.CheckConstraint("category_code IS NULL OR lot_id IS NULL", name=op.f("ck_call_quota_category_or_lot")),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_call_quota_call_id")),
        sa.ForeignKeyConstraint(["category_code"], ["category.code"], name=op.f("fk_call_quota_category_code")),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_call_quota_lot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_quota")),
        sa.UniqueConstraint(
            "call_id",
            "category_code",
            "lot_id",
            name=op.f("uq_call_quota_call_id_category_code_lot_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_table(
        "public_notice",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("call_id", sa.BigInteger(), nullable=False),
        sa.Column("award_list_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("published_by_id", sa.BigInteger(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_public_notice_ends_after_start")),
        sa.ForeignKeyConstraint(["award_list_id"], ["award_list.id"], name=op.f("fk_public_notice_award_list_id")),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_public_notice_call_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_public_notice")),
        sa.UniqueConstraint("award_list_id", name=op.f("uq_public_notice_award_list_id")),
        sa.UniqueConstraint("number", name=op.f("uq_public_notice_number")),
    )
    op.create_index("ix_public_notice_starts_on", "public_notice", ["starts_on"], unique=False)
    op.create_table(
        "application",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("call_id", sa.BigInteger(), nullable=False),
        sa.Column("quota_id", sa.BigInteger(), nullable=True),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("category_code", sa.Text(), nullable=True),
        sa.Column("lot_id", sa.BigInteger(), nullable=True),
        sa.Column("district_code", sa.Text(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("need", sa.Text(), nullable=False),
        sa.Column("goal", sa.Text(), nullable=False),
        sa.Column("beneficiaries", sa.Text(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("innovation", sa.Text(), nullable=False),
        sa.Column("risk", sa.Text(), nullable=False),
        sa.Column("requested", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("own_funds", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("donated_funds", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("people", sa.BigInteger(), nullable=False),
        sa.Column("person_times", sa.BigInteger(), nullable=False),
        sa.Column("sessions", sa.BigInteger(), nullable=False),
        sa.Column("target_proof", sa.Text(), nullable=False),
        sa.Column("declared", sa.Boolean(), nullable=False),
        sa.Column("version_number", sa.BigInteger(), nullable=False),
        sa.Column("section_versions", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by_id", sa.BigInteger(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submitted_by_id", sa.BigInteger(), nullable=True),
        sa.Column("submission_key", sa.Uuid(), nullable=True),
        sa.Column("return_reason", sa.Text(), nullable=True),
        sa.Column("return_due_on", sa.Date(), nullable=True),
        sa.Column("score", sa.Numeric(precision=9, scale=6), nullable=True),
        sa.Column("score_spread", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("rank", sa.BigInteger(), nullable=True),
        sa.Column("awarded", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(state = 'returned') <= (return_reason IS NOT NULL AND return_due_on IS NOT NULL)",
            name=op.f("ck_application_reason_if_returned"),
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'submitted', 'returned', 'qualified', 'unqualified', 'reviewing', 'recommended', 'waitlisted', 'declined', 'noticed', 'objected', 'awarded', 'withdrawn')",
            name=op.f("ck_application_state_known"),
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'withdrawn') OR submitted_at IS NOT NULL",
            name=op.f("ck_application_submitted_at_if_submitted"),
        ),
        sa.CheckConstraint(
            "awarded IS NULL OR (awarded > 0 AND awarded <= requested)",
            name=op.f("ck_application_award_within_request"),
        ),
        sa.CheckConstraint(
            "ends_on IS NULL OR starts_on IS NULL OR ends_on > starts_on", name=op.f("ck_application_ends_after_start")
        ),
        sa.CheckConstraint("people <= person_times", name=op.f("ck_application_people_within_person_times")),
        sa.CheckConstraint(
            "people >= 0 AND person_times >= 0 AND sessions >= 0", name=op.f("ck_application_targets_not_negative")
        ),
        sa.CheckConstraint(
            "requested >= 0 AND own_funds >= 0 AND donated_funds >= 0", name=op.f("ck_application_amounts_not_negative")
        ),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_application_call_id")),
        sa.ForeignKeyConstraint(["category_code"], ["category.code"], name=op.f("fk_application_category_code")),
        sa.ForeignKeyConstraint(["district_code"], ["district.code"], name=op.f("fk_application_district_code")),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_application_lot_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_application_organization_id")),
        sa.ForeignKeyConstraint(["quota_id"], ["call_quota.id"], name=op.f("fk_application_quota_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application")),
        sa.UniqueConstraint("number", name=op.f("uq_application_number")),
        sa.UniqueConstraint("submission_key", name=op.f("uq_application_submission_key")),
    )
    op.create_index("ix_application_call_id", "application", ["call_id", "state"], unique=False)
    op.create_index("ix_application_organization_id", "application", ["organization_id", "state"], unique=False)
    op.create_index("ix_application_score", "application", ["call_id", "score"], unique=False)
    op.create_index("ix_application_state", "application", ["state"], unique=False)
    op.create_index("ix_application_submitted_at", "application", ["submitted_at"], unique=False)
    op.create_index(
        "ix_application_title",
        "application",
        ["title"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"title": "gin_trgm_ops"},
    )
    op.create_table(
        "application_milestone",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_application_milestone_ends_after_start")),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_application_milestone_application_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application_milestone")),
    )
    op.create_index(
        "ix_application_milestone_application_id", "application_milestone", ["application_id"], unique=False
    )
    op.create_table(
        "application_version",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("snapshot", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("submitted_by", sa.Text(), nullable=False),
        sa.Column("submitted_by_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_application_version_application_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application_version")),
        sa.UniqueConstraint("application_id", "number", name=op.f("uq_application_version_application_id_number")),
    )
    op.create_table(
        "award",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("award_list_id", sa.BigInteger(), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("quota_id", sa.BigInteger(), nullable=False),
        sa.Column("decision", sa.String(length=40), nullable=False),
        sa.Column("amount", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.Column("score", sa.Numeric(precision=9, scale=6), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("is_cancelled", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("(decision = 'award') = (amount > 0)", name=op.f("ck_award_amount_if_awarded")),
        sa.CheckConstraint("decision IN ('award', 'wait', 'decline')", name=op.f("ck_award_decision_known")),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_award_amount_not_negative")),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name=op.f("fk_award_application_id")),
        sa.ForeignKeyConstraint(["award_list_id"], ["award_list.id"], name=op.f("fk_award_award_list_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_award_organization_id")),
        sa.ForeignKeyConstraint(["quota_id"], ["call_quota.id"], name=op.f("fk_award_quota_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_award")),
        sa.UniqueConstraint("award_list_id", "application_id", name=op.f("uq_award_award_list_id_application_id")),
    )
    op.create_index("ix_award_application_id", "award", ["application_id"], unique=False)
    op.create_index("ix_award_organization_id", "award", ["organization_id"], unique=False)
    op.create_index("ix_award_quota_id", "award", ["quota_id"], unique=False)
    op.create_table(
        "budget_line",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("head", sa.String(length=40), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("price", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=10, scale=2), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "head IN ('personnel', 'experts', 'activities', 'materials', 'venue', 'travel', 'publicity', 'insurance', 'supervision', 'management', 'taxes')",
            name=op.f("ck_budget_line_head_known"),
        ),
        sa.CheckConstraint("source IN ('fiscal', 'own', 'donated')", name=op.f("ck_budget_line_source_known")),
        sa.CheckConstraint("amount = round(price * quantity, 2)", name=op.f("ck_budget_line_price_times_quantity")),
        sa.CheckConstraint("price >= 0 AND quantity >= 0", name=op.f("ck_budget_line_not_negative")),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name=op.f("fk_budget_line_application_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_budget_line")),
    )
    op.create_index("ix_budget_line_application_id", "budget_line", ["application_id"], unique=False)
    op.create_table(
        "eligibility_check",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column("reason", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('passed', 'failed', 'manual')", name=op.f("ck_eligibility_check_outcome_known")
        ),
        sa.CheckConstraint(
            "(decided_by_id IS NULL) = (decision_reason IS NULL)", name=op.f("ck_eligibility_check_reason_if_decided")
        ),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_eligibility_check_application_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_eligibility_check")),
        sa.UniqueConstraint("application_id", "rule", name=op.f("uq_eligibility_check_application_id_rule")),
    )
    op.create_table(
        "notice_entry",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("notice_id", sa.BigInteger(), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("application_number", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("organization_name", sa.Text(), nullable=False),
        sa.Column("credit_code", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name=op.f("fk_notice_entry_application_id")),
        sa.ForeignKeyConstraint(["notice_id"], ["public_notice.id"], name=op.f("fk_notice_entry_notice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_entry")),
        sa.UniqueConstraint("notice_id", "position", name=op.f("uq_notice_entry_notice_id_position")),
    )
    op.create_table(
        "objection",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("notice_id", sa.BigInteger(), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("answer_due_on", sa.Date(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_by_id", sa.BigInteger(), nullable=True),
        sa.Column("raised_by_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(state IN ('upheld', 'rejected')) = (answer IS NOT NULL)", name=op.f("ck_objection_answer_if_decided")
        ),
        sa.CheckConstraint(
            "state IN ('received', 'answering', 'upheld', 'rejected')", name=op.f("ck_objection_state_known")
        ),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name=op.f("fk_objection_application_id")),
        sa.ForeignKeyConstraint(["notice_id"], ["public_notice.id"], name=op.f("fk_objection_notice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objection")),
    )
    op.create_index("ix_objection_application_id", "objection", ["application_id"], unique=False)
    op.create_index("ix_objection_notice_id", "objection", ["notice_id"], unique=False)
    op.create_table(
        "team_member",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("qualification", sa.Text(), nullable=False),
        sa.Column("has_licence", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name=op.f("fk_team_member_application_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_member")),
    )
    op.create_index("ix_team_member_application_id", "team_member", ["application_id"], unique=False)
    op.create_table(
        "ledger_account",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("fiscal_year_id", sa.BigInteger(), nullable=False),
        sa.Column("book", sa.String(length=40), nullable=False),
        sa.Column("quota_id", sa.BigInteger(), nullable=True),
        sa.Column("award_id", sa.BigInteger(), nullable=True),
        sa.Column("balance", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(book = 'allotted') = (quota_id IS NOT NULL AND award_id IS NULL)",
            name=op.f("ck_ledger_account_allotted_by_quota"),
        ),
        sa.CheckConstraint(
            "CASE WHEN book IN ('approved', 'signed') THEN award_id IS NOT NULL WHEN book = 'paid' THEN true ELSE award_id IS NULL END",
            name=op.f("ck_ledger_account_spent_by_award"),
        ),
        sa.CheckConstraint("book = 'source' OR balance >= 0", name=op.f("ck_ledger_account_never_below_zero")),
        sa.CheckConstraint(
            "book IN ('source', 'free', 'set_aside', 'allotted', 'approved', 'signed', 'paid', 'returned')",
            name=op.f("ck_ledger_account_book_known"),
        ),
        sa.ForeignKeyConstraint(["award_id"], ["award.id"], name=op.f("fk_ledger_account_award_id")),
        sa.ForeignKeyConstraint(["fiscal_year_id"], ["fiscal_year.id"], name=op.f("fk_ledger_account_fiscal_year_id")),
        sa.ForeignKeyConstraint(["quota_id"], ["call_quota.id"], name=op.f("fk_ledger_account_quota_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_account")),
        sa.UniqueConstraint(
            "fiscal_year_id",
            "book",
            "quota_id",
            "award_id",
            name=op.f("uq_ledger_account_fiscal_year_id_book_quota_id_award_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(op.f("ix_ledger_account_award_id"), "ledger_account", ["award_id"], unique=False)
    op.create_index(op.f("ix_ledger_account_quota_id"), "ledger_account", ["quota_id"], unique=False)
    op.create_table(
        "project",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("fiscal_year_id", sa.BigInteger(), nullable=False),
        sa.Column("call_id", sa.BigInteger(), nullable=False),
        sa.Column("application_id", sa.BigInteger(), nullable=False),
        sa.Column("award_id", sa.BigInteger(), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("category_code", sa.Text(), nullable=True),
        sa.Column("district_code", sa.Text(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("award", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("people_target", sa.BigInteger(), nullable=False),
        sa.Column("person_times_target", sa.BigInteger(), nullable=False),
        sa.Column("sessions_target", sa.BigInteger(), nullable=False),
        sa.Column("people_reached", sa.BigInteger(), nullable=False),
        sa.Column("person_times_reached", sa.BigInteger(), nullable=False),
        sa.Column("sessions_reached", sa.BigInteger(), nullable=False),
        sa.Column("approved_spend", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("penalties", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("midterm_score", sa.Numeric(precision=9, scale=6), nullable=True),
        sa.Column("final_score", sa.Numeric(precision=9, scale=6), nullable=True),
        sa.Column("composite", sa.Numeric(precision=9, scale=6), nullable=True),
        sa.Column("grade", sa.String(length=40), nullable=True),
        sa.Column("audited_on", sa.Date(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("rectify_reason", sa.Text(), nullable=True),
        sa.Column("rectify_due_on", sa.Date(), nullable=True),
        sa.Column("stop_reason", sa.Text(), nullable=True),
        sa.Column("refund_due", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("refunded_on", sa.Date(), nullable=True),
        sa.Column("refund_reference", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("grade IN ('excellent', 'good', 'fair', 'poor')", name=op.f("ck_project_grade_known")),
        sa.CheckConstraint(
            "state <> 'closed' OR refund_due = 0 OR refunded_on IS NOT NULL", name=op.f("ck_project_refunded_if_closed")
        ),
        sa.CheckConstraint(
            "state IN ('signing', 'ready', 'running', 'changing', 'midterm', 'rectifying', 'closing', 'final', 'audit', 'closed', 'suspended', 'terminated', 'settling', 'archived')",
            name=op.f("ck_project_state_known"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('closed', 'archived') OR grade IS NOT NULL", name=op.f("ck_project_graded_if_closed")
        ),
        sa.CheckConstraint(
            "state NOT IN ('suspended', 'terminated') OR stop_reason IS NOT NULL",
            name=op.f("ck_project_reason_if_stopped"),
        ),
        sa.CheckConstraint(
            "(refunded_on IS NULL) = (refund_reference IS NULL)", name=op.f("ck_project_refund_has_its_reference")
        ),
        sa.CheckConstraint(
            "approved_spend >= 0 AND penalties >= 0 AND refund_due >= 0", name=op.f("ck_project_money_not_negative")
        ),
        sa.CheckConstraint("award > 0", name=op.f("ck_project_award_positive")),
        sa.CheckConstraint("ends_on > starts_on", name=op.f("ck_project_ends_after_start")),
        sa.CheckConstraint(
            "people_reached <= person_times_reached", name=op.f("ck_project_people_within_person_times")
        ),
        sa.CheckConstraint(
            "people_target <= person_times_target", name=op.f("ck_project_target_people_within_person_times")
        ),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name=op.f("fk_project_application_id")),
        sa.ForeignKeyConstraint(["award_id"], ["award.id"], name=op.f("fk_project_award_id")),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_project_call_id")),
        sa.ForeignKeyConstraint(["category_code"], ["category.code"], name=op.f("fk_project_category_code")),
        sa.ForeignKeyConstraint(["district_code"], ["district.code"], name=op.f("fk_project_district_code")),
        sa.ForeignKeyConstraint(["fiscal_year_id"], ["fiscal_year.id"], name=op.f("fk_project_fiscal_year_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_project_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project")),
        sa.UniqueConstraint("application_id", name=op.f("uq_project_application_id")),
        sa.UniqueConstraint("award_id", name=op.f("uq_project_award_id")),
        sa.UniqueConstraint("number", name=op.f("uq_project_number")),
    )
    op.create_index("ix_project_call_id", "project", ["call_id"], unique=False)
    op.create_index("ix_project_fiscal_year_id", "project", ["fiscal_year_id"], unique=False)
    op.create_index("ix_project_organization_id", "project", ["organization_id", "state"], unique=False)
    op.create_index("ix_project_state", "project", ["state"], unique=False)
    op.create_index(
        "ix_project_title",
        "project",
        ["title"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"title": "gin_trgm_ops"},
    )
    op.create_table(
        "activity",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("theme", sa.Text(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("service_type", sa.Text(), nullable=False),
        sa.Column("people", sa.BigInteger(), nullable=False),
        sa.Column("new_people", sa.BigInteger(), nullable=False),
        sa.Column("person_times", sa.BigInteger(), nullable=False),
        sa.Column("hours", sa.Numeric(precision=4, scale=1), nullable=False),
        sa.Column("reflection", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("recorded_by_id", sa.BigInteger(), nullable=True),
        sa.Column("return_reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(state = 'returned') <= (return_reason IS NOT NULL)", name=op.f("ck_activity_reason_if_returned")
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'recorded', 'accepted', 'returned')", name=op.f("ck_activity_state_known")
        ),
        sa.CheckConstraint("hours > 0 AND hours <= 24", name=op.f("ck_activity_hours_possible")),
        sa.CheckConstraint(
            "new_people >= 0 AND new_people <= people", name=op.f("ck_activity_new_people_within_people")
        ),
        sa.CheckConstraint(
            "people >= 0 AND people <= person_times", name=op.f("ck_activity_people_within_person_times")
        ),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_activity_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity")),
    )
    op.create_index("ix_activity_organization_id", "activity", ["organization_id"], unique=False)
    op.create_index("ix_activity_project_id", "activity", ["project_id", "held_on"], unique=False)
    op.create_table(
        "contract",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("amount", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("offered_by_id", sa.BigInteger(), nullable=True),
        sa.Column("offered_on", sa.Date(), nullable=True),
        sa.Column("confirmed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("confirmed_on", sa.Date(), nullable=True),
        sa.Column("signed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("file_id", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(state = 'signed') <= (signed_on IS NOT NULL AND sha256 IS NOT NULL)",
            name=op.f("ck_contract_sealed_if_signed"),
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'offered', 'confirmed', 'signed', 'cancelled')", name=op.f("ck_contract_state_known")
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_contract_amount_positive")),
        sa.CheckConstraint("signed_by_id <> confirmed_by_id", name=op.f("ck_contract_two_parties_sign")),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_contract_file_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_contract_organization_id")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_contract_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract")),
        sa.UniqueConstraint("number", name=op.f("uq_contract_number")),
        sa.UniqueConstraint("project_id", name=op.f("uq_contract_project_id")),
    )
    op.create_index("ix_contract_organization_id", "contract", ["organization_id"], unique=False)
    op.create_table(
        "expense",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("spent_on", sa.Date(), nullable=False),
        sa.Column("payee", sa.Text(), nullable=False),
        sa.Column("head", sa.String(length=40), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("invoice_kind", sa.String(length=40), nullable=False),
        sa.Column("invoice_key", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("entered_by_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("reject_reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(state = 'rejected') <= (reject_reason IS NOT NULL)", name=op.f("ck_expense_reason_if_rejected")
        ),
        sa.CheckConstraint(
            "head IN ('personnel', 'experts', 'activities', 'materials', 'venue', 'travel', 'publicity', 'insurance', 'supervision', 'management', 'taxes')",
            name=op.f("ck_expense_head_known"),
        ),
        sa.CheckConstraint(
            "invoice_kind IN ('paper_invoice', 'digital_invoice', 'fiscal_receipt')",
            name=op.f("ck_expense_invoice_kind_known"),
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'submitted', 'accepted', 'rejected')", name=op.f("ck_expense_state_known")
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_expense_amount_positive")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_expense_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expense")),
    )
    op.create_index("ix_expense_project_id", "expense", ["project_id", "head"], unique=False)
    op.create_index("ix_expense_state", "expense", ["state"], unique=False)
    op.create_index("uq_expense_invoice_key", "expense", ["invoice_key"], unique=True)
    op.create_table(
        "instalment",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("percent", sa.Numeric(precision=5, scale=2), nullable=False),
        sa.Column("amount", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("reduction", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("reduction_reason", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("due_since", sa.Date(), nullable=True),
        sa.Column("requested_by_id", sa.BigInteger(), nullable=True),
        sa.Column("requested_on", sa.Date(), nullable=True),
        sa.Column("receipt_number", sa.Text(), nullable=True),
        sa.Column("checked_by_id", sa.BigInteger(), nullable=True),
        sa.Column("reviewed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("approved_by_id", sa.BigInteger(), nullable=True),
        sa.Column("paid_by_id", sa.BigInteger(), nullable=True),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("bank_reference", sa.Text(), nullable=True),
        sa.Column("return_reason", sa.Text(), nullable=True),
        sa.Column("hold_reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("(state = 'paid') = (paid_on IS NOT NULL)", name=op.f("ck_instalment_paid_on_if_paid")),
        sa.CheckConstraint("kind IN ('first', 'middle', 'final')", name=op.f("ck_instalment_kind_known")),
        sa.CheckConstraint(
            "state <> 'paid' OR bank_reference IS NOT NULL OR amount = reduction",
            name=op.f("ck_instalment_bank_reference_if_paid"),
        ),
        sa.CheckConstraint(
            "state IN ('locked', 'due', 'requested', 'checked', 'reviewed', 'approved', 'paid', 'returned', 'held', 'cancelled')",
            name=op.f("ck_instalment_state_known"),
        ),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_instalment_amount_not_negative")),
        sa.CheckConstraint(
            "approved_by_id <> reviewed_by_id AND approved_by_id <> checked_by_id AND approved_by_id <> requested_by_id",
            name=op.f("ck_instalment_fourth_person_approves"),
        ),
        sa.CheckConstraint("checked_by_id <> requested_by_id", name=op.f("ck_instalment_requester_does_not_check")),
        sa.CheckConstraint(
            "paid_by_id <> approved_by_id AND paid_by_id <> requested_by_id",
            name=op.f("ck_instalment_approver_does_not_pay"),
        ),
        sa.CheckConstraint("percent > 0 AND percent <= 100", name=op.f("ck_instalment_percent_possible")),
        sa.CheckConstraint(
            "reduction = 0 OR reduction_reason IS NOT NULL", name=op.f("ck_instalment_reason_if_reduced")
        ),
        sa.CheckConstraint(
            "reduction >= 0 AND reduction <= amount", name=op.f("ck_instalment_reduction_within_amount")
        ),
        sa.CheckConstraint(
            "reviewed_by_id <> checked_by_id AND reviewed_by_id <> requested_by_id",
            name=op.f("ck_instalment_third_person_reviews"),
        ),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_instalment_organization_id")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_instalment_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instalment")),
        sa.UniqueConstraint("project_id", "position", name=op.f("uq_instalment_project_id_position")),
    )
    op.create_index("ix_instalment_organization_id", "instalment", ["organization_id"], unique=False)
    op.create_index("ix_instalment_state", "instalment", ["state"], unique=False)
    op.create_index("uq_instalment_bank_reference", "instalment", ["bank_reference"], unique=True)
    op.create_table(
        "milestone",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("reached_on", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(state = 'reached') = (reached_on IS NOT NULL)", name=op.f("ck_milestone_reached_on_if_reached")
        ),
        sa.CheckConstraint("state IN ('planned', 'reached', 'missed')", name=op.f("ck_milestone_state_known")),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_milestone_ends_after_start")),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_milestone_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_milestone")),
        sa.UniqueConstraint("project_id", "position", name=op.f("uq_milestone_project_id_position")),
    )
    op.create_table(
        "posting",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("journal_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_posting_amount_not_zero")),
        sa.ForeignKeyConstraint(["account_id"], ["ledger_account.id"], name=op.f("fk_posting_account_id")),
        sa.ForeignKeyConstraint(["journal_id"], ["journal.id"], name=op.f("fk_posting_journal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posting")),
    )
    op.create_index("ix_posting_account_id", "posting", ["account_id"], unique=False)
    op.create_index("ix_posting_journal_id", "posting", ["journal_id"], unique=False)
    op.create_table(
        "report",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("progress", sa.Text(), nullable=False),
        sa.Column("results", sa.Text(), nullable=False),
        sa.Column("problems", sa.Text(), nullable=False),
        sa.Column("next_steps", sa.Text(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submitted_by_id", sa.BigInteger(), nullable=True),
        sa.Column("return_reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(state = 'draft') OR submitted_at IS NOT NULL", name=op.f("ck_report_submitted_at_if_submitted")
        ),
        sa.CheckConstraint(
            "(state = 'returned') <= (return_reason IS NOT NULL)", name=op.f("ck_report_reason_if_returned")
        ),
        sa.CheckConstraint("kind IN ('progress', 'midterm', 'final')", name=op.f("ck_report_kind_known")),
        sa.CheckConstraint(
            "state IN ('draft', 'submitted', 'accepted', 'returned')", name=op.f("ck_report_state_known")
        ),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=op.f("fk_report_project_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report")),
    )
    op.create_index("ix_report_project_id", "report", ["project_id", "kind"], unique=False)
    op.create_index("ix_report_state", "report", ["state"], unique=False)
    op.execute(TRIGGERS)


def downgrade() -> None:
    op.drop_index("ix_report_state", table_name="report")
    op.drop_index("ix_report_project_id", table_name="report")
    op.drop_table("report")
    op.drop_index("ix_posting_journal_id", table_name="posting")
    op.drop_index("ix_posting_account_id", table_name="posting")
    op.drop_table("posting")
    op.drop_table("milestone")
    op.drop_index("uq_instalment_bank_reference", table_name="instalment")
    op.drop_index("ix_instalment_state", table_name="instalment")
    op.drop_index("ix_instalment_organization_id", table_name="instalment")
    op.drop_table("instalment")
    op.drop_index("uq_expense_invoice_key", table_name="expense")
    op.drop_index("ix_expense_state", table_name="expense")
    op.drop_index("ix_expense_project_id", table_name="expense")
    op.drop_table("expense")
    op.drop_index("ix_contract_organization_id", table_name="contract")
    op.drop_table("contract")
    op.drop_index("ix_activity_project_id", table_name="activity")
    op.drop_index("ix_activity_organization_id", table_name="activity")
    op.drop_table("activity")
    op.drop_index(
        "ix_project_title", table_name="project", postgresql_using="gin", postgresql_ops={"title": "gin_trgm_ops"}
    )
    op.drop_index("ix_project_state", table_name="project")
    op.drop_index("ix_project_organization_id", table_name="project")
    op.drop_index("ix_project_fiscal_year_id", table_name="project")
    op.drop_index("ix_project_call_id", table_name="project")
    op.drop_table("project")
    op.drop_index(op.f("ix_ledger_account_quota_id"), table_name="ledger_account")
    op.drop_index(op.f("ix_ledger_account_award_id"), table_name="ledger_account")
    op.drop_table("ledger_account")
    op.drop_index("ix_team_member_application_id", table_name="team_member")
    op.drop_table("team_member")
    op.drop_index("ix_objection_notice_id", table_name="objection")
    op.drop_index("ix_objection_application_id", table_name="objection")
    op.drop_table("objection")
    op.drop_table("notice_entry")
    op.drop_table("eligibility_check")
    op.drop_index("ix_budget_line_application_id", table_name="budget_line")
    op.drop_table("budget_line")
    op.drop_index("ix_award_quota_id", table_name="award")
    op.drop_index("ix_award_organization_id", table_name="award")
    op.drop_index("ix_award_application_id", table_name="award")
    op.drop_table("award")
    op.drop_table("application_version")
    op.drop_index("ix_application_milestone_application_id", table_name="application_milestone")
    op.drop_table("application_milestone")
    op.drop_index(
        "ix_application_title",
        table_name="application",
        postgresql_using="gin",
        postgresql_ops={"title": "gin_trgm_ops"},
    )
    op.drop_index("ix_application_submitted_at", table_name="application")
    op.drop_index("ix_application_state", table_name="application")
    op.drop_index("ix_application_score", table_name="application")
    op.drop_index("ix_application_organization_id", table_name="application")
    op.drop_index("ix_application_call_id", table_name="application")
    op.drop_table("application")
    op.drop_index("ix_public_notice_starts_on", table_name="public_notice")
    op.drop_table("public_notice")
    op.drop_table("call_quota")
    op.drop_table("lot")
    op.drop_index("ix_award_list_call_id", table_name="award_list")
    op.drop_table("award_list")
    op.drop_index("ix_journal_year", table_name="journal")
    op.drop_table("journal")
    op.drop_index("ix_call_state", table_name="call")
    op.drop_index("ix_call_fiscal_year_id", table_name="call")
    op.drop_table("call")
    op.drop_table("fiscal_year")
    op.drop_table("category")
    op.drop_table("catalogue_item")
    op.execute("DROP FUNCTION check_journal()")
    op.execute("DROP FUNCTION post_to_account()")
