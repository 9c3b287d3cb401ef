"""Adjustments of a year's budget, kinds of set-aside, and what the ledger holds by itself."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

OLD_DEEDS = (
    "deed IN ('budget_approved', 'fee_set_aside', 'fee_paid', 'call_approved', 'award_approved', 'award_cancelled',"
    " 'contract_signed', 'instalment_paid', 'surplus_to_call', 'surplus_to_year', 'refund_received', 'call_closed',"
    " 'year_closed')"
)
DEEDS = (
    "deed IN ('budget_approved', 'fee_set_aside', 'fee_paid', 'aside_freed', 'aside_moved', 'budget_raised',"
    " 'budget_cut', 'quota_raised', 'quota_cut', 'quota_moved', 'call_approved', 'award_approved', 'award_cancelled',"
    " 'contract_signed', 'instalment_paid', 'surplus_to_call', 'surplus_to_year', 'refund_received', 'call_closed',"
    " 'year_closed')"
)
TRIGGERS = """
CREATE FUNCTION check_movement() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    -- The two sides lie in the books of the deed, are two accounts, and belong to one quota, award and purpose
    -- unless moving between two of them is the deed.
    IF NOT EXISTS (
        SELECT 1 FROM posting AS g JOIN ledger_account AS ga ON ga.id = g.account_id,
                      posting AS t JOIN ledger_account AS ta ON ta.id = t.account_id
        WHERE g.journal_id = NEW.id AND t.journal_id = NEW.id AND g.amount < 0 AND t.amount > 0 AND ga.id <> ta.id
          AND (ga.quota_id = ta.quota_id OR ga.quota_id IS NULL OR ta.quota_id IS NULL OR NEW.deed = 'quota_moved')
          AND (ga.award_id = ta.award_id OR ga.award_id IS NULL OR ta.award_id IS NULL)
          AND (ga.aside = ta.aside OR ga.aside IS NULL OR ta.aside IS NULL OR NEW.deed = 'aside_moved')
          AND (NEW.deed, ga.book, ta.book) IN (
              ('budget_approved', 'source', 'free'), ('budget_raised', 'source', 'free'),
              ('budget_cut', 'free', 'source'), ('fee_set_aside', 'free', 'set_aside'),
              ('fee_paid', 'set_aside', 'paid'), ('aside_freed', 'set_aside', 'free'),
              ('aside_moved', 'set_aside', 'set_aside'), ('quota_raised', 'free', 'allotted'),
              ('quota_cut', 'allotted', 'free'), ('quota_moved', 'allotted', 'allotted'),
              ('call_approved', 'free', 'allotted'), ('award_approved', 'allotted', 'approved'),
              ('award_cancelled', 'approved', 'allotted'), ('contract_signed', 'approved', 'signed'),
              ('instalment_paid', 'signed', 'paid'), ('surplus_to_call', 'signed', 'allotted'),
              ('surplus_to_year', 'signed', 'free'), ('refund_received', 'paid', 'free'),
              ('call_closed', 'allotted', 'free'), ('year_closed', 'free', 'returned'))
    ) THEN
        RAISE EXCEPTION 'a deed moves money between its own two books'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'journal_follows_its_deed', TABLE = 'journal';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER journal_follows_its_deed AFTER INSERT ON journal
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_movement();

CREATE FUNCTION keep_account() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    touched boolean;
BEGIN
    IF TG_OP = 'INSERT' THEN
        touched := NEW.balance <> 0;
    ELSIF TG_OP = 'UPDATE' THEN
        touched := NEW.balance <> OLD.balance AND pg_trigger_depth() < 2;
    ELSE
        touched := true;
    END IF;
    -- At the first depth somebody writes by hand; a posting writes at the second, from its own trigger.
    IF touched THEN
        RAISE EXCEPTION 'the balance of an account is the sum of its postings'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'balance_is_a_sum', TABLE = 'ledger_account';
    END IF;
    IF TG_OP = 'UPDATE' AND (NEW.fiscal_year_id, NEW.quota_id, NEW.award_id)
            IS NOT DISTINCT FROM (OLD.fiscal_year_id, OLD.quota_id, OLD.award_id) THEN
        RETURN NEW;
    END IF;
    IF (NEW.quota_id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM call_quota AS q JOIN call AS c ON c.id = q.call_id
            WHERE q.id = NEW.quota_id AND c.fiscal_year_id = NEW.fiscal_year_id))
       OR (NEW.award_id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM award AS a WHERE a.id = NEW.award_id AND a.quota_id = NEW.quota_id)) THEN
        RAISE EXCEPTION 'an account lies in the year of its quota and in the quota of its award'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'account_lies_in_its_year', TABLE = 'ledger_account';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER keep_account BEFORE INSERT OR DELETE OR UPDATE ON ledger_account
    FOR EACH ROW EXECUTE FUNCTION keep_account();

