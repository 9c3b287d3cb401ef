"""Who may do what with calls, applications, awards, projects and money: one table.

What reviewers and evaluators may read of projects stands in the table of `evaluation`, which brings their roles.

Source: domain rules on segregation of duties; who requests a payment cannot approve it, who scores cannot pay.
"""

from __future__ import annotations

from kernel.permissions import Grid

OFFICER = ("officer",)
DIRECTOR = ("director",)
FINANCE = ("finance",)
FUNDER = ("funder",)
STAFF = ("officer", "director", "finance", "funder", "auditor")
ORGANIZATION = ("org_admin", "org_lead", "org_finance")
EVERYBODY = ("public", *STAFF, *ORGANIZATION)

KEPT_APART = {"finance": ("Instalment", "BudgetAdjustment", "Contract")}
"""Who reviews and pays, or proposes an adjustment, approves none of it as the director's deputy."""

GRID: Grid = {
    "FiscalYear": {
        "list": STAFF,
        "show": STAFF,
        "create": FINANCE,
        "propose": FINANCE,
        "approve": FUNDER,
        "return_budget": FUNDER,
        "set_aside": FINANCE,
        "pay_fee": FINANCE,
        "close": FUNDER,
    },
    "BudgetAdjustment": {
        "list": STAFF,
        "show": STAFF,
        "propose": FINANCE,
        "agree": DIRECTOR,
        "return_adjustment": DIRECTOR,
        "approve": FUNDER,
        "refuse": FUNDER,
        "drop": FINANCE,
    },
    "Journal": {"list": STAFF},
    "Posting": {"list": STAFF},
    "IssuedPaper": {"list": STAFF, "show": STAFF, "withdraw": DIRECTOR},
    "Call": {
        "list": EVERYBODY,
        "show": EVERYBODY,
        "create": OFFICER,
        "change": OFFICER,
        "propose": OFFICER,
        "approve": DIRECTOR,
        "return_call": DIRECTOR,
        "open": OFFICER,
        "close": OFFICER,
        "start_review": OFFICER,
        "extend": OFFICER,
        "withdraw": DIRECTOR,
        "finish": OFFICER,
    },
    "CallQuestion": {
        "list": (*STAFF, *ORGANIZATION),
        "show": (*STAFF, *ORGANIZATION),
        "ask": ("org_admin", "org_lead"),
        "answer": OFFICER,
    },
    "CallForm": {
        "show": STAFF,
        "change": OFFICER,
        "propose": OFFICER,
        "publish": DIRECTOR,
        "return_change": DIRECTOR,
    },
    "Application": {
        "list": (*STAFF, *ORGANIZATION),
        "show": (*STAFF, *ORGANIZATION),
        "create": ("org_admin", "org_lead"),
        "edit": ("org_admin", "org_lead", "org_finance"),
        "submit": ("org_admin",),
        "withdraw": ("org_admin",),
        "return_application": OFFICER,
        "qualify": OFFICER,
        "disqualify": OFFICER,
        "decide_check": OFFICER,
        "start_review": OFFICER,
        "take_out": ("officer", "director", "auditor"),
    },
    "Bundle": {"list": STAFF, "show": STAFF},
    "Likeness": {"list": STAFF, "show": STAFF, "judge": OFFICER},
    "AwardList": {
        "list": STAFF,
        "show": STAFF,
        "create": OFFICER,
        "change": OFFICER,
        "propose": OFFICER,
        "approve": DIRECTOR,
        "confirm": FUNDER,
        "return_to_officer": DIRECTOR,
        "send_back": FUNDER,
    },
    "PublicNotice": {
        "list": EVERYBODY,
        "show": EVERYBODY,
        "publish": OFFICER,
        "close": OFFICER,
    },
    "Objection": {
        "list": (*STAFF, *ORGANIZATION),
        "show": (*STAFF, *ORGANIZATION),
        "raise": ("org_admin",),
        "look_into": OFFICER,
        "uphold": DIRECTOR,
        "reject": DIRECTOR,
    },
    "Contract": {
        "list": (*STAFF, *ORGANIZATION),
        "show": (*STAFF, *ORGANIZATION),
        "offer": OFFICER,
        "confirm": ("org_admin",),
        "sign": DIRECTOR,
        "cancel": DIRECTOR,
    },
    "Project": {
        "list": (*STAFF, *ORGANIZATION),
        "show": (*STAFF, *ORGANIZATION),
        "start": ("org_admin", "org_lead"),
        "start_midterm": OFFICER,
        "rectified": OFFICER,
        "end_service": OFFICER,
        "start_final": OFFICER,
        "accept_audit": FINANCE,
        "receive_refund": FINANCE,
        "close": DIRECTOR,
        "archive": OFFICER,
        "suspend": DIRECTOR,
        "resume": DIRECTOR,
        "terminate": DIRECTOR,
    },
    "Instalment": {
        "list": (*STAFF, *ORGANIZATION),
        "show": (*STAFF, *ORGANIZATION),
        "request": ("org_finance",),
        "check": OFFICER,
        "review": FINANCE,
        "approve": DIRECTOR,
        "pay": FINANCE,
        "send_back": ("officer", "finance", "director"),
        "reduce": OFFICER,
        "hold": DIRECTOR,
        "release": DIRECTOR,
    },
    "Milestone": {"reach": ("org_admin", "org_lead")},
    "Activity": {
        "list": (*STAFF, *ORGANIZATION),
        "show": (*STAFF, *ORGANIZATION),
        "record": ("org_admin", "org_lead"),
        "accept": OFFICER,
        "send_back": OFFICER,
    },
    "Report": {
        "list": (*STAFF, *ORGANIZATION),
        "show": (*STAFF, *ORGANIZATION),
        "write": ("org_admin", "org_lead"),
        "submit": ("org_admin", "org_lead"),
        "accept": OFFICER,
        "send_back": OFFICER,
    },
    "Expense": {
        "list": (*STAFF, *ORGANIZATION),
        "show": (*STAFF, *ORGANIZATION),
        "enter": ("org_finance", "org_lead"),
        "submit": ("org_finance", "org_lead"),
        "accept": OFFICER,
        "reject": OFFICER,
    },
}
