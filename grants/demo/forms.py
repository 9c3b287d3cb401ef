"""The calls' own questions in the demo: forms and their frozen versions, the answers of those who apply, questions asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any

from sqlalchemy import update

from grants.demo.applying import Applicants, Wish
from grants.demo.calls import ALLOTTED
from grants.demo.plan import Loaded
from grants.models import Call, CallAnswer, CallForm, CallQuestion, FormAnswers, FormVersion
from grants.questions import Definition, Question, add_question, asked, remove_question
from grants.reference import standard_forms
from grants.states import ApplicationState, CallState, QuestionKind as Kind
from kernel.demo import Stage

FORMS = {
    "finished": "grant",
    "delivery": "grant",
    "reviewing": "grant",
    "open": "grant",
    "checking": "procurement",
    "published": "maker",
    "proposed": "minors",
    "draft": "minors",
}
CHANGE_REASON = "“打算登记成社会组织吗”与附件重复，删去。"
ONCE_ASKED = "项目公众号或小程序的名称"
WHY_NO_MORE = "宣传渠道不作为评审内容，删去“公众号名称”一题。"
TEXTS: dict[str, str] = {
    "怎样保护未成年人？": (
        "每场活动至少两名社工陪同，场地出入登记；不单独接触儿童。拍照先取得监护人同意，只拍背影。"
        "发现侵害线索当天报告居委会和公安机关。"
    ),
    "还没查询的人员，何时完成？": "新入职的一名社工在项目启动前完成。",
    "合作单位各做什么？": "居委会协助招募和提供场地，学校转介有需要的学生家庭，卫生服务中心每季度派一名医生讲课。",
    "对需求清单的逐项响应": (
        "按清单每月开展四场活动、两次入户走访，全年个案不少于二十例；每项服务有签到、记录和回访，"
        "按季度向街镇报送进度，年中和年末各做一次满意度调查。服务由项目负责人统一排班，缺员两天内补齐；"
        "遇到清单外的紧急需求，先响应、后补登记。"
    ),
    "分包给哪家单位": "示例社会工作服务社",
    "分包哪些内容、占多少": "心理咨询由合作机构的持证咨询师承担，约占合同金额的一成，已写明并同意接受检查。",
    ONCE_ASKED: "示例·屋檐下的倾听",
    "怎样保管服务对象的信息": "只登记称呼和人数，签到表专柜上锁，电子表加密，项目结束后按协议移交或销毁。",
}
ROWS: dict[str, tuple[tuple[str, ...], ...]] = {
    "近三年做过的同类项目": (
        ("家门口的亲子课堂", "街道购买", "86000", "2025-11-30"),
        ("祖辈育儿沙龙", "基金会资助", "50000", "2024-12-15"),
    ),
    "投入人员": (
        ("项目负责人", "1", "20", "助理社会工作师"),
        ("专职社工", "2", "40", "持证"),
        ("志愿者", "12", "4", "岗前培训"),
    ),
}
ASKED = (
    (
        "我们是去年十月登记的，没有上一年度审计报告，能用开办资金验资报告代替吗？",
        "新成立、不足一个会计年度的机构，能否用验资报告代替上年度审计报告？",
        "可以。请在附件“上年度审计报告”处上传验资报告，并在“其他材料”里写一句说明。",
    ),
    (
        "管理费 10% 是按财政资金算还是按总预算算？",
        "管理费上限按哪个数计算？",
        "按申请的财政资金计算，不含自筹和捐赠。系统会在预算页提示上限。",
    ),
    ("项目点跨两个区，服务区域怎么选？", "", ""),
)


@dataclass(frozen=True, slots=True)
class Published:
    """The version of a call's form on which its applications were begun, and the one before it."""

    id: int
    form: Definition
    before: Published | None = None


def load_forms(stage: Stage, calls: Sequence[Loaded]) -> dict[int, Published]:
    """Write the forms of the calls and freeze those that are published; gives call → newest version."""
    forms, versions, known = [], list[dict[str, Any]](), dict[int, Published]()
    ids = iter(stage.ids(FormVersion, 2 * len(calls)))
    for call in calls:
        code = FORMS.get(call.plan.key)
        form = standard_forms()[code].form if code else Definition()
        editions = [form]
        if call.plan.state is CallState.OPEN:
            once = Question(key="", kind=Kind.TEXT, label=ONCE_ASKED, required=False)
            earlier, _made = add_question(form, form.sections[0].key, once)
            editions = [earlier, form.model_copy(update={"last": earlier.last})]
        if code:
            forms.append(_form(stage, call, editions[-1]))
        if call.plan.state in ALLOTTED:
            for number, edition in enumerate(editions, 1):
                known[call.id] = Published(next(ids), edition, known.get(call.id))
                versions.append(_version(stage, call, number, known[call.id]))
    stage.load(CallForm, forms)
    stage.load(FormVersion, versions)
    of_calls: Any = Call.__table__
    for one in versions:
        stage.session.execute(update(of_calls).where(of_calls.c.id == one["call_id"]).values(form_number=one["number"]))
    return known