CREATE FUNCTION check_appropriation() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    told record;
BEGIN
    SELECT y.state, y.amount, coalesce((
        SELECT -sum(a.balance) FROM ledger_account AS a WHERE a.fiscal_year_id = y.id AND a.book = 'source'
    ), 0) AS given
    INTO told
    FROM fiscal_year AS y
    WHERE y.id = CASE WHEN TG_TABLE_NAME = 'fiscal_year' THEN (to_jsonb(NEW) ->> 'id')::bigint
                      ELSE (to_jsonb(NEW) ->> 'fiscal_year_id')::bigint END;
    IF told.given <> (CASE WHEN told.state IN ('approved', 'closed') THEN told.amount ELSE 0 END) THEN
        RAISE EXCEPTION 'the appropriation of a year is what its source gave'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'year_is_its_appropriation', TABLE = 'fiscal_year';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER year_is_its_appropriation AFTER INSERT OR UPDATE OF amount, state ON fiscal_year
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_appropriation();
CREATE CONSTRAINT TRIGGER source_is_the_appropriation AFTER UPDATE OF balance ON ledger_account
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.book = 'source') EXECUTE FUNCTION check_appropriation();
"""
UNTRIGGERED = """
DROP TRIGGER source_is_the_appropriation ON ledger_account;
DROP TRIGGER year_is_its_appropriation ON fiscal_year;
DROP FUNCTION check_appropriation();
DROP TRIGGER keep_account ON ledger_account;
DROP FUNCTION keep_account();
DROP TRIGGER journal_follows_its_deed ON journal;
DROP FUNCTION check_movement();
"""


def upgrade() -> None:
    _widen_accounts()
    _replace_deeds(DEEDS)
    op.create_table(
        "budget_adjustment",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("fiscal_year_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("amount", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("giving_quota_id", sa.BigInteger(), nullable=True),
        sa.Column("taking_quota_id", sa.BigInteger(), nullable=True),
        sa.Column("giving_aside", sa.String(length=40), nullable=True),
        sa.Column("taking_aside", sa.String(length=40), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("proposed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("agreed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by_id", sa.BigInteger(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("return_reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_budget_adjustment_amount_positive")),
        sa.CheckConstraint("btrim(reason) <> ''", name=op.f("ck_budget_adjustment_has_a_reason")),
        sa.CheckConstraint(
            "(giving_quota_id IS NOT NULL) = (kind IN ('from_quota', 'quotas'))"
            " AND (taking_quota_id IS NOT NULL) = (kind IN ('to_quota', 'quotas'))"
            " AND (giving_aside IS NOT NULL) = (kind = 'asides') AND (taking_aside IS NOT NULL) = (kind = 'asides')",
            name=op.f("ck_budget_adjustment_names_its_two_sides"),
        ),
        sa.CheckConstraint("giving_quota_id <> taking_quota_id", name=op.f("ck_budget_adjustment_between_two_quotas")),
        sa.CheckConstraint("giving_aside <> taking_aside", name=op.f("ck_budget_adjustment_between_two_asides")),
        sa.CheckConstraint("agreed_by_id <> proposed_by_id", name=op.f("ck_budget_adjustment_proposer_does_not_agree")),
        sa.CheckConstraint(
            "approved_by_id <> proposed_by_id AND approved_by_id <> agreed_by_id",
            name=op.f("ck_budget_adjustment_third_person_approves"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('agreed', 'posted') OR agreed_at IS NOT NULL",
            name=op.f("ck_budget_adjustment_agreed_at_if_agreed"),
        ),
        sa.CheckConstraint(
            "(state = 'posted') = (approved_at IS NOT NULL)", name=op.f("ck_budget_adjustment_approved_at_if_posted")
        ),
        sa.CheckConstraint(
            "(state = 'returned') = (return_reason IS NOT NULL)", name=op.f("ck_budget_adjustment_reason_if_returned")
        ),
        sa.CheckConstraint(
            "kind IN ('raise', 'cut', 'to_quota', 'from_quota', 'quotas', 'asides')",
            name=op.f("ck_budget_adjustment_kind_known"),
        ),
        sa.CheckConstraint(
            "state IN ('proposed', 'agreed', 'posted', 'returned', 'dropped')",
            name=op.f("ck_budget_adjustment_state_known"),
        ),
        sa.CheckConstraint(
            "giving_aside IN ('evaluation', 'audit', 'reserve')", name=op.f("ck_budget_adjustment_giving_aside_known")
        ),
        sa.CheckConstraint(
            "taking_aside IN ('evaluation', 'audit', 'reserve')", name=op.f("ck_budget_adjustment_taking_aside_known")
        ),
        sa.ForeignKeyConstraint(
            ["fiscal_year_id"], ["fiscal_year.id"], name=op.f("fk_budget_adjustment_fiscal_year_id")
        ),
        sa.ForeignKeyConstraint(
            ["giving_quota_id"], ["call_quota.id"], name=op.f("fk_budget_adjustment_giving_quota_id")
        ),
        sa.ForeignKeyConstraint(
            ["taking_quota_id"], ["call_quota.id"], name=op.f("fk_budget_adjustment_taking_quota_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_budget_adjustment")),
        sa.UniqueConstraint("number", name=op.f("uq_budget_adjustment_number")),
    )
    op.create_index("ix_budget_adjustment_year", "budget_adjustment", ["fiscal_year_id", "state"])
    op.create_index(op.f("ix_budget_adjustment_giving_quota_id"), "budget_adjustment", ["giving_quota_id"])
    op.create_index(op.f("ix_budget_adjustment_taking_quota_id"), "budget_adjustment", ["taking_quota_id"])
    op.execute(TRIGGERS)


def downgrade() -> None:
    op.execute(UNTRIGGERED)
    op.drop_table("budget_adjustment")
    _replace_deeds(OLD_DEEDS)
    op.drop_constraint(op.f("uq_ledger_account_fiscal_year_id_book_quota_id_award_id_aside"), "ledger_account")
    op.drop_constraint(op.f("ck_ledger_account_aside_by_purpose"), "ledger_account")
    op.drop_constraint(op.f("ck_ledger_account_aside_known"), "ledger_account")
    op.drop_column("ledger_account", "aside")
    op.create_unique_constraint(
        op.f("uq_ledger_account_fiscal_year_id_book_quota_id_award_id"),
        "ledger_account",
        ["fiscal_year_id", "book", "quota_id", "award_id"],
        postgresql_nulls_not_distinct=True,
    )


def _widen_accounts() -> None:
    """What was set aside so far had no name: it is the reserve, from which money may be moved to the other kinds."""
    op.add_column("ledger_account", sa.Column("aside", sa.String(length=40), nullable=True))
    op.execute(
        "UPDATE ledger_account SET aside = 'reserve' WHERE book = 'set_aside' OR (book = 'paid' AND award_id IS NULL)"
    )
    op.create_check_constraint(
        op.f("ck_ledger_account_aside_known"), "ledger_account", "aside IN ('evaluation', 'audit', 'reserve')"
    )
    op.create_check_constraint(
        op.f("ck_ledger_account_aside_by_purpose"),
        "ledger_account",
        "(aside IS NOT NULL) = (book = 'set_aside' OR (book = 'paid' AND award_id IS NULL))",
    )
    op.drop_constraint(op.f("uq_ledger_account_fiscal_year_id_book_quota_id_award_id"), "ledger_account")
    op.create_unique_constraint(
        op.f("uq_ledger_account_fiscal_year_id_book_quota_id_award_id_aside"),
        "ledger_account",
        ["fiscal_year_id", "book", "quota_id", "award_id", "aside"],
        postgresql_nulls_not_distinct=True,
    )


def _replace_deeds(known: str) -> None:
    op.drop_constraint(op.f("ck_journal_deed_known"), "journal")
    op.create_check_constraint(op.f("ck_journal_deed_known"), "journal", known)
