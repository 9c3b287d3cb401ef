"""The records of organizations."""

from __future__ import annotations

from orgs.models.credit import CreditEntry
from orgs.models.inspection import Inspection
from orgs.models.organization import Organization
from orgs.models.rating import Rating
from orgs.models.reference import District, ServiceField

__all__ = ["CreditEntry", "District", "Inspection", "Organization", "Rating", "ServiceField"]
