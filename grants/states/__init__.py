"""The states and coded words of calls, applications, awards, projects and money, and the named sets of them."""

from __future__ import annotations

from grants.states.desk import BundleState as BundleState
from grants.states.forms import (
    ColumnKind as ColumnKind,
    PassportFact as PassportFact,
    QuestionKind as QuestionKind,
    TargetKind as TargetKind,
)
from grants.states.money import (
    ADJUSTMENT_OPEN as ADJUSTMENT_OPEN,
    ADJUSTMENT_WITH_DOCUMENT as ADJUSTMENT_WITH_DOCUMENT,
    Account as Account,
    AdjustmentKind as AdjustmentKind,
    AdjustmentState as AdjustmentState,
    Aside as Aside,
    LedgerDeed as LedgerDeed,
)
from kernel.choices import Coded, Tones, tones_of
from orgs.states import Grade as Grade


class FiscalYearState(Coded):
    """Where the budget of a year stands."""

    DRAFT = "draft", "Draft", "idle", "pencil"
    PROPOSED = "proposed", "Waiting for the funder", "bud", "clock-history"
    APPROVED = "approved", "Budget approved", "ok", "check-circle-fill"
    CLOSED = "closed", "Year closed", "idle", "archive"


class CallNature(Coded):
    """The legal nature of a call, which switches rules on."""

    PROCUREMENT = "procurement", "Government procurement", "info", "clipboard-check"
    GRANT = "grant", "Grant", "leaf", "cash-stack"
    ENTRUSTED = "entrusted", "Direct agreement", "idle", "file-earmark-text"


class CallState(Coded):
    """Where a call stands."""

    DRAFT = "draft", "Draft", "idle", "pencil"
    PROPOSED = "proposed", "Waiting for approval", "bud", "clock-history"
    PUBLISHED = "published", "Published", "info", "megaphone"
    OPEN = "open", "Open for applications", "leaf", "play-circle-fill"
    CLOSED = "closed", "Closed for applications", "info", "lock"
    REVIEWING = "reviewing", "Under review", "info", "people"
    NOTICED = "noticed", "On public notice", "leaf", "broadcast"
    AWARDED = "awarded", "Awards made", "ok", "check-circle-fill"
    FINISHED = "finished", "Call finished", "idle", "archive"
    WITHDRAWN = "withdrawn", "Withdrawn", "idle", "dash-circle"


class ApplicationState(Coded):
    """Where an application stands."""

    DRAFT = "draft", "Draft", "idle", "pencil"
    SUBMITTED = "submitted", "Submitted", "info", "send-check"
    RETURNED = "returned", "In correction", "bud", "arrow-return-left"
    QUALIFIED = "qualified", "Qualified", "ok", "check-circle-fill"
    UNQUALIFIED = "unqualified", "Not qualified", "bad", "x-octagon-fill"
    REVIEWING = "reviewing", "Under review", "info", "people"
    RECOMMENDED = "recommended", "Recommended for award", "ok", "check-circle-fill"
    WAITLISTED = "waitlisted", "On the waiting list", "warn", "hourglass-split"
    DECLINED = "declined", "Not awarded", "idle", "dash-circle"
    NOTICED = "noticed", "On public notice", "leaf", "broadcast"
    OBJECTED = "objected", "Objection being answered", "bad", "exclamation-octagon-fill"
    AWARDED = "awarded", "Awarded", "ok", "check-circle-fill"
    WITHDRAWN = "withdrawn", "Withdrawn", "idle", "dash-circle"


class CheckOutcome(Coded):
    """What one rule of the qualification check came to."""

    PASSED = "passed", "Passed", "ok", "check-circle-fill"
    FAILED = "failed", "Not passed", "bad", "x-octagon-fill"
    MANUAL = "manual", "Waits for a person", "warn", "person-exclamation"


class LikenessRelation(Coded):
    """Whose text it is that an application reads like."""

    OWN = "own", "The same organization", "info", "link-45deg"
    LINKED = "linked", "A linked organization", "warn", "link-45deg"
    OTHER = "other", "Another organization", "warn", "people"


