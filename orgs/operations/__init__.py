"""The deeds on organizations: the only code that writes them."""

from __future__ import annotations

from orgs.operations.credit import close_credit_entry, record_credit_entry
from orgs.operations.figures import note_grade, note_project_figures
from orgs.operations.importing import ImportedOrganization, ImportResult, import_organizations
from orgs.operations.inspections import record_inspection
from orgs.operations.members import add_member
from orgs.operations.organizations import change_profile, change_registration, register_organization
from orgs.operations.ratings import (
    confirm_rating,
    discard_rating,
    downgrade_rating,
    expire_rating,
    expire_ratings,
    record_rating,
    revoke_rating,
)
from orgs.operations.reference import load_reference

__all__ = [
    "ImportResult",
    "ImportedOrganization",
    "add_member",
    "change_profile",
    "change_registration",
    "close_credit_entry",
    "confirm_rating",
    "discard_rating",
    "downgrade_rating",
    "expire_rating",
    "expire_ratings",
    "import_organizations",
    "load_reference",
    "note_grade",
    "note_project_figures",
    "record_credit_entry",
    "record_inspection",
    "record_rating",
    "register_organization",
    "revoke_rating",
]
