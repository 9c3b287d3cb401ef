"""Who may judge, assign and decide: the panel's roles and one table.

Source: domain rules on segregation of duties; who scores never pays, a reviewer of a project does not evaluate it.
"""

from __future__ import annotations

from kernel.actor import ReaderKind
from kernel.permissions import Grid, Role

ROLES = (
    Role("reviewer", "Expert reviewer", ReaderKind.PANEL),
    Role("agency_admin", "Administrator of an evaluation agency", ReaderKind.PANEL),
    Role("evaluator", "Evaluator", ReaderKind.PANEL),
)

OFFICER = ("officer",)
DIRECTOR = ("director",)
STAFF = ("officer", "director", "finance", "funder", "auditor")
REVIEWER = ("reviewer",)
AGENCY = ("agency_admin", "evaluator")
ORGANIZATION = ("org_admin", "org_lead", "org_finance")
REPORTING = ("org_admin", "org_lead")

GRID: Grid = {
    "Review": {
        "list": STAFF,
        "show": STAFF,
        "assign": OFFICER,
        "replace": OFFICER,
        "close": OFFICER,
        "accept": REVIEWER,
        "recuse": REVIEWER,
        "score": REVIEWER,
        "hand_in": REVIEWER,
    },
    "ReviewSheet": {"list": REVIEWER, "show": REVIEWER},
    "IndicatorSet": {"list": (*STAFF, *AGENCY, *REVIEWER), "show": (*STAFF, *AGENCY, *REVIEWER)},
    "Agency": {
        "list": ("officer", "director", "auditor"),
        "show": ("officer", "director", "auditor"),
        "create": OFFICER,
        "add_member": OFFICER,
    },
    "Evaluation": {
        "list": (*STAFF, *AGENCY, *ORGANIZATION),
        "show": (*STAFF, *AGENCY, *ORGANIZATION),
        "assign": OFFICER,
        "reassign": OFFICER,
        "accept": AGENCY,
        "step_back": AGENCY,
        "send_self_report": REPORTING,
        "visit": AGENCY,
        "score": AGENCY,
        "countersign": AGENCY,
        "confirm": DIRECTOR,
        "return_to_agency": ("officer", "director"),
        "object": ("org_admin",),
        "recheck": OFFICER,
        "answer": DIRECTOR,
        "finish": ("officer", "director"),
        "fail_late": OFFICER,
    },
}
