"""Five years of annual inspections, the last of them partly without a conclusion, and a few entries of record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

from kernel.demo import weighted
from orgs.demo import words
from orgs.states import SOCIAL_ORGANIZATIONS, CreditKind, InspectionResult

RESULTS = (
    (InspectionResult.PASSED, 88),
    (InspectionResult.BASICALLY_PASSED, 7),
    (InspectionResult.FAILED, 2),
    (InspectionResult.NOT_INSPECTED, 3),
)
YEARS = 5  # calls of past years ask for the three years before them
CONCLUDED = (6, 30)
STILL_OPEN = 0.35
LISTED = 0.025


def inspection_rows(dice: Random, organization: dict[str, Any], as_of: date, *, is_first: bool) -> list[dict[str, Any]]:
    """Give the inspections of the last years; that of a year is concluded in the middle of the next."""
    if organization["type"] not in SOCIAL_ORGANIZATIONS:
        return []
    rows = []
    for year in range(as_of.year - YEARS, as_of.year):
        if year < organization["founded_on"].year:
            continue
        result = InspectionResult.PASSED if is_first else weighted(dice, RESULTS)
        concluded = date(year + 1, *CONCLUDED) + timedelta(days=dice.randint(-30, 60))
        is_open = concluded > as_of or (year == as_of.year - 1 and not is_first and dice.random() < STILL_OPEN)
        rows.append(
            {
                "organization_id": organization["id"],
                "year": year,
                "result": InspectionResult.UNDECIDED if is_open else result,
                "concluded_on": None if is_open else concluded,
            }
        )
    return rows


def newest_inspection(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Give what the register shows of the inspections."""
    newest = rows[-1] if rows else None
    return {
        "inspection_year": newest["year"] if newest else None,
        "inspection_result": newest["result"] if newest else None,
    }


def credit_rows(dice: Random, organizations: Sequence[dict[str, Any]], as_of: date) -> list[dict[str, Any]]:
    """Give what stands against a few made-up organizations, some of it removed since."""
    rows = []
    for place, organization in enumerate(organizations):
        if place < 2 or dice.random() > max(LISTED, 3 / len(organizations)):  # noqa: PLR2004
            continue
        kind = dice.choices(list(CreditKind), (6, 1, 3))[0]
        listed = as_of - timedelta(days=dice.randint(40, 1200))
        removed = listed + timedelta(days=dice.randint(60, 400))
        rows.append(
            {
                "organization_id": organization["id"],
                "kind": kind,
                "listed_on": listed,
                "removed_on": removed if removed < as_of and kind is not CreditKind.SERIOUS_LIST else None,
                "source": words.SOURCE,
                "reason": dice.choice(words.CREDIT_REASONS[kind.value]),
            }
        )
    return rows
