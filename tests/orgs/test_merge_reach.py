"""Nothing that names an organization is forgotten by a merge: asked of the tables themselves."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import ExcludeConstraint

from kernel.db import METADATA
from kernel.files import StoredFile
from kernel.people import Account
from kernel.scope import all_records
from orgs.queries import followers_in
from orgs.queries.merges import COUNTED, follows_its_organization
from tests.house.verdict import none_of

STAYS = {
    "audit_event.organization_id": "the trail is never rewritten; a file shows the trail of what was merged into it",
    "application_version.organization_id": "what was handed in is frozen",
    "compare_key.organization_id": "goes with the file and is found anew",
    "organization_to_compare.organization_id": "goes with the file and is found anew",
    "status_change.organization_id": "says what the other registration was; kept with the merge",
    "possible_duplicate.first_id": "decided pairs are led on one by one, others found anew",
    "possible_duplicate.second_id": "decided pairs are led on one by one, others found anew",
    "organization_link.first_id": "led on one by one",
    "organization_link.second_id": "led on one by one",
    "organization_merge.survivor_id": "earlier merges are led on",
}
"""Columns that name an organization and do not move with it as rows do, and why."""

POINTERS = {
    "stored_file.owner_kind": "led on",
    "issued_paper.owner_kind": "led on",
    "sight.kind": "led on",
    "audit_event.subject_kind": "the trail is never rewritten",
    "journal.subject_kind": "the books name applications, projects and calls, never an organization",
    "message.subject_kind": "tells what was told; its link is an old address, which leads on",
}
"""Columns by whose word another column names a record of any kind, and what a merge does about those of organizations."""

SETTLED = {
    "uq_bank_account_current": "a clash: one stays current",
    "uq_blacklist_entry_open": "an obstacle",
    "uq_claim_code_in_force": "letters of the file that goes are withdrawn",
    "uq_credit_entry_listing": "a clash: one is kept",
    "uq_inspection_organization_id_year": "a clash: one is kept",
    "uq_organization_document_current": "a clash: one stays current",
    "uq_past_project_organization_id_year_name": "a clash: one is kept",
    "uq_profile_change_open": "an obstacle",
    "uq_rating_announcement": "a clash: one is kept",
    "ex_rating_one_counts_at_a_time": "a clash: one is kept",
}
"""What the database lets an organization have once, and how a merge of two that have it is decided."""


def columns_that_name_an_organization() -> dict[str, Any]:
    found = {}
    for table in METADATA.tables.values():
        for column in table.columns:
            points = any(key.column.table.name == "organization" for key in column.foreign_keys)
            if points or column.name == "organization_id":
                found[f"{table.name}.{column.name}"] = table
    return found


def moved_tables() -> set[str]:
    packages = ("orgs.models", "grants.models", "evaluation.models")
    models = [*(model for package in packages for model in followers_in(package)), StoredFile, Account]
    return {model.__tablename__ for model in models}


def test_every_column_that_names_an_organization_moves_or_stays_for_a_reason(app: object) -> None:
    named = columns_that_name_an_organization()
    moved = moved_tables()

    none_of(
        [
            f"{name}: neither moved nor said to stay"
            for name in named
            if name not in STAYS and not (name.endswith(".organization_id") and name.split(".")[0] in moved)
        ]
    )
    none_of([f"{name}: no such column" for name in sorted(STAYS.keys() - named.keys())])
    none_of([f"{name}: said to stay and moved" for name in STAYS if name.split(".")[0] in moved])


def test_every_column_that_names_a_kind_of_record_is_thought_of(app: object) -> None:
    found = {
        f"{table.name}.{column.name}"
        for table in METADATA.tables.values()
        for column in table.columns
        if column.name in {"owner_kind", "subject_kind", "record_kind"}
        or (column.name == "kind" and "record_id" in table.columns)
    }

    assert found == POINTERS.keys()


def test_what_an_organization_has_once_is_decided_before_two_are_merged(app: object) -> None:
    once = {
        str(rule.name)
        for name, table in columns_that_name_an_organization().items()
        if name.split(".")[0] in moved_tables()
        for rule in (*table.indexes, *table.constraints)
        if (isinstance(rule, Index) and rule.unique) or isinstance(rule, UniqueConstraint | ExcludeConstraint)
        if "organization_id" in {column.name for column in rule.columns}
    }

    assert once == SETTLED.keys()


def test_a_table_of_a_module_moves_by_itself_and_a_counted_one_moves(app: object) -> None:
    mine = [model for model in all_records() if follows_its_organization(model)]

    assert {model.__tablename__ for model in mine} == moved_tables() | {
        model.__tablename__ for model in mine if model.__module__.startswith("kernel.")
    }
    assert {model.__tablename__ for model in mine if model.__module__.startswith("kernel.")} == {
        "account",
        "stored_file",
    }
    assert {model.__tablename__ for model in COUNTED} <= moved_tables()
