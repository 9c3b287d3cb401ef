"""What is read about organizations: lists, counts, and the facts that count on a day."""

from __future__ import annotations

from orgs.queries.blacklist import defences_due, listings_to_decide
from orgs.queries.claims import organization_by_code
from orgs.queries.credit import credit_entries_of, credit_entries_within, inspections_of
from orgs.queries.dossier import documents_of, dossier_of, dossiers_of
from orgs.queries.duplicates import (
    account_prints,
    brought_together,
    current_accounts,
    keys_of,
    organizations_to_compare,
    pairs_of,
    waiting_to_be_compared,
)
from orgs.queries.facts import QualificationFacts, qualification_facts
from orgs.queries.file_lines import DocumentLine, Dossier
from orgs.queries.imports import (
    file_of_import,
    known_headings,
    lines_of_import,
    next_import,
    rejected_lines,
)
from orgs.queries.links import Linked, linked_organizations
from orgs.queries.merges import (
    counts,
    followers_in,
    hanging_on,
    merged_into,
    obstacles_to,
    open_merge_of,
    organizations_by_former_code,
    organizations_to_merge,
    survivor_of,
)
from orgs.queries.passport import (
    Asked,
    accounts_to_verify,
    asked_of,
    history_of_organization,
    waiting_for_directors,
    waiting_for_officers,
)
from orgs.queries.pictures import Pictures, pictures_on
from orgs.queries.ratings import rating_as_of, ratings_of, shown_rating
from orgs.queries.register import (
    COUNTED_TO,
    VIEWS,
    counts_on,
    found_by,
    inspection_is_open,
    rated_at_least_3a,
    rating_ends_soon,
)
from orgs.queries.standing import history, standing, standings

__all__ = [
    "COUNTED_TO",
    "VIEWS",
    "Asked",
    "DocumentLine",
    "Dossier",
    "Linked",
    "Pictures",
    "QualificationFacts",
    "account_prints",
    "accounts_to_verify",
    "asked_of",
    "brought_together",
    "counts",
    "counts_on",
    "credit_entries_of",
    "credit_entries_within",
    "current_accounts",
    "defences_due",
    "documents_of",
    "dossier_of",
    "dossiers_of",
    "file_of_import",
    "followers_in",
    "found_by",
    "hanging_on",
    "history",
    "history_of_organization",
    "inspection_is_open",
    "inspections_of",
    "keys_of",
    "known_headings",
    "lines_of_import",
    "linked_organizations",
    "listings_to_decide",
    "merged_into",
    "next_import",
    "obstacles_to",
    "open_merge_of",
    "organization_by_code",
    "organizations_by_former_code",
    "organizations_to_compare",
    "organizations_to_merge",
    "pairs_of",
    "pictures_on",
    "qualification_facts",
    "rated_at_least_3a",
    "rating_as_of",
    "rating_ends_soon",
    "ratings_of",
    "rejected_lines",
    "shown_rating",
    "standing",
    "standings",
    "survivor_of",
    "waiting_for_directors",
    "waiting_for_officers",
    "waiting_to_be_compared",
]