class LikenessDecision(Coded):
    """What an officer made of two texts that are alike."""

    HARMLESS = "harmless", "Harmless", "ok", "check-circle-fill"
    DOUBLE = "double", "Double funding or copied", "bad", "x-octagon-fill"


class AwardDecision(Coded):
    """What an award list proposes for one application."""

    AWARD = "award", "Award", "ok", "check-circle-fill"
    WAIT = "wait", "Waiting list", "warn", "hourglass-split"
    DECLINE = "decline", "Decline", "idle", "dash-circle"


class AwardListState(Coded):
    """Where an award list stands: the Centre's director approves it, then the funder confirms it."""

    DRAFT = "draft", "Draft", "idle", "pencil"
    PROPOSED = "proposed", "Waiting for the director", "bud", "clock-history"
    APPROVED = "approved", "Approved by the director", "info", "check-circle"
    CONFIRMED = "confirmed", "Confirmed by the funder", "ok", "check-circle-fill"
    RETURNED = "returned", "Sent back", "bad", "x-octagon-fill"


class ObjectionState(Coded):
    """Where an objection to a public notice stands."""

    RECEIVED = "received", "Objection received", "bud", "clock-history"
    ANSWERING = "answering", "Being looked into", "bud", "clock-history"
    UPHELD = "upheld", "Upheld", "warn", "exclamation-triangle-fill"
    REJECTED = "rejected", "Not upheld", "idle", "dash-circle"


class ContractState(Coded):
    """Where a contract stands: the Centre offers it, the organization confirms it, both sign."""

    DRAFT = "draft", "Draft", "idle", "pencil"
    OFFERED = "offered", "Waiting for the organization", "bud", "clock-history"
    CONFIRMED = "confirmed", "Confirmed by the organization", "info", "send-check"
    SIGNED = "signed", "Signed", "ok", "check-circle-fill"
    CANCELLED = "cancelled", "Contract cancelled", "idle", "dash-circle"


class ProjectState(Coded):
    """Where a project stands."""

    SIGNING = "signing", "Contract to be signed", "bud", "clock-history"
    READY = "ready", "Ready to start", "info", "unlock"
    RUNNING = "running", "Running", "leaf", "play-circle-fill"
    CHANGING = "changing", "Change being decided", "bud", "clock-history"
    MIDTERM = "midterm", "Mid-term evaluation under way", "info", "clipboard-check"
    RECTIFYING = "rectifying", "In rectification", "warn", "exclamation-triangle-fill"
    CLOSING = "closing", "Closing report due", "bud", "clock-history"
    FINAL = "final", "Final evaluation under way", "info", "clipboard-check"
    AUDIT = "audit", "Under audit", "info", "calculator"
    CLOSED = "closed", "Closed", "ok", "check-circle-fill"
    SUSPENDED = "suspended", "Suspended", "warn", "exclamation-triangle-fill"
    TERMINATED = "terminated", "Terminated", "bad", "x-octagon-fill"
    SETTLING = "settling", "Being settled", "bud", "clock-history"
    ARCHIVED = "archived", "Archived", "idle", "archive"


class InstalmentKind(Coded):
    """Which part of an award an instalment is; each has its own gate."""

    FIRST = "first", "First instalment"
    MIDDLE = "middle", "Middle instalment"
    FINAL = "final", "Final instalment"


class InstalmentState(Coded):
    """Where an instalment stands; four different people move it from due to paid."""

    LOCKED = "locked", "Conditions not met", "idle", "lock"
    DUE = "due", "May be requested", "info", "unlock"
    REQUESTED = "requested", "Requested", "info", "send-check"
    CHECKED = "checked", "Checked by the officer", "bud", "clock-history"
    REVIEWED = "reviewed", "Reviewed by finance", "bud", "clock-history"
    APPROVED = "approved", "Approved for payment", "bud", "clock-history"
    PAID = "paid", "Paid", "ok", "check-circle-fill"
    RETURNED = "returned", "Sent back", "bad", "x-octagon-fill"
    HELD = "held", "On hold", "warn", "exclamation-triangle-fill"
    CANCELLED = "cancelled", "Cancelled", "idle", "dash-circle"


