"""One organization: who it is, how to reach it, and what registers are filtered and ordered by."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlalchemy import CheckConstraint, Computed, ForeignKey, Index, Text, UniqueConstraint, text, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from kernel.actor import ReaderKind
from kernel.audit import MASKED, UNWRITTEN
from kernel.db import Choice, Record
from kernel.encryption import Encrypted
from kernel.money import ZERO
from kernel.scope import Reader, Rows, scope
from orgs.reference import service_fields
from orgs.states import (
    Grade,
    InspectionResult,
    OrganizationStatus,
    OrganizationType,
    RatingGrade,
    RatingState,
    TaxpayerKind,
)

SIGNS = "[0-9A-HJ-NPQRTUWXY]"
# How every text that kernel.encryption writes begins, so that the database itself refuses a plain one.
SEALED = "~ '^gAAAA'"


class Organization(Record):
    """A social organization, or another body that the Centre works with.

    Columns from `projects_running` on are summaries: each is written by one operation, so that a register can be
    filtered and ordered by it; the facts themselves stand in records of their own.
    """

    __tablename__ = "organization"
    __table_args__ = (
        UniqueConstraint("credit_code"),
        CheckConstraint(f"credit_code ~ '^{SIGNS}{{2}}[0-9]{{6}}{SIGNS}{{10}}$'", name="credit_code_is_written_right"),
        CheckConstraint("btrim(name) <> ''", name="has_a_name"),
        CheckConstraint("staff_count >= 0 AND volunteer_count >= 0", name="counts_people_from_zero"),
        CheckConstraint(
            "0 <= projects_running AND projects_running <= projects_total", name="runs_some_of_its_projects"
        ),
        CheckConstraint(f"contact_name {SEALED}", name="contact_name_is_sealed"),
        CheckConstraint(f"contact_phone {SEALED}", name="contact_phone_is_sealed"),
        CheckConstraint("received >= 0", name="received_is_not_negative"),
        CheckConstraint("(last_grade IS NULL) = (last_graded_on IS NULL)", name="last_grade_has_its_day"),
        CheckConstraint("(inspection_year IS NULL) = (inspection_result IS NULL)", name="inspection_has_its_year"),
        CheckConstraint("(rating_grade IS NULL) = (rating_state IS NULL)", name="rating_has_its_state"),
        CheckConstraint(
            "rating_state IS NULL OR rating_state = 'pending' OR (rating_valid_from IS NOT NULL AND rating_valid_to IS NOT NULL)",
            name="rating_is_dated",
        ),
    )

    credit_code: Mapped[str]
    name: Mapped[str]
    former_names: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    former_codes: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    name_pinyin: Mapped[str] = mapped_column(info=UNWRITTEN)
    name_initials: Mapped[str] = mapped_column(info=UNWRITTEN)
    search_text: Mapped[str] = mapped_column(info=UNWRITTEN, deferred=True)
    type: Mapped[OrganizationType] = mapped_column(Choice(OrganizationType))
    status: Mapped[OrganizationStatus] = mapped_column(
        Choice(OrganizationStatus), default=OrganizationStatus.ACTIVE, server_default=OrganizationStatus.ACTIVE.value
    )
    registrar: Mapped[str | None]
    supervising_unit: Mapped[str | None]
    founded_on: Mapped[date | None]
    district_code: Mapped[str | None] = mapped_column(ForeignKey("district.code"))
    service_fields: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    has_party_organization: Mapped[bool] = mapped_column(default=False, server_default="false")
    has_womens_federation: Mapped[bool] = mapped_column(default=False, server_default="false")
    staff_count: Mapped[int] = mapped_column(default=0, server_default="0")
    volunteer_count: Mapped[int] = mapped_column(default=0, server_default="0")
    address: Mapped[str | None]
    legal_representative: Mapped[str | None]
    taxpayer: Mapped[TaxpayerKind | None] = mapped_column(Choice(TaxpayerKind))
    is_tax_exempt: Mapped[bool] = mapped_column(default=False, server_default="false")
    takes_deductible_donations: Mapped[bool] = mapped_column(default=False, server_default="false")
    # Read where they are shown alone: a register of a hundred lines has none to open.
    contact_name: Mapped[str | None] = mapped_column(Encrypted, info=MASKED, deferred=True, deferred_group="contacts")
    contact_phone: Mapped[str | None] = mapped_column(Encrypted, info=MASKED, deferred=True, deferred_group="contacts")

    projects_running: Mapped[int] = mapped_column(default=0, server_default="0")
    projects_total: Mapped[int] = mapped_column(default=0, server_default="0")
    first_project_on: Mapped[date | None]
    received: Mapped[Decimal] = mapped_column(default=ZERO, server_default="0")
    last_grade: Mapped[Grade | None] = mapped_column(Choice(Grade))
    last_graded_on: Mapped[date | None]
    rating_grade: Mapped[RatingGrade | None] = mapped_column(Choice(RatingGrade))
    rating_state: Mapped[RatingState | None] = mapped_column(Choice(RatingState))
    rating_valid_from: Mapped[date | None]
    rating_valid_to: Mapped[date | None]
    inspection_year: Mapped[int | None]
    inspection_result: Mapped[InspectionResult | None] = mapped_column(Choice(InspectionResult))

    # Codes in the order of their worth, so that a register can be ordered by them; written as PostgreSQL prints it.
    last_grade_rank: Mapped[int | None] = mapped_column(
        Computed(
            "array_position(ARRAY['poor'::text, 'fair'::text, 'good'::text, 'excellent'::text], (last_grade)::text)",
            persisted=True,
        ),
        info=UNWRITTEN,
    )
    inspection_rank: Mapped[int | None] = mapped_column(
        Computed(
            "array_position(ARRAY['not_inspected'::text, 'failed'::text, 'undecided'::text, 'basically_passed'::text,"
            " 'passed'::text], (inspection_result)::text)",
            persisted=True,
        ),
        info=UNWRITTEN,
    )

    # What the register is narrowed by as whole numbers: PostgreSQL keeps its statistics of amounts and of alternatives
    # from readers under row-level security, and would plan blindly.
    inspected_to: Mapped[int | None] = mapped_column(
        Computed(
            "CASE WHEN inspection_year IS NULL THEN 0 WHEN (inspection_result)::text = 'undecided'::text"
            " THEN inspection_year - 1 ELSE inspection_year END",
            persisted=True,
        ),
        info=UNWRITTEN,
    )
    """The last year whose inspection has a conclusion, 0 for none."""
    received_band: Mapped[int | None] = mapped_column(
        Computed(
            "CASE WHEN received <= 0::numeric THEN 0 WHEN received < 100000::numeric THEN 1"
            " WHEN received < 500000::numeric THEN 2 WHEN received < 1000000::numeric THEN 3 ELSE 4 END",
            persisted=True,
        ),
        info=UNWRITTEN,
    )

    def __str__(self) -> str:
        return self.name


SORTED_BY = (
    "name_pinyin",
    "district_code",
    "type",
    "rating_grade",
    "inspection_rank",
    "projects_running",
    "last_grade_rank",
)
_table = Organization.__table__
for _name in SORTED_BY:
    _column = _table.c[_name]
    Index(f"ix_organization_{_name}_up", _column, _table.c.id)
    if _column.nullable:  # what is empty stands at the end both ways, so that one index cannot be read backwards
        Index(f"ix_organization_{_name}_down", _column.desc().nulls_last(), _table.c.id.desc())
Index(
    "ix_organization_legal_representative",
    _table.c.legal_representative,
    postgresql_where=_table.c.legal_representative.is_not(None),
)
# What the register is narrowed by, each followed by the order in which it opens: what is rare is found at once even
# where it stands at the end of that order, and is counted from the index alone.
NARROWED_BY = {
    "district": ("district_code",),
    "type": ("type",),
    "status": ("status",),
    "grade": ("last_grade_rank",),
    "rating": ("rating_grade", "rating_state"),
    "inspection": ("inspection_year", "inspection_result"),
    "inspected_to": ("inspected_to", "status"),
    "projects_total": ("projects_total",),
    "received": ("received_band",),
}
_opening = (_table.c.projects_running.desc(), _table.c.id.desc())
for _name, _columns in NARROWED_BY.items():
    Index(f"ix_organization_by_{_name}", *(_table.c[column] for column in _columns), *_opening)
for _code in service_fields():
    # An index of the whole array would tell which rows to look at; these are counted without a look at any.
    Index(f"ix_organization_in_{_code}", *_opening, postgresql_where=_table.c.service_fields.contains([_code]))
Index(
    "ix_organization_rating_ends",
    _table.c.rating_state, _table.c.rating_valid_to, _table.c.rating_valid_from, _table.c.rating_grade,
)  # fmt: skip
Index(
    "ix_organization_search_text",
    _table.c.search_text,
    postgresql_using="gin",
    postgresql_ops={"search_text": "gin_trgm_ops"},
)
Index(
    "ix_organization_former_codes",
    _table.c.former_codes,
    postgresql_using="gin",
    postgresql_where=text("former_codes <> '{}'"),
)


@scope(Organization)
def visible_organizations(reader: Reader) -> Rows:
    own = _table.c.id == reader.organization_id
    return {ReaderKind.STAFF: true(), ReaderKind.ORG: own}