def _version(stage: Stage, call: Loaded, number: int, published: Published) -> dict[str, Any]:
    return {
        "id": published.id,
        "call_id": call.id,
        "number": number,
        "definition": published.form.dump(),
        "sha256": published.form.sha256,
        "reason": WHY_NO_MORE if number > 1 else "",
        "published_by_id": stage.people["director"],
        "created_at": call.row["published_at"] + timedelta(days=number - 1),
    }


def begun_on(wish: Wish, known: Mapping[int, Published]) -> Published:
    """Give the version on which an application was begun: a draft of whoever signs in began before the last change."""
    newest = known[wish.call.id]
    is_early = wish.state is ApplicationState.DRAFT and wish.owner is not None
    return newest.before if is_early and newest.before is not None else newest


def _form(stage: Stage, call: Loaded, form: Definition) -> dict[str, Any]:
    """Give the form being built; one that is published already waits for the director with a change."""
    is_changing = call.plan.state is CallState.PUBLISHED
    changed = remove_question(form, list(form.questions())[-1].key) if is_changing else form
    return {
        "call_id": call.id,
        "definition": changed.dump(),
        "change_reason": CHANGE_REASON if is_changing else None,
        "proposed_by_id": stage.people["officer"] if is_changing else None,
        "created_at": call.row["created_at"],
    }


def load_answers(stage: Stage, wishes: Sequence[Wish], known: dict[int, Published]) -> None:
    """Write the answers of all applications: complete where they were handed in, the first section in a draft."""
    rows = []
    for wish in wishes:
        form = begun_on(wish, known).form
        answers = _answers(stage.draw(f"answers-{wish.id}"), form)
        sections = form.sections[:1] if wish.state is ApplicationState.DRAFT else form.sections
        rows += [
            {
                "application_id": wish.id,
                "organization_id": wish.organization_id,
                "section": section.key,
                "answers": {one.key: answers[one.key] for one in section.questions if one.key in answers},
                "created_at": wish.row["created_at"],
            }
            for section in sections
        ]
    stage.load(FormAnswers, rows)


def _answers(dice: Random, form: Definition) -> dict[str, Any]:
    """Answer a form as somebody would: in its order, each question only where it is asked."""
    answers: dict[str, Any] = {}
    for question in form.questions():
        if question.is_typed and question in asked(form, answers):
            answers[question.key] = _answer(dice, question)
    return answers


def _answer(dice: Random, question: Question) -> Any:
    match question.kind:
        case Kind.CHOICE:
            return dice.choice(question.options)
        case Kind.CHOICES:
            return sorted(dice.sample(question.options[:4], k=2), key=question.options.index)
        case Kind.NUMBER:
            return str(dice.randint(int(question.low or 0), int(question.high or 60)))
        case Kind.TABLE:
            return [list(row) for row in ROWS[question.label]]
        case Kind.DATE:
            return "2027-03-01"
        case _:
            return TEXTS[question.label]


def load_questions(stage: Stage, calls: Sequence[Loaded]) -> None:
    """Write what two organizations asked about the open call: two answers are published, one question waits."""
    call = next(one for one in calls if one.plan.state is CallState.OPEN)
    owners, people = Applicants(stage).owners, (stage.people["org"], stage.people["org2"])
    ids = stage.ids(CallQuestion, len(ASKED))
    moments = [stage.moment(stage.as_of - timedelta(days=days), 14, 20) for days in (11, 7, 1)]
    stage.load(
        CallQuestion,
        [
            {
                "id": pk,
                "call_id": call.id,
                "organization_id": owners[place % 2],
                "asked_by_id": people[place % 2],
                "text": text,
                "created_at": moments[place],
            }
            for place, (pk, (text, _question, _answer)) in enumerate(zip(ids, ASKED, strict=True))
        ],
    )
    stage.load(
        CallAnswer,
        [
            {
                "call_id": call.id,
                "source_id": pk,
                "question": question,
                "answer": answer,
                "answered_at": moment + timedelta(days=1),
                "answered_by_id": stage.people["officer"],
                "created_at": moment + timedelta(days=1),
            }
            for pk, (_text, question, answer), moment in zip(ids, ASKED, moments, strict=True)
            if answer
        ],
    )
