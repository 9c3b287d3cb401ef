"""The deeds on organizations: the only code that writes them."""

from __future__ import annotations

from orgs.operations.credit import close_credit_entry, record_credit_entry
from orgs.operations.figures import note_grade, note_project_figures
from orgs.operations.import_runs import (
    RegisterChanged,
    bring_list,
    check_lines,
    give_back_with,
    match_columns,
    recheck_import,
    take_lines,
)
from orgs.operations.importing import ImportResult, import_organizations
from orgs.operations.inspections import record_inspection
from orgs.operations.members import (
    give_member_roles,
    invite_member,
    remove_member,
    resend_invitation,
    withdraw_invitation,
)
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
    "RegisterChanged",
    "bring_list",
    "change_profile",
    "change_registration",
    "check_lines",
    "close_credit_entry",
    "confirm_rating",
    "discard_rating",
    "downgrade_rating",
    "expire_rating",
    "expire_ratings",
    "give_back_with",
    "give_member_roles",
    "import_organizations",
    "invite_member",
    "load_reference",
    "match_columns",
    "note_grade",
    "note_project_figures",
    "recheck_import",
    "record_credit_entry",
    "record_inspection",
    "record_rating",
    "register_organization",
    "remove_member",
    "resend_invitation",
    "revoke_rating",
    "take_lines",
    "withdraw_invitation",
]