class MilestoneState(Coded):
    """Where a milestone of the plan stands."""

    PLANNED = "planned", "Planned", "idle", "circle"
    REACHED = "reached", "Reached", "ok", "check-circle-fill"
    MISSED = "missed", "Missed", "bad", "x-octagon-fill"


class ActivityState(Coded):
    """Where the record of an activity stands."""

    DRAFT = "draft", "Draft", "idle", "pencil"
    RECORDED = "recorded", "Recorded", "info", "send-check"
    ACCEPTED = "accepted", "Accepted", "ok", "check-circle-fill"
    RETURNED = "returned", "Sent back", "bad", "x-octagon-fill"


class ReportKind(Coded):
    """Which report on a project it is."""

    PROGRESS = "progress", "Progress report"
    MIDTERM = "midterm", "Mid-term report"
    FINAL = "final", "Final report"


class ReportState(Coded):
    """Where a report stands."""

    DRAFT = "draft", "Draft", "idle", "pencil"
    SUBMITTED = "submitted", "Submitted", "info", "send-check"
    ACCEPTED = "accepted", "Accepted", "ok", "check-circle-fill"
    RETURNED = "returned", "Sent back", "bad", "x-octagon-fill"


class ExpenseState(Coded):
    """Where an expense stands; only accepted expenses are approved spending."""

    DRAFT = "draft", "Draft", "idle", "pencil"
    SUBMITTED = "submitted", "Submitted", "info", "send-check"
    ACCEPTED = "accepted", "Accepted", "ok", "check-circle-fill"
    REJECTED = "rejected", "Not accepted", "bad", "x-octagon-fill"


class InvoiceKind(Coded):
    """Which kind of proof stands behind an expense; each has its own key."""

    PAPER_INVOICE = "paper_invoice", "Invoice with code and number"
    DIGITAL_INVOICE = "digital_invoice", "Fully digital invoice"
    FISCAL_RECEIPT = "fiscal_receipt", "Fiscal receipt"


class MoneySource(Coded):
    """Where the money of a budget line comes from."""

    FISCAL = "fiscal", "Fiscal funds"
    OWN = "own", "Own funds"
    DONATED = "donated", "Donated funds"


class BudgetHead(Coded):
    """What a budget line is for."""

    PERSONNEL = "personnel", "Personnel"
    EXPERTS = "experts", "Experts and lecturers"
    ACTIVITIES = "activities", "Activities"
    MATERIALS = "materials", "Materials"
    VENUE = "venue", "Venue"
    TRAVEL = "travel", "Travel"
    PUBLICITY = "publicity", "Publicity and printing"
    INSURANCE = "insurance", "Insurance"
    SUPERVISION = "supervision", "Supervision"
    MANAGEMENT = "management", "Management fee"
    TAXES = "taxes", "Taxes"


class Section(Coded):
    """The parts of the application form, in the order in which they are filled in."""

    SELF_CHECK = "self_check", "Conditions for applying"
    ORGANIZATION = "organization", "About the organization"
    BASICS = "basics", "Basics"
    NEED = "need", "Need analysis"
    GOALS = "goals", "Goals and beneficiaries"
    PLAN = "plan", "Plan and milestones"
    TARGETS = "targets", "Targets"
    TEAM = "team", "Project team"
    BUDGET = "budget", "Budget"
    RISK = "risk", "Risks and emergencies"
    ATTACHMENTS = "attachments", "Attachments"
    DECLARATION = "declaration", "Declaration and submission"


class AttachmentKind(Coded):
    """What an attachment of an application shows; a call names those that it requires."""

    REGISTRATION = "registration", "Registration certificate"
    AUDIT_REPORT = "audit_report", "Audit report of last year"
    QUALIFICATIONS = "qualifications", "Qualifications of the team"
    STAFF_CHECK = "staff_check", "Yearly record check of staff who work with minors"
    MATCHING_PROOF = "matching_proof", "Proof of own or donated funds"
    VENUE = "venue", "Letter of intent for the venue"
    OTHER = "other", "Other material"


