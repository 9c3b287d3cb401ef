"""What a call asks of its applicants, and what a check found beside what was decided."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

FREEZE = """
CREATE FUNCTION keep_call_rules() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM call WHERE id = OLD.call_id AND state <> 'draft') THEN
        RAISE EXCEPTION 'call_rules_frozen' USING ERRCODE = 'check_violation', CONSTRAINT = 'call_rules_frozen';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE TRIGGER keep_call_rules BEFORE UPDATE OR DELETE ON call_rule
    FOR EACH ROW EXECUTE FUNCTION keep_call_rules();
"""
# What every call asked until now, so that a call that runs goes on as it was published.
ASKED = """
INSERT INTO call_rule (call_id, position, rule, parameters, version)
SELECT call.id, told.position, told.rule, told.parameters::jsonb, 1
FROM call CROSS JOIN (VALUES
    (1, 'code', '{}'), (2, 'status', '{}'), (3, 'type', '{"barred": ["public_institution"]}'),
    (4, 'rating', '{"least": ""}'), (5, 'inspection', '{"years": 3, "undecided": true}'),
    (6, 'abnormal', '{"years": 1}'), (7, 'serious', '{"years": 2}'), (8, 'penalty', '{"years": 3}'),
    (9, 'blacklist', '{}'), (10, 'first_time', '{}'),
    (19, 'same_organization', '{"title": 50, "text": 30}'), (21, 'other_organizations', '{"title": 60, "text": 15}'),
    (22, 'period', '{}'), (23, 'arithmetic', '{}'), (24, 'caps', '{}'), (25, 'heads', '{}'), (26, 'cofunding', '{}')
) AS told (position, rule, parameters)
WHERE told.rule <> 'rating' OR call.nature <> 'procurement'
"""


def upgrade() -> None:
    op.create_table(
        "call_rule",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("call_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("parameters", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("jsonb_typeof(parameters) = 'object'", name=op.f("ck_call_rule_parameters_by_name")),
        sa.CheckConstraint(
            "rule IN ('code', 'status', 'type', 'rating', 'inspection', 'abnormal', 'serious', 'penalty', 'blacklist', "
            "'first_time', 'founded', 'district', 'field', 'experience', 'grade', 'running', 'account', 'documents', "
            "'same_organization', 'linked_organizations', 'other_organizations', 'period', 'arithmetic', 'caps', "
            "'heads', 'cofunding')",
            name=op.f("ck_call_rule_rule_known"),
        ),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_call_rule_call_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_rule")),
        sa.UniqueConstraint("call_id", "position", name=op.f("uq_call_rule_call_id_position")),
        sa.UniqueConstraint("call_id", "rule", name=op.f("uq_call_rule_call_id_rule")),
    )
    op.execute(ASKED)
    op.execute(FREEZE)
    op.add_column("eligibility_check", sa.Column("found", sa.String(length=40), nullable=True))
    op.execute("UPDATE eligibility_check SET found = CASE WHEN decided_by_id IS NULL THEN outcome ELSE 'manual' END")
    op.alter_column("eligibility_check", "found", nullable=False)
    op.create_check_constraint(
        op.f("ck_eligibility_check_found_known"), "eligibility_check", "found IN ('passed', 'failed', 'manual')"
    )
    op.create_check_constraint(
        op.f("ck_eligibility_check_found_unless_decided"),
        "eligibility_check",
        "decided_by_id IS NOT NULL OR outcome = found",
    )
    op.create_check_constraint(
        op.f("ck_eligibility_check_decided_one_way"),
        "eligibility_check",
        "decided_by_id IS NULL OR outcome <> 'manual'",
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_eligibility_check_decided_one_way"), "eligibility_check")
    op.drop_constraint(op.f("ck_eligibility_check_found_unless_decided"), "eligibility_check")
    op.drop_column("eligibility_check", "found")
    op.drop_table("call_rule")
    op.execute("DROP FUNCTION keep_call_rules()")
