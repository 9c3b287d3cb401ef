"""Forms of calls for stories: questions of every kind, one of them shown by the answer to another."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from grants.models import Call
from grants.operations.call_forms import save_form
from grants.questions import (
    Column,
    Condition,
    Definition,
    FormSection,
    Question,
)
from grants.states import ColumnKind, PassportFact, QuestionKind as Kind
from kernel.db import transaction
from tests.factories.grants import officer

MINORS = Question(key="q2", kind=Kind.CHOICE, label="项目是否服务未成年人？", options=("是", "否"))
GUARD = Question(
    key="q3",
    kind=Kind.LONG,
    label="怎样保护未成年人？",
    least=10,
    shown_when=Condition(question="q2", answers=("是",)),
)
EVERY_KIND = Definition(
    sections=(
        FormSection(
            key="s1",
            title="服务对象与保护",
            intro="请如实填写。",
            questions=(
                MINORS,
                GUARD,
                Question(
                    key="q4",
                    kind=Kind.NUMBER,
                    label="其中困境儿童人数",
                    unit="人",
                    low=Decimal(0),
                    high=Decimal(500),
                    required=False,
                ),
                Question(key="q5", kind=Kind.PASSPORT, label="机构全称", fact=PassportFact.NAME),
            ),
        ),
        FormSection(
            key="s6",
            title="合作与材料",
            questions=(
                Question(key="q7", kind=Kind.CHOICES, label="合作单位", options=("社区", "学校", "医院"), most=2),
                Question(key="q8", kind=Kind.DATE, label="首次活动日", required=False),
                Question(
                    key="q9",
                    kind=Kind.TABLE,
                    label="近两年同类项目",
                    columns=(Column(label="项目"), Column(label="金额", kind=ColumnKind.NUMBER)),
                    required=False,
                ),
                Question(key="q10", kind=Kind.FILE, label="合作意向书", required=False),
            ),
        ),
    ),
    last=10,
)
FIRST: dict[str, Any] = {"q2": "是", "q3": "由两名持证社工全程陪同，活动前做背景核查。", "q4": "１２"}
SECOND: dict[str, Any] = {"q7": ["社区", "学校"], "q8": "2027-03-08", "q9-0-0": "示例项目", "q9-0-1": "50,000"}


def with_form(call: Call, form: Definition = EVERY_KIND) -> Call:
    """Give a draft call a form of its own."""
    with transaction():
        save_form(call, actor=officer(), form=form, version=0)
    return call