class EligibilityRule(Coded):
    """What the qualification check can ask, in order; `grants.rules.eligibility` says how."""

    CODE = "code", "Unified social credit code"
    STATUS = "status", "Registration status"
    TYPE = "type", "Kind of organization"
    RATING = "rating", "Rating"
    INSPECTION = "inspection", "Annual inspections"
    ABNORMAL = "abnormal", "List of abnormal activities"
    SERIOUS = "serious", "List of serious violations"
    PENALTY = "penalty", "Major penalties"
    BLACKLIST = "blacklist", "The Centre's blacklist"
    FIRST_TIME = "first_time", "First contract"
    FOUNDED = "founded", "Time since the founding"
    DISTRICT = "district", "District of the organization"
    FIELD = "field", "Field of service"
    EXPERIENCE = "experience", "Projects carried out before"
    GRADE = "grade", "Grades of earlier projects"
    RUNNING = "running", "Projects running at the same time"
    ACCOUNT = "account", "Verified bank account"
    DOCUMENTS = "documents", "Documents in force"
    SAME_ORGANIZATION = "same_organization", "Double funding: this organization"
    LINKED_ORGANIZATIONS = "linked_organizations", "Double funding: linked organizations"
    OTHER_ORGANIZATIONS = "other_organizations", "Double funding: other organizations"
    PERIOD = "period", "Project period"
    ARITHMETIC = "arithmetic", "Budget arithmetic"
    CAPS = "caps", "Caps of the call"
    HEADS = "heads", "Caps of budget heads"
    COFUNDING = "cofunding", "Fiscal share"


# Calls
CALL_WITHDRAWABLE = frozenset(
    {CallState.DRAFT, CallState.PROPOSED, CallState.PUBLISHED, CallState.OPEN, CallState.CLOSED}
)
CALL_PUBLIC = frozenset(set(CallState) - {CallState.DRAFT, CallState.PROPOSED})
CALL_ENDED = frozenset({CallState.FINISHED, CallState.WITHDRAWN})

CALL_HOLDING = frozenset(CALL_PUBLIC - CALL_ENDED)
"""Calls whose quotas hold money of the year."""

# Applications
APPLICATION_EDITABLE = frozenset({ApplicationState.DRAFT, ApplicationState.RETURNED})
APPLICATION_WITHDRAWABLE = frozenset(
    {
        ApplicationState.DRAFT,
        ApplicationState.SUBMITTED,
        ApplicationState.RETURNED,
        ApplicationState.QUALIFIED,
    }
)
APPLICATION_ENDED = frozenset(
    {
        ApplicationState.UNQUALIFIED,
        ApplicationState.DECLINED,
        ApplicationState.AWARDED,
        ApplicationState.WITHDRAWN,
    }
)
# What counts when double funding is looked for: sent in, and neither withdrawn nor turned down.
APPLICATION_LIVE = frozenset(set(ApplicationState) - APPLICATION_ENDED - {ApplicationState.DRAFT}) | {
    ApplicationState.AWARDED
}

# Projects
PROJECT_IN_DELIVERY = frozenset(
    {ProjectState.RUNNING, ProjectState.CHANGING, ProjectState.MIDTERM, ProjectState.RECTIFYING}
)
PROJECT_ENDED = frozenset({ProjectState.CLOSED, ProjectState.ARCHIVED})
PROJECT_LIVE = frozenset(set(ProjectState) - PROJECT_ENDED)

# Money
INSTALMENT_IN_APPROVAL = frozenset(
    {
        InstalmentState.REQUESTED,
        InstalmentState.CHECKED,
        InstalmentState.REVIEWED,
        InstalmentState.APPROVED,
    }
)
INSTALMENT_REQUESTABLE = frozenset({InstalmentState.DUE, InstalmentState.RETURNED})
INSTALMENT_ENDED = frozenset({InstalmentState.PAID, InstalmentState.CANCELLED})
OBJECTION_OPEN = frozenset({ObjectionState.RECEIVED, ObjectionState.ANSWERING})

TONES: Tones = tones_of(
    FiscalYearState,
    AdjustmentState,
    CallNature,
    CallState,
    ApplicationState,
    BundleState,
    CheckOutcome,
    LikenessRelation,
    LikenessDecision,
    AwardListState,
    ObjectionState,
    ContractState,
    ProjectState,
    InstalmentState,
    MilestoneState,
    ActivityState,
    ReportState,
    ExpenseState,
)
