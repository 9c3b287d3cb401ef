"""Deputies for a time, and in the trail for whom a deed was done."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

PAYLOAD = """
CREATE OR REPLACE FUNCTION audit_payload(e audit_event) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_build_array(
        e.seq, extract(epoch FROM e.at), e.actor, e.actor_id, e.action, e.subject_kind, e.subject_id,
        e.organization_id, e.audience, e.changes, e.request_id, e.previous_hash
    )::text{more}
$$;
"""
# Rows that name no principal keep the hash that they have.
FOR_WHOM = """
    || CASE WHEN e.principal IS NULL AND e.principal_id IS NULL THEN ''
            ELSE jsonb_build_array(e.principal, e.principal_id)::text END"""


def upgrade() -> None:
    op.add_column("audit_event", sa.Column("principal", sa.Text(), nullable=True))
    op.add_column("audit_event", sa.Column("principal_id", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_audit_event_principal",
        "audit_event",
        ["principal_id", "actor_id"],
        postgresql_where=sa.text("principal_id IS NOT NULL"),
    )
    op.execute(PAYLOAD.format(more=FOR_WHOM))
    op.create_table(
        "deputy",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("principal_id", sa.BigInteger(), nullable=False),
        sa.Column("deputy_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("to_day", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("deputy_id <> principal_id", name=op.f("ck_deputy_another_person")),
        sa.CheckConstraint("to_day >= from_day AND to_day <= from_day + 92", name=op.f("ck_deputy_for_a_time")),
        sa.CheckConstraint("btrim(reason) <> ''", name=op.f("ck_deputy_has_a_reason")),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_by_id IS NULL)", name=op.f("ck_deputy_ended_by_somebody")),
        postgresql.ExcludeConstraint(
            (sa.column("principal_id"), "="),
            (sa.text("daterange(from_day, to_day, '[]')"), "&&"),
            using="gist",
            where=sa.text("ended_at IS NULL"),
            name="ex_deputy_one_at_a_time",
        ),
        postgresql.ExcludeConstraint(
            (sa.column("deputy_id"), "="),
            (sa.text("daterange(from_day, to_day, '[]')"), "&&"),
            using="gist",
            where=sa.text("ended_at IS NULL"),
            name="ex_deputy_of_one_person",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deputy")),
    )
    op.create_index("ix_deputy_deputy_id", "deputy", ["deputy_id", "to_day"])


def downgrade() -> None:
    op.drop_table("deputy")
    op.execute(PAYLOAD.format(more=""))
    op.drop_index("ix_audit_event_principal", table_name="audit_event")
    op.drop_column("audit_event", "principal_id")
    op.drop_column("audit_event", "principal")
