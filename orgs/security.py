"""Who may do what with organizations: the staff's roles and the organizations' own, and one table."""

from __future__ import annotations

from kernel.actor import ReaderKind
from kernel.choices import Coded
from kernel.permissions import Grid, Lending, Role

ROLES = (
    Role("officer", "Programme officer", ReaderKind.STAFF),
    Role("director", "Director of the Centre", ReaderKind.STAFF),
    Role("finance", "Finance officer", ReaderKind.STAFF),
    Role("funder", "Funder", ReaderKind.STAFF),
    Role("auditor", "Auditor", ReaderKind.STAFF),
    Role("org_admin", "Administrator of an organization", ReaderKind.ORG),
    Role("org_lead", "Project lead of an organization", ReaderKind.ORG),
    Role("org_finance", "Finance officer of an organization", ReaderKind.ORG),
)

STAFF = ("officer", "director", "finance", "funder", "auditor")
OWN = ("org_admin", "org_lead", "org_finance")


class MemberRole(Coded):
    """What a person does for an organization; the codes are those of the roles."""

    ADMIN = "org_admin", "Administrator of an organization"
    LEAD = "org_lead", "Project lead of an organization"
    FINANCE = "org_finance", "Finance officer of an organization"


LENDINGS = (Lending("director", ("officer", "finance")),)
"""The director's deputy is a colleague of the Centre; never the funder, who approves after the director."""

GRID: Grid = {
    "MailTemplate": {"list": ("officer",), "edit": ("officer",)},
    "Holiday": {"list": STAFF, "change": ("officer",)},
    "Deputy": {
        "list": (*STAFF, "secadmin"),
        "show": STAFF,
        "name": ("director",),
        "end": ("director",),
    },
    "SavedView": {"list": STAFF, "show": STAFF, "save": STAFF},
    "Organization": {
        "list": STAFF,
        "show": (*STAFF, *OWN),
        "show_own": OWN,
        "create": ("officer",),
        "import": ("officer",),
        "change": ("officer",),
        "change_profile": ("officer", "org_admin"),
        "change_many": ("officer",),
        "notify": ("officer",),
    },
    "Circular": {"list": STAFF, "show": (*STAFF, *OWN)},
    "Rating": {
        "list": STAFF,
        "show": (*STAFF, *OWN),
        "record": ("officer", "org_admin"),
        "attach": ("officer", "org_admin"),
        "confirm": ("officer",),
        "discard": ("officer",),
        "downgrade": ("director",),
        "revoke": ("director",),
    },
    "BlacklistEntry": {
        "list": STAFF,
        "show": (*STAFF, *OWN),
        "propose": ("officer",),
        "notify": ("officer",),
        "defend": ("org_admin",),
        "enforce": ("director",),
        "drop": ("director",),
        "ask_repair": ("org_admin",),
        "repair": ("director",),
        "refuse_repair": ("director",),
        "appeal": ("org_admin",),
        "uphold_appeal": ("director",),
        "reject_appeal": ("director",),
    },
    "ProfileChange": {
        "list": STAFF,
        "show": (*STAFF, *OWN),
        "propose": ("org_admin",),
        "approve": ("officer",),
        "refuse": ("officer",),
        "withdraw": ("org_admin",),
    },
    "BankAccount": {
        "list": ("officer", "director", "finance", "auditor"),
        "show": ("officer", "director", "finance", "auditor"),
        "record": ("officer", "finance"),
        "verify": ("officer", "finance"),
    },
    "PossibleDuplicate": {
        "list": ("officer", "director", "auditor"),
        "show": ("officer", "director", "auditor"),
        "dismiss": ("officer",),
        "reopen": ("officer",),
    },
    "OrganizationMerge": {
        "list": ("officer", "director", "auditor"),
        "show": ("officer", "director", "auditor"),
        "propose": ("officer",),
        "approve": ("director",),
        "refuse": ("director",),
        "withdraw": ("officer",),
    },
    "OrganizationLink": {"list": STAFF, "record": ("officer",), "end": ("officer",)},
    "OrganizationDocument": {"record": ("officer", "org_admin"), "retire": ("officer", "org_admin")},
    "Inspection": {"record": ("officer",)},
    "CreditEntry": {"record": ("officer",), "close": ("officer",)},
    "ImportRun": {
        "list": ("officer", "director", "auditor"),
        "show": ("officer", "director", "auditor"),
        "bring": ("officer",),
        "remap": ("officer",),
        "take": ("officer",),
        "drop": ("officer",),
        "undo": ("officer",),
    },
    "Claim": {"list": ("officer", "director", "auditor"), "write_letters": ("officer",), "claim": ("public",)},
    "AccountRequest": {
        "list": ("officer", "director", "auditor"),
        "show": ("officer", "director", "auditor"),
        "ask": ("public",),
        "verify": ("officer",),
        "refuse": ("officer",),
    },
    "Member": {
        "list": ("officer", "auditor", "org_admin"),
        "invite": ("officer", "org_admin"),
        "resend": ("officer", "org_admin"),
        "withdraw": ("officer", "org_admin"),
        "give_roles": ("officer", "org_admin"),
        "remove": ("officer", "org_admin"),
    },
}
