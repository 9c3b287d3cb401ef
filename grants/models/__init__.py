"""Everything that grants keeps."""

from __future__ import annotations

from grants.models.adjustments import BudgetAdjustment
from grants.models.answers import FormAnswers
from grants.models.applications import (
    Application,
    ApplicationMilestone,
    ApplicationVersion,
    BudgetLine,
    EligibilityCheck,
    TeamMember,
)
from grants.models.applying import ApplicationPresence, CorrectionPoint
from grants.models.awards import Award, AwardList, NoticeEntry, Objection, PublicNotice
from grants.models.bundles import Bundle
from grants.models.call_questions import CallAnswer, CallQuestion
from grants.models.call_rules import CallRule
from grants.models.calls import Call, CallQuota, CatalogueItem, Category, Lot
from grants.models.delivery import Activity, Expense, Milestone, Report
from grants.models.forms import CallForm, FormVersion
from grants.models.likenesses import Likeness, TextPrint
from grants.models.projects import Contract, Instalment, Project
from grants.models.years import FiscalYear, Journal, LedgerAccount, Posting

__all__ = [
    "Activity",
    "Application",
    "ApplicationMilestone",
    "ApplicationPresence",
    "ApplicationVersion",
    "Award",
    "AwardList",
    "BudgetAdjustment",
    "BudgetLine",
    "Bundle",
    "Call",
    "CallAnswer",
    "CallForm",
    "CallQuestion",
    "CallQuota",
    "CallRule",
    "CatalogueItem",
    "Category",
    "Contract",
    "CorrectionPoint",
    "EligibilityCheck",
    "Expense",
    "FiscalYear",
    "FormAnswers",
    "FormVersion",
    "Instalment",
    "Journal",
    "LedgerAccount",
    "Likeness",
    "Lot",
    "Milestone",
    "NoticeEntry",
    "Objection",
    "Posting",
    "Project",
    "PublicNotice",
    "Report",
    "TeamMember",
    "TextPrint",
]
