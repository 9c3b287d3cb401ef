"""Sign-in: second factor, recovery codes, one-time links, steps of a sign-in and the moment of its proof."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


PERSON = """
CREATE OR REPLACE VIEW person AS
    SELECT u.id::bigint AS id, (CASE
        WHEN current_user IN ('g_staff', 'g_keeper', 'g_deed') THEN u.username
        WHEN EXISTS (SELECT FROM account a
                     WHERE a.user_id = u.id AND a.organization_id = yulan_organization_id()) THEN u.username
    END)::text AS username, (u.last_name || u.first_name)::text AS name FROM ab_user u;
"""
PERSON_BEFORE = """
CREATE OR REPLACE VIEW person AS
    SELECT id::bigint AS id, username::text AS username, (last_name || first_name)::text AS name FROM ab_user;
"""


def upgrade() -> None:
    op.execute(PERSON)
    op.add_column("account", sa.Column("must_change_password", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("web_session", sa.Column("stage", sa.Text(), server_default="open", nullable=False))
    op.add_column(
        "web_session",
        sa.Column("proved_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
    )
    op.create_check_constraint(
        op.f("ck_web_session_stage_known"), "web_session", "stage IN ('open', 'code', 'factor', 'password')"
    )
    op.create_table(
        "one_time_link",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("seed", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("purpose IN ('activation', 'reset')", name=op.f("ck_one_time_link_purpose_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_one_time_link_token_hash")),
    )
    op.create_index(op.f("ix_one_time_link_user_id"), "one_time_link", ["user_id"], unique=False)
    op.create_table(
        "second_factor",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("salt", sa.Text(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_second_factor")),
        sa.UniqueConstraint("user_id", name=op.f("uq_second_factor_user_id")),
    )
    op.create_table(
        "recovery_code",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
    )
    op.create_index(op.f("ix_recovery_code_user_id"), "recovery_code", ["user_id"], unique=False)


def downgrade() -> None:
    op.execute(PERSON_BEFORE)
    op.drop_table("recovery_code")
    op.drop_table("second_factor")
    op.drop_table("one_time_link")
    op.drop_constraint(op.f("ck_web_session_stage_known"), "web_session", type_="check")
    op.drop_column("web_session", "proved_at")
    op.drop_column("web_session", "stage")
    op.drop_column("account", "must_change_password")
