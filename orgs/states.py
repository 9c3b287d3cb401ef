"""The coded words of organizations and the named sets of them."""

from __future__ import annotations

from kernel.choices import Coded, Tones, tones_of


class OrganizationType(Coded):
    """What kind of body it is; the first two characters of its credit code say the same (GB 32100-2015)."""

    ASSOCIATION = "association", "Association"
    SERVICE_INSTITUTION = "service_institution", "Social service institution"
    FOUNDATION = "foundation", "Foundation"
    OTHER_SOCIAL = "other_social", "Other social organization"
    ENTERPRISE = "enterprise", "Enterprise"
    PUBLIC_INSTITUTION = "public_institution", "Public institution"
    PEOPLES_GROUP = "peoples_group", "People's group"


class OrganizationStatus(Coded):
    """Whether the body lives, by its registrar."""

    ACTIVE = "active", "Registered", "ok", "check-circle-fill"
    LIQUIDATING = "liquidating", "In liquidation", "warn", "exclamation-triangle-fill"
    DEREGISTERED = "deregistered", "Deregistered", "idle", "archive"
    REVOKED = "revoked", "Registration revoked", "bad", "x-octagon-fill"


class RatingGrade(Coded):
    """The grade of a social organization's rating, best first; an organization without a grade has no rating."""

    FIVE_A = "5A", "5A", "ok", "patch-check-fill"
    FOUR_A = "4A", "4A", "ok", "patch-check-fill"
    THREE_A = "3A", "3A", "ok", "patch-check-fill"
    TWO_A = "2A", "2A", "info", "patch-check"
    ONE_A = "1A", "1A", "info", "patch-check"

    @property
    def rank(self) -> int:
        """The number of A's: the higher, the better."""
        return int(self.value[0])


class RatingRegime(Coded):
    """The rules that a rating was given under, by the day of its announcement."""

    ORDER_39 = "order_39", "Order No. 39 of the Ministry of Civil Affairs"
    MEASURES_2026 = "measures_2026", "Rating measures in force from 1 March 2026"


class RatingState(Coded):
    """Where a rating record stands."""

    PENDING = "pending", "To be verified", "warn", "person-exclamation"
    VALID = "valid", "In force", "ok", "check-circle-fill"
    EXPIRED = "expired", "Expired", "bad", "x-octagon-fill"
    DOWNGRADED = "downgraded", "Downgraded", "warn", "exclamation-triangle-fill"
    REVOKED = "revoked", "Cancelled by the rater", "bad", "x-octagon-fill"


class InspectionResult(Coded):
    """What the annual inspection of a year found."""

    PASSED = "passed", "Inspection passed", "ok", "check-circle-fill"
    BASICALLY_PASSED = "basically_passed", "Inspection basically passed", "warn", "exclamation-triangle-fill"
    FAILED = "failed", "Inspection failed", "bad", "x-octagon-fill"
    NOT_INSPECTED = "not_inspected", "Not inspected", "bad", "x-octagon-fill"
    UNDECIDED = "undecided", "No conclusion yet", "bud", "clock-history"


class CreditKind(Coded):
    """What stands against an organization on public record."""

    ABNORMAL_LIST = "abnormal_list", "List of abnormal activities", "warn", "exclamation-triangle-fill"
    SERIOUS_LIST = "serious_list", "List of serious violations", "bad", "x-octagon-fill"
    PENALTY = "penalty", "Administrative penalty", "bad", "exclamation-octagon-fill"


class BlacklistState(Coded):
    """Where an entry of the Centre's own blacklist stands."""

    PROPOSED = "proposed", "Listing proposed", "warn", "person-exclamation"
    DEFENCE = "defence", "Defence being heard", "bud", "clock-history"
    IN_FORCE = "in_force", "Listed", "bad", "x-octagon-fill"
    EXPIRED = "expired", "Listing expired", "idle", "archive"
    REPAIRED = "repaired", "Removed after repair", "ok", "check-circle-fill"
    DROPPED = "dropped", "Not listed", "idle", "dash-circle"


class Activity(Coded):
    """What an organization may do, or may not, as of a day."""

    APPLY = "apply", "Apply for calls"
    SIGN = "sign", "Sign a contract"
    BE_PAID = "be_paid", "Be paid"
    BE_ASSIGNED = "be_assigned", "Take on assignments"
    PASS_FIRST_CAP = "pass_first_cap", "Ask for more than a first contract may cost"
    BREAK_TIES = "break_ties", "Come first in a tie by its rating"


