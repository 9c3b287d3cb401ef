"""Organizations: requests for accounts with papers; letters to addresses without an account."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("letter", sa.Column("address", sa.Text(), nullable=True))
    op.create_check_constraint(op.f("ck_letter_address_is_sealed"), "letter", "address ~ '^gAAAA'")
    op.create_table(
        "account_request",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("about", sa.String(length=40), nullable=False),
        sa.Column("credit_code", sa.Text(), nullable=False),
        sa.Column("organization_name", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=True),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("earlier", sa.String(length=40), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("forgotten_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("person ~ '^gAAAA'", name=op.f("ck_account_request_person_is_sealed")),
        sa.CheckConstraint("email ~ '^gAAAA'", name=op.f("ck_account_request_email_is_sealed")),
        sa.CheckConstraint("phone ~ '^gAAAA'", name=op.f("ck_account_request_phone_is_sealed")),
        sa.CheckConstraint(
            "num_nulls(person, email, phone) = CASE WHEN forgotten_on IS NULL THEN 0 ELSE 3 END",
            name=op.f("ck_account_request_says_who_asks_until_forgotten"),
        ),
        sa.CheckConstraint(
            "forgotten_on IS NULL OR words IS NULL", name=op.f("ck_account_request_forgets_the_words_too")
        ),
        sa.CheckConstraint("btrim(organization_name) <> ''", name=op.f("ck_account_request_names_the_organization")),
        sa.CheckConstraint(
            "num_nulls(decided_on, decided_by_id) IN (0, 2)", name=op.f("ck_account_request_decided_by_somebody")
        ),
        sa.CheckConstraint(
            "(state = 'received') = (decided_on IS NULL)", name=op.f("ck_account_request_decision_has_its_day")
        ),
        sa.CheckConstraint(
            "(state = 'refused') = (answer IS NOT NULL)", name=op.f("ck_account_request_refusal_says_why")
        ),
        sa.CheckConstraint(
            "num_nulls(organization_id, user_id, earlier) = CASE WHEN state = 'verified' THEN 0 ELSE 3 END",
            name=op.f("ck_account_request_verified_for_somebody"),
        ),
        sa.CheckConstraint(
            "forgotten_on IS NULL OR forgotten_on >= decided_on",
            name=op.f("ck_account_request_forgotten_once_decided"),
        ),
        sa.CheckConstraint("about IN ('first', 'lost')", name=op.f("ck_account_request_about_known")),
        sa.CheckConstraint("state IN ('received', 'verified', 'refused')", name=op.f("ck_account_request_state_known")),
        sa.CheckConstraint("earlier IN ('keep', 'close')", name=op.f("ck_account_request_earlier_known")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_account_request_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_request")),
        sa.UniqueConstraint("number", name=op.f("uq_account_request_number")),
    )
    op.create_index("ix_account_request_state", "account_request", ["state", "decided_on"])
    op.create_index("ix_account_request_credit_code", "account_request", ["credit_code"])
    op.create_index("ix_account_request_organization_id", "account_request", ["organization_id"])


def downgrade() -> None:
    op.drop_table("account_request")
    op.drop_constraint(op.f("ck_letter_address_is_sealed"), "letter", type_="check")
    op.drop_column("letter", "address")
