"""What comes in from outside: lists of organizations and of projects of past years, field by field."""

from __future__ import annotations

from orgs.schemas.cells import as_past_day
from orgs.schemas.columns import ENTRIES, HEADINGS, ORGANIZATION_COLUMNS, Entry, blanks
from orgs.schemas.reading import ListRead, OnceEach, lines_of, open_list, reads_again, required_fields

__all__ = [
    "ENTRIES",
    "HEADINGS",
    "ORGANIZATION_COLUMNS",
    "Entry",
    "ListRead",
    "OnceEach",
    "as_past_day",
    "blanks",
    "lines_of",
    "open_list",
    "reads_again",
    "required_fields",
]