class Verdict(Coded):
    """What the rules say of an activity, the strictest last."""

    YES = "yes", "Allowed", "ok", "check-circle-fill"
    CHECK = "check", "To be looked at", "warn", "exclamation-triangle-fill"
    NO = "no", "Not allowed", "bad", "x-octagon-fill"

    @property
    def strictness(self) -> int:
        """The higher, the stricter."""
        return list(Verdict).index(self)


class StandingRule(Coded):
    """What standing asks, in order."""

    CODE = "code", "Unified social credit code"
    STATUS = "status", "Registration status"
    TYPE = "type", "Kind of organization"
    INSPECTION = "inspection", "Annual inspections"
    ABNORMAL = "abnormal", "List of abnormal activities"
    SERIOUS = "serious", "List of serious violations"
    PENALTY = "penalty", "Major penalties"
    BLACKLIST = "blacklist", "The Centre's blacklist"
    FIRST_TIME = "first_time", "First contract"
    RATING = "rating", "Rating"


class Grade(Coded):
    """The grade of a project's result, best first (优 良 中 差).

    It is given in `evaluation`, sets the last payment in `grants`, and stays on the organization's record.
    """

    EXCELLENT = "excellent", "Excellent", "ok", "star-fill"
    GOOD = "good", "Good", "ok", "star-half"
    FAIR = "fair", "Fair", "warn", "exclamation-triangle-fill"
    POOR = "poor", "Poor", "bad", "x-octagon-fill"


class TaxpayerKind(Coded):
    """How an organization pays value-added tax, and so which invoices it can give."""

    SMALL_SCALE = "small_scale", "Small-scale taxpayer"
    GENERAL = "general", "General taxpayer"


class DocumentKind(Coded):
    """A paper that somebody else gave an organization, and that may end on a day."""

    REGISTRATION = "registration", "Registration certificate"
    ARTICLES = "articles", "Articles of association"
    OPENING_PERMIT = "opening_permit", "Bank account opening permit"
    TAX_EXEMPTION = "tax_exemption", "Tax exemption of a non-profit body"
    DONATION_DEDUCTION = "donation_deduction", "Qualification for deductible donations"
    CHARITY = "charity", "Charity status"
    LICENCE = "licence", "Licence of a trade"
    LEASE = "lease", "Lease or proof of premises"
    OTHER = "other", "Another document"


SEVERAL_AT_A_TIME = frozenset({DocumentKind.LICENCE, DocumentKind.OTHER})


class ProfileField(Coded):
    """What an organization changes in its profile only with the Centre's approval."""

    NAME = "name", "Name of the organization"
    LEGAL_REPRESENTATIVE = "legal_representative", "Legal representative"
    BANK_ACCOUNT = "bank_account", "Bank account"


class ChangeState(Coded):
    """Where a change of a profile that waits for approval stands."""

    PROPOSED = "proposed", "Waits for approval", "warn", "person-exclamation"
    APPROVED = "approved", "Approved and entered", "ok", "check-circle-fill"
    REFUSED = "refused", "Change refused", "bad", "x-octagon-fill"
    WITHDRAWN = "withdrawn", "Change withdrawn", "idle", "dash-circle"


class AccessReason(Coded):
    """Why somebody asks for an organization's account with papers instead of a letter's code."""

    FIRST = "first", "Nobody of us has an account yet, and we have no letter with a code"
    LOST = "lost", "We have an account, but nobody of us can get in any more"


class AccountRequestState(Coded):
    """Where a request for an organization's account stands."""

    RECEIVED = "received", "Waits to be looked at", "warn", "person-exclamation"
    VERIFIED = "verified", "Verified, link sent", "ok", "check-circle-fill"
    REFUSED = "refused", "Request refused", "bad", "x-octagon-fill"
    LAPSED = "lapsed", "Ended undecided", "idle", "hourglass-bottom"


class EarlierPeople(Coded):
    """What becomes of those who administered an organization's account before."""

    KEEP = "keep", "They keep their accounts"
    CLOSE = "close", "Their accounts are closed"


class RequestPaper(Coded):
    """A paper by which a request for an account is verified."""

    REGISTRATION = "registration", "Registration certificate"
    AUTHORIZATION = "authorization", "Letter of authorization"


