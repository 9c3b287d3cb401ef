"""Grants: an award's books hold no more than was awarded."""

from __future__ import annotations

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

TRIGGERS = """
CREATE FUNCTION check_award_books() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    award_of bigint := CASE WHEN TG_TABLE_NAME = 'award' THEN (to_jsonb(NEW) ->> 'id')::bigint
                            ELSE (to_jsonb(NEW) ->> 'award_id')::bigint END;
    awarded numeric;
BEGIN
    -- Whoever changes the amount meanwhile is waited for, and waits; the sum is read after that.
    SELECT amount INTO awarded FROM award WHERE id = award_of FOR SHARE;
    IF awarded < (SELECT sum(balance) FROM ledger_account WHERE award_id = award_of) THEN
        RAISE EXCEPTION 'the books of an award hold its amount at most'
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = 'ledger_account';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER books_within_award AFTER UPDATE OF balance, award_id ON ledger_account
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.award_id IS NOT NULL AND (NEW.balance > OLD.balance OR NEW.award_id IS DISTINCT FROM OLD.award_id))
    EXECUTE FUNCTION check_award_books();
CREATE CONSTRAINT TRIGGER award_covers_its_books AFTER UPDATE OF amount ON award
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.amount < OLD.amount) EXECUTE FUNCTION check_award_books();
"""
UNTRIGGERED = """
DROP TRIGGER award_covers_its_books ON award;
DROP TRIGGER books_within_award ON ledger_account;
DROP FUNCTION check_award_books();
"""


def upgrade() -> None:
    op.execute(TRIGGERS)


def downgrade() -> None:
    op.execute(UNTRIGGERED)
