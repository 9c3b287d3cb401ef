"""Organizations: the passport: names, documents, accounts, changes that wait, contacts that are kept encrypted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

CONTACTS = ("contact_name", "contact_phone")


def upgrade() -> None:
    op.add_column("organization", sa.Column("legal_representative", sa.Text(), nullable=True))
    op.add_column("organization", sa.Column("taxpayer", sa.String(length=40), nullable=True))
    for name in ("is_tax_exempt", "takes_deductible_donations"):
        op.add_column("organization", sa.Column(name, sa.Boolean(), server_default="false", nullable=False))
    op.create_check_constraint(
        op.f("ck_organization_taxpayer_known"), "organization", "taxpayer IN ('small_scale', 'general')"
    )
    op.create_index(
        "ix_organization_legal_representative",
        "organization",
        ["legal_representative"],
        postgresql_where=sa.text("legal_representative IS NOT NULL"),
    )
    _expect_sealed_contacts()
    op.create_index("ix_audit_event_organization", "audit_event", ["organization_id", "seq"])
    op.create_table(
        "name_change",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("was", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("was <> name", name=op.f("ck_name_change_changes_the_name")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_name_change_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_name_change")),
    )
    op.create_index("ix_name_change_organization_id", "name_change", ["organization_id", "since"])
    op.create_table(
        "organization_document",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("replaced_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "kind <> 'other' OR btrim(title) <> ''", name=op.f("ck_organization_document_another_has_a_title")
        ),
        sa.CheckConstraint("valid_to >= valid_from", name=op.f("ck_organization_document_ends_after_it_begins")),
        sa.CheckConstraint(
            "kind IN ('registration', 'articles', 'opening_permit', 'tax_exemption', 'donation_deduction', 'charity', 'licence', 'lease', 'other')",
            name=op.f("ck_organization_document_kind_known"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_organization_document_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organization_document")),
    )
    op.create_index("ix_organization_document_organization_id", "organization_document", ["organization_id"])
    op.create_index(
        "ix_organization_document_valid_to",
        "organization_document",
        ["valid_to"],
        postgresql_where=sa.text("replaced_on IS NULL"),
    )
    op.create_index(
        "uq_organization_document_current",
        "organization_document",
        ["organization_id", "kind"],
        unique=True,
        postgresql_where=sa.text("replaced_on IS NULL AND kind NOT IN ('licence', 'other')"),
    )
    op.create_table(
        "bank_account",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("number_print", sa.Text(), nullable=False),
        sa.Column("tail", sa.Text(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("recorded_by_id", sa.BigInteger(), nullable=False),
        sa.Column("verified_on", sa.Date(), nullable=True),
        sa.Column("verified_by_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("until >= since", name=op.f("ck_bank_account_ends_after_it_begins")),
        sa.CheckConstraint("verified_by_id <> recorded_by_id", name=op.f("ck_bank_account_is_verified_by_another")),
        sa.CheckConstraint(
            "btrim(holder) <> '' AND btrim(bank) <> ''", name=op.f("ck_bank_account_names_holder_and_bank")
        ),
        sa.CheckConstraint("number ~ '^gAAAA'", name=op.f("ck_bank_account_number_is_sealed")),
        sa.CheckConstraint(
            "num_nulls(verified_on, verified_by_id) IN (0, 2)", name=op.f("ck_bank_account_verified_by_somebody")
        ),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_bank_account_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_account")),
    )
    op.create_index("ix_bank_account_number_print", "bank_account", ["number_print"])
    op.create_index("ix_bank_account_organization_id", "bank_account", ["organization_id"])
    op.create_index(
        "uq_bank_account_current",
        "bank_account",
        ["organization_id"],
        unique=True,
        postgresql_where=sa.text("until IS NULL"),
    )
    op.create_table(
        "profile_change",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("field", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("was", sa.Text(), nullable=True),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=True),
        sa.Column("bank", sa.Text(), nullable=True),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposed_by_id", sa.BigInteger(), nullable=False),
        sa.Column("proposed_on", sa.Date(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "num_nulls(holder, bank, number) = CASE WHEN field = 'bank_account' THEN 0 ELSE 3 END",
            name=op.f("ck_profile_change_account_is_whole"),
        ),
        sa.CheckConstraint(
            "num_nulls(decided_on, decided_by_id) IN (0, 2)", name=op.f("ck_profile_change_decided_by_somebody")
        ),
        sa.CheckConstraint(
            "(state IN ('approved', 'refused')) = (decided_on IS NOT NULL)",
            name=op.f("ck_profile_change_decision_has_its_day"),
        ),
        sa.CheckConstraint(
            "field IN ('name', 'legal_representative', 'bank_account')", name=op.f("ck_profile_change_field_known")
        ),
        sa.CheckConstraint("decided_by_id <> proposed_by_id", name=op.f("ck_profile_change_is_decided_by_another")),
        sa.CheckConstraint("number ~ '^gAAAA'", name=op.f("ck_profile_change_number_is_sealed")),
        sa.CheckConstraint(
            "state <> 'refused' OR btrim(answer) <> ''", name=op.f("ck_profile_change_refusal_says_why")
        ),
        sa.CheckConstraint(
            "btrim(value) <> '' AND btrim(reason) <> ''", name=op.f("ck_profile_change_says_what_and_why")
        ),
        sa.CheckConstraint(
            "state IN ('proposed', 'approved', 'refused', 'withdrawn')", name=op.f("ck_profile_change_state_known")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_profile_change_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_profile_change")),
    )
    op.create_index("ix_profile_change_organization_id", "profile_change", ["organization_id"])
    op.create_index("ix_profile_change_state", "profile_change", ["state"])
    op.create_index(
        "uq_profile_change_open",
        "profile_change",
        ["organization_id", "field"],
        unique=True,
        postgresql_where=sa.text("state = 'proposed'"),
    )


def _expect_sealed_contacts() -> None:
    """Refuse plain contacts from here on.

    Those that an earlier release wrote are sealed by `seal_contacts` with the key, which no migration holds; where
    there are any, the rows of that day are not looked at.
    """
    plain = "SELECT EXISTS (SELECT FROM organization WHERE num_nonnulls(contact_name, contact_phone) > 0)"
    later = " NOT VALID" if op.get_bind().scalar(sa.text(plain)) else ""
    for name in CONTACTS:
        op.execute(
            f"ALTER TABLE organization ADD CONSTRAINT ck_organization_{name}_is_sealed CHECK ({name} ~ '^gAAAA'){later}"
        )


def downgrade() -> None:
    for name in ("profile_change", "bank_account", "organization_document", "name_change"):
        op.drop_table(name)
    op.drop_index("ix_audit_event_organization", "audit_event")
    for name in CONTACTS:
        op.drop_constraint(op.f(f"ck_organization_{name}_is_sealed"), "organization")
    op.drop_index("ix_organization_legal_representative", "organization")
    for name in ("takes_deductible_donations", "is_tax_exempt", "taxpayer", "legal_representative"):
        op.drop_column("organization", name)
