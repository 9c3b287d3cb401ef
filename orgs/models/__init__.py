"""The records of organizations."""

from __future__ import annotations

from orgs.models.account_request import AccountRequest
from orgs.models.bank_account import BankAccount
from orgs.models.blacklist import BlacklistEntry
from orgs.models.circular import Circular
from orgs.models.claim import ClaimCode
from orgs.models.credit import CreditEntry
from orgs.models.document import OrganizationDocument
from orgs.models.duplicate import CompareKey, OrganizationToCompare, PossibleDuplicate
from orgs.models.import_run import ImportLine, ImportRun, KnownHeading
from orgs.models.inspection import Inspection
from orgs.models.invitation import Invitation
from orgs.models.link import OrganizationLink
from orgs.models.merge import OrganizationMerge
from orgs.models.name_change import NameChange
from orgs.models.organization import Organization
from orgs.models.past_project import PastProject
from orgs.models.profile_change import ProfileChange
from orgs.models.rating import Rating
from orgs.models.reference import District, ServiceField
from orgs.models.status_change import StatusChange

__all__ = [
    "AccountRequest",
    "BankAccount",
    "BlacklistEntry",
    "Circular",
    "ClaimCode",
    "CompareKey",
    "CreditEntry",
    "District",
    "ImportLine",
    "ImportRun",
    "Inspection",
    "Invitation",
    "KnownHeading",
    "NameChange",
    "Organization",
    "OrganizationDocument",
    "OrganizationLink",
    "OrganizationMerge",
    "OrganizationToCompare",
    "PastProject",
    "PossibleDuplicate",
    "ProfileChange",
    "Rating",
    "ServiceField",
    "StatusChange",
]