class ImportKind(Coded):
    """What a list that is brought in states."""

    ORGANIZATIONS = "organizations", "Organizations"
    PAST_PROJECTS = "past_projects", "Projects of past years"
    RATINGS = "ratings", "Ratings of a published list"


class ImportState(Coded):
    """Where the import of a list stands."""

    UPLOADED = "uploaded", "Columns to be matched", "warn", "person-exclamation"
    CHECKING = "checking", "Being checked", "bud", "clock-history"
    READY = "ready", "Checked", "info", "clipboard-check"
    TAKING = "taking", "Being taken in", "bud", "clock-history"
    TAKEN = "taken", "Taken in", "ok", "check-circle-fill"
    UNDONE = "undone", "Import undone", "idle", "archive"
    DROPPED = "dropped", "Import given up", "idle", "dash-circle"


class LineOutcome(Coded):
    """What a line of a list would do to the register."""

    NEW = "new", "New", "ok", "plus-lg"
    CHANGED = "changed", "Changed", "info", "pencil"
    SAME = "same", "As before", "idle", "check-lg"
    CLASH = "clash", "Clashing", "warn", "exclamation-triangle-fill"
    BAD = "bad", "With mistakes", "bad", "x-octagon-fill"


class DuplicateState(Coded):
    """What people made of two organizations that may be one."""

    OPEN = "open", "To be decided", "warn", "person-exclamation"
    DISMISSED = "dismissed", "Not the same", "idle", "dash-circle"


class DuplicateStrength(Coded):
    """How much speaks for two organizations being one."""

    STRONG = "strong", "Almost certain", "bad", "exclamation-octagon-fill"
    LIKELY = "likely", "Likely", "warn", "exclamation-triangle-fill"
    WEAK = "weak", "Possible", "info", "info-circle-fill"


class Evidence(Coded):
    """What speaks for two organizations being one, or for a link between them."""

    CODE_PART = "code_part", "The same organization number within the credit code"
    SAME_NAME = "same_name", "The same name apart from the place"
    ACCOUNT = "account", "The same bank account"
    SAME_SOUND = "same_sound", "Names that sound the same"
    CLOSE_NAME = "close_name", "Names that differ in one character"
    SIMILAR_NAME = "similar_name", "Similar names"
    CODE_NEAR = "code_near", "Organization numbers that differ in one character"
    PHONE = "phone", "The same phone"
    ADDRESS = "address", "The same address"
    REPRESENTATIVE = "representative", "The same legal representative"


class MergeState(Coded):
    """Where the merge of two files of one organization stands."""

    PROPOSED = "proposed", "Merge to be approved", "warn", "person-exclamation"
    MERGED = "merged", "Merged", "ok", "check-circle-fill"
    REFUSED = "refused", "Merge refused", "bad", "x-octagon-fill"
    WITHDRAWN = "withdrawn", "Merge withdrawn", "idle", "dash-circle"


class LinkKind(Coded):
    """What links two organizations, seen from the first to the second."""

    PARENT = "parent", "Parent and branch"
    FOUNDER = "founder", "Founder and founded"
    PERSON = "person", "The same person in charge"
    OFFICE = "office", "Shared office or staff"
    OTHER = "other_link", "Another link"


SOCIAL_ORGANIZATIONS = frozenset(
    {
        OrganizationType.ASSOCIATION,
        OrganizationType.SERVICE_INSTITUTION,
        OrganizationType.FOUNDATION,
        OrganizationType.OTHER_SOCIAL,
    }
)
GONE = frozenset({OrganizationStatus.DEREGISTERED, OrganizationStatus.REVOKED})
# Expiry and downgrading do not undo the past: as of an earlier day such a rating still counted.
ONCE_IN_FORCE = frozenset({RatingState.VALID, RatingState.EXPIRED, RatingState.DOWNGRADED, RatingState.REVOKED})
BLACKLIST_ENDED = frozenset({BlacklistState.EXPIRED, BlacklistState.REPAIRED, BlacklistState.DROPPED})

TONES: Tones = tones_of(
    OrganizationStatus,
    RatingGrade,
    RatingState,
    InspectionResult,
    CreditKind,
    BlacklistState,
    ChangeState,
    AccountRequestState,
    Verdict,
    Grade,
    ImportState,
    LineOutcome,
    DuplicateState,
    DuplicateStrength,
    MergeState,
)
