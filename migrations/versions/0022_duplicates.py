"""Organizations: possible duplicates, what they are found by, and links."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

COMPARED = "name, former_names, credit_code, legal_representative, address, contact_phone"
TRIGGERS = f"""
CREATE FUNCTION compare_fresh_organizations() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO organization_to_compare (organization_id) SELECT id FROM fresh;
    RETURN NULL;
END $$;
CREATE FUNCTION compare_organization() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO organization_to_compare (organization_id) VALUES (NEW.id);
    RETURN NULL;
END $$;
CREATE FUNCTION compare_owner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO organization_to_compare (organization_id) VALUES (NEW.organization_id);
    RETURN NULL;
END $$;
CREATE TRIGGER compare_fresh AFTER INSERT ON organization
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION compare_fresh_organizations();
CREATE TRIGGER compare_changed AFTER UPDATE OF {COMPARED} ON organization FOR EACH ROW
    WHEN ((OLD.name, OLD.former_names, OLD.credit_code, OLD.legal_representative, OLD.address, OLD.contact_phone)
        IS DISTINCT FROM
        (NEW.name, NEW.former_names, NEW.credit_code, NEW.legal_representative, NEW.address, NEW.contact_phone))
    EXECUTE FUNCTION compare_organization();
CREATE TRIGGER compare_owner AFTER INSERT OR UPDATE OF organization_id, until ON bank_account FOR EACH ROW
    EXECUTE FUNCTION compare_owner();
INSERT INTO organization_to_compare (organization_id) SELECT id FROM organization;
"""
NO_TRIGGERS = """
DROP TRIGGER compare_owner ON bank_account;
DROP TRIGGER compare_changed ON organization;
DROP TRIGGER compare_fresh ON organization;
DROP FUNCTION compare_owner();
DROP FUNCTION compare_organization();
DROP FUNCTION compare_fresh_organizations();
"""


def upgrade() -> None:
    _create_pairs()
    _create_keys()
    _create_links()
    op.execute(TRIGGERS)


def downgrade() -> None:
    op.execute(NO_TRIGGERS)
    for table in ("organization_link", "organization_to_compare", "compare_key", "possible_duplicate"):
        op.drop_table(table)


def _create_pairs() -> None:
    op.create_table(
        "possible_duplicate",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("first_id", sa.BigInteger(), nullable=False),
        sa.Column("second_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("strength", sa.String(length=40), nullable=False),
        sa.Column("score", sa.BigInteger(), nullable=False),
        sa.Column("reasons", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("found_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("first_id < second_id", name=op.f("ck_possible_duplicate_names_two_in_order")),
        sa.CheckConstraint("score > 0", name=op.f("ck_possible_duplicate_has_evidence")),
        sa.CheckConstraint(
            "num_nulls(decided_on, decided_by_id, reason) IN (0, 3)",
            name=op.f("ck_possible_duplicate_decision_is_whole"),
        ),
        sa.CheckConstraint(
            "(state = 'dismissed') = (decided_on IS NOT NULL)", name=op.f("ck_possible_duplicate_dismissal_is_decided")
        ),
        sa.CheckConstraint("state IN ('open', 'dismissed')", name=op.f("ck_possible_duplicate_state_known")),
        sa.CheckConstraint(
            "strength IN ('strong', 'likely', 'weak')", name=op.f("ck_possible_duplicate_strength_known")
        ),
        sa.ForeignKeyConstraint(
            ["first_id"], ["organization.id"], name=op.f("fk_possible_duplicate_first_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["second_id"], ["organization.id"], name=op.f("fk_possible_duplicate_second_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_possible_duplicate")),
        sa.UniqueConstraint("first_id", "second_id", name=op.f("uq_possible_duplicate_first_id_second_id")),
    )
    op.create_index("ix_possible_duplicate_second_id", "possible_duplicate", ["second_id"])
    op.create_index("ix_possible_duplicate_state", "possible_duplicate", ["state", sa.text("score DESC"), "id"])


def _create_keys() -> None:
    op.create_table(
        "compare_key",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_compare_key_organization_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_compare_key")),
    )
    op.create_index("ix_compare_key_value", "compare_key", ["kind", "value"])
    op.create_index("ix_compare_key_organization_id", "compare_key", ["organization_id"])
    op.create_index(
        "ix_compare_key_name",
        "compare_key",
        ["value"],
        postgresql_using="gin",
        postgresql_ops={"value": "gin_trgm_ops"},
        postgresql_where=sa.text("kind = 'name'"),
    )
    op.create_table(
        "organization_to_compare",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_organization_to_compare_organization_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organization_to_compare")),
    )
    op.create_index("ix_organization_to_compare_organization_id", "organization_to_compare", ["organization_id"])


def _create_links() -> None:
    op.create_table(
        "organization_link",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("first_id", sa.BigInteger(), nullable=False),
        sa.Column("second_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("recorded_on", sa.Date(), nullable=False),
        sa.Column("recorded_by_id", sa.BigInteger(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("ended_by_id", sa.BigInteger(), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("first_id <> second_id", name=op.f("ck_organization_link_names_two")),
        sa.CheckConstraint("btrim(source) <> ''", name=op.f("ck_organization_link_names_its_source")),
        sa.CheckConstraint(
            "num_nulls(ended_on, ended_by_id, end_reason) IN (0, 3)", name=op.f("ck_organization_link_end_is_whole")
        ),
        sa.CheckConstraint(
            "kind IN ('parent', 'founder', 'person', 'office', 'other_link')",
            name=op.f("ck_organization_link_kind_known"),
        ),
        sa.ForeignKeyConstraint(["first_id"], ["organization.id"], name=op.f("fk_organization_link_first_id")),
        sa.ForeignKeyConstraint(["second_id"], ["organization.id"], name=op.f("fk_organization_link_second_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organization_link")),
    )
    op.create_index(
        "uq_organization_link_open",
        "organization_link",
        [sa.text("least(first_id, second_id)"), sa.text("greatest(first_id, second_id)"), "kind"],
        unique=True,
        postgresql_where=sa.text("ended_on IS NULL"),
    )
    op.create_index("ix_organization_link_first_id", "organization_link", ["first_id"])
    op.create_index("ix_organization_link_second_id", "organization_link", ["second_id"])
