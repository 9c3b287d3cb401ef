"""What people and jobs do: one function a deed, the only code that writes.

Importing the package imports every deed, so that each step of a workflow finds who carries it out.
"""

from __future__ import annotations

from grants.operations import (
    adjustments,
    application_form,
    applications,
    applying,
    awards,
    calendar,
    calls,
    contracts,
    corrections,
    delivery,
    expenses,
    ledger,
    lots,
    merging,
    money,
    objections,
    projects,
    public_notices,
    reference,
    years,
)

__all__ = [
    "adjustments",
    "application_form",
    "applications",
    "applying",
    "awards",
    "calendar",
    "calls",
    "contracts",
    "corrections",
    "delivery",
    "expenses",
    "ledger",
    "lots",
    "merging",
    "money",
    "objections",
    "projects",
    "public_notices",
    "reference",
    "years",
]
