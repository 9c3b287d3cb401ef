"""Experts in panels of five, of whom the first signs in, and an evaluation agency with two people."""

from __future__ import annotations

from evaluation.models import Agency, AgencyMember
from kernel.demo import Stage
from kernel.passwords import hash_of_password, random_password
from orgs.credit_code import check_digits_for

PANEL = 5
PANELS = 4
NAMES = ("林专家", "苏教授", "邹督导", "葛律师", "袁会计师")
MORE = "陈王李张吴徐朱孙胡高马罗梁宋郑"
AGENCY_NAME = "示例·明镜社会组织评估事务所"
CODE_BEGINS = "52310101QQ999999"


def load_people(stage: Stage) -> tuple[int, list[list[int]]]:
    """Make the people; gives the agency's id and the panels of user ids."""
    experts = [stage.sign_in(f"reviewer{place}", name, "reviewer") for place, name in enumerate(NAMES, 1)]
    # The other panels only make the numbers true: nobody knows their password.
    nobody = hash_of_password(random_password())
    for place in range(PANEL, PANEL * PANELS):
        name = f"{MORE[place - PANEL]}专家"
        experts.append(stage.stand_in(f"expert{place + 1:02d}", name, "reviewer", password_hash=nobody))
    agency = stage.ids(Agency, 1)[0]
    stage.load(
        Agency, [{"id": agency, "name": AGENCY_NAME, "credit_code": CODE_BEGINS + check_digits_for(CODE_BEGINS)}]
    )
    admin = stage.sign_in("agency", "华所长", "agency_admin")
    evaluator = stage.sign_in("evaluator", "范评估", "evaluator")
    members = ((admin, True), (evaluator, False))
    stage.load(
        AgencyMember, [{"agency_id": agency, "user_id": user, "is_admin": is_admin} for user, is_admin in members]
    )
    return agency, [experts[start : start + PANEL] for start in range(0, len(experts), PANEL)]
