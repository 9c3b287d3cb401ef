"""The arithmetic of forms: whatever staff do to them, a form stays sound, and a key never comes back."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from grants.questions import (
    Condition,
    Definition,
    Question,
    add_question,
    add_section,
    asked,
    change_question,
    definition_of,
    earlier_choices,
    flaws,
    move_question,
    move_section,
    remove_question,
    remove_section,
)
from grants.reference import standard_forms
from grants.rules.answers import answer_problems, read_answers
from grants.states import QuestionKind as Kind
from kernel.errors import Invalid, NotFound, Refused
from kernel.words import Sentence
from tests.factories.forms import EVERY_KIND, FIRST, MINORS, SECOND

PLACES = st.integers(0, 6)
DEEDS = st.lists(
    st.tuples(
        st.sampled_from(["section", "text", "choice", "dependent", "up", "down", "drop", "move", "clear"]), PLACES
    )
)


def english(sentences: Any) -> list[str]:
    return [one.render("en") for one in sentences]


def refused(deed: Any, *given_: Any) -> list[str]:
    with pytest.raises(Refused) as no:
        deed(*given_)
    return english(no.value.reasons)


def done(form: Definition, what: str, place: int) -> Definition:
    """Do one thing to a form, as a person at its page can."""
    sections, questions = form.sections, list(form.questions())
    section = sections[place % len(sections)].key if sections else ""
    key = questions[place % len(questions)].key if questions else ""
    if what == "section" or not sections:
        return add_section(form, title="部分")[0]
    if what in {"text", "choice"}:
        options = ("是", "否") if what == "choice" else ()
        return add_question(form, section, Question(key="", kind=Kind(what), label="题目", options=options))[0]
    if what == "move":
        return move_section(form, section, -1)
    if what == "clear":
        return remove_section(form, section)
    if not questions:
        return form
    if what == "dependent":
        choices = earlier_choices(form, None, section)
        if not choices:
            return form
        condition = Condition(question=choices[0].key, answers=("是",))
        return add_question(form, section, Question(key="", kind=Kind.TEXT, label="补充", shown_when=condition))[0]
    if what == "drop":
        return remove_question(form, key)
    return move_question(form, key, -1 if what == "up" else 1)


@given(DEEDS)
def test_a_form_stays_sound_and_no_key_comes_back(deeds: list[tuple[str, int]]) -> None:
    form, gone = Definition(), set[str]()
    for what, place in deeds:
        before = {one.key for one in form.questions()}
        try:
            form = done(form, what, place)
        except Refused:
            continue
        keys = [one.key for one in form.questions()]
        assert flaws(form) == []
        assert len(set(keys)) == len(keys)
        assert not gone & set(keys)
        gone |= before - set(keys)
        assert definition_of(form.dump()) == form


@given(DEEDS, DEEDS)
def test_the_hash_tells_two_forms_apart_and_nothing_else(
    one: list[tuple[str, int]], two: list[tuple[str, int]]
) -> None:
    forms = []
    for deeds in (one, two):
        form = Definition()
        for what, place in deeds:
            try:
                form = done(form, what, place)
            except Refused:
                continue
        forms.append(form)
    assert (forms[0].sha256 == forms[1].sha256) == (forms[0].sections == forms[1].sections)


def test_a_question_is_asked_when_the_answer_it_looks_at_is_given() -> None:
    def keys(answers: dict[str, Any]) -> set[str]:
        return {one.key for one in asked(EVERY_KIND, answers)}

    assert "q3" in keys({"q2": "是"})
    assert "q3" not in keys({"q2": "否"})
    assert "q3" not in keys({})


def test_a_condition_of_a_question_that_is_not_asked_does_not_hold() -> None:
    form, _asked = add_question(
        EVERY_KIND,
        "s1",
        Question(
            key="",
            kind=Kind.CHOICE,
            label="是否有监护人同意书？",
            options=("有", "没有"),
            shown_when=Condition(question="q2", answers=("是",)),
        ),
    )
    form, _last = add_question(
        form,
        "s6",
        Question(key="", kind=Kind.TEXT, label="为什么没有？", shown_when=Condition(question="q11", answers=("没有",))),
    )
    answers = {"q2": "否", "q11": "没有"}
    assert {"q11", "q12"} & {one.key for one in asked(form, answers)} == set()


def test_a_choice_on_which_another_question_depends_stays() -> None:
    told = ["“怎样保护未成年人？” is shown by the answer to this question; change its condition first."]
    assert refused(remove_question, EVERY_KIND, "q2") == told
    assert refused(change_question, EVERY_KIND, MINORS.model_copy(update={"options": ("有", "无")})) == [
        "“怎样保护未成年人？” is shown by an answer that “项目是否服务未成年人？” does not offer."
    ]
    assert refused(move_question, EVERY_KIND, "q2", 1) == [
        "“怎样保护未成年人？” is shown by the answer to a question that has to stand before it."
    ]
    assert [one.key for one in remove_question(EVERY_KIND, "q3").sections[0].questions] == ["q2", "q4", "q5"]


def test_a_section_goes_with_its_questions_and_their_conditions() -> None:
    assert [one.key for one in remove_section(EVERY_KIND, "s1").questions()] == ["q7", "q8", "q9", "q10"]


def test_a_question_moves_past_the_edge_of_its_section() -> None:
    form = move_question(EVERY_KIND, "q7", -1)
    assert [one.key for one in form.sections[0].questions] == ["q2", "q3", "q4", "q5", "q7"]
    assert move_question(form, "q7", 1) == EVERY_KIND
    assert move_question(EVERY_KIND, "q10", 1) == EVERY_KIND


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"kind": Kind.CHOICE, "options": ("是",)}, "“题目”: a choice has 2 to 30 options, one a line."),
        ({"kind": Kind.CHOICES, "options": ("是", "是")}, "“题目”: an option stands there twice."),
        ({"kind": Kind.TABLE}, "“题目”: a table has 1 to 6 columns."),
        ({"kind": Kind.PASSPORT}, "“题目”: choose what is shown from the passport."),
        ({"least": 30, "most": 20}, "“题目”: the least (30) is above the most (20)."),
        ({"label": " "}, "A question has a text."),
    ],
)
def test_a_question_that_nobody_could_answer_is_refused(changed: dict[str, Any], told: str) -> None:
    question = Question(key="", kind=Kind.TEXT, label="题目").model_copy(update=changed)
    assert refused(add_question, EVERY_KIND, "s1", question) == [told]


def test_answers_are_read_by_their_kind() -> None:
    first, second = EVERY_KIND.sections
    assert read_answers(first, FIRST) == {"q2": "是", "q3": FIRST["q3"], "q4": "12"}
    assert read_answers(second, SECOND) == {
        "q7": ["社区", "学校"],
        "q8": "2027-03-08",
        "q9": [["示例项目", "50000"]],
    }
    assert read_answers(second, {"q9-4-0": " ", "q7": []}) == {}


def test_what_cannot_be_read_is_told_beside_its_question() -> None:
    with pytest.raises(Invalid) as invalid:
        read_answers(EVERY_KIND.sections[1], {"q7": ["工厂"], "q8": "明天", "q9-0-0": "项目", "q9-0-1": "很多"})
    assert {name: english(told) for name, told in invalid.value.problems.items()} == {
        "q7": ["Please choose one of the offered values."],
        "q8": ["Please write a day such as 2026-11-27."],
        "q9-0-1": ["Please write a number such as 1200 or 12.5."],
    }


@pytest.mark.parametrize("told", ["NaN", "1e99", "1.234", "十二"])
def test_a_number_is_a_number(told: str) -> None:
    with pytest.raises(Invalid):
        read_answers(EVERY_KIND.sections[0], {"q4": told})


def test_what_is_missing_is_what_is_asked_and_required() -> None:
    def lacking(answers: dict[str, Any]) -> list[tuple[str, str, str]]:
        return [(where, key, told.render("en")) for where, key, told in answer_problems(EVERY_KIND, answers, set())]

    assert lacking({"q2": "否", "q7": ["社区"]}) == []
    assert lacking({"q2": "是", "q3": "很短", "q4": "501", "q7": ["社区", "学校", "医院"]}) == [
        ("form:s1", "q3", "“怎样保护未成年人？”: at least 10 characters; there are 2."),
        ("form:s1", "q4", "“其中困境儿童人数”: not above 500."),
        ("form:s6", "q7", "“合作单位”: at most 2; there are 3."),
    ]
    assert [key for _section, key, _told in lacking({})] == ["q2", "q7"]
    needed = change_question(EVERY_KIND, EVERY_KIND.question("q10").model_copy(update={"required": True}))
    asks = list(answer_problems(needed, {"q2": "否", "q7": ["社区"]}, set()))
    assert asks == [("form:s6", "q10", Sentence("Please attach: {kind}.", kind="合作意向书"))]
    assert list(answer_problems(needed, {"q2": "否", "q7": ["社区"]}, {"answer-q10"})) == []


def test_an_unknown_question_is_not_there() -> None:
    with pytest.raises(NotFound):
        EVERY_KIND.question("q99")
    with pytest.raises(NotFound):
        EVERY_KIND.section("s99")


def test_a_question_may_look_at_the_choices_before_it() -> None:
    assert [one.key for one in earlier_choices(EVERY_KIND, None, "s6")] == ["q2", "q7"]
    assert [one.key for one in earlier_choices(EVERY_KIND, "q7", "s6")] == ["q2"]
    assert earlier_choices(EVERY_KIND, "q2", "s1") == []


def test_the_standard_forms_are_sound() -> None:
    known = standard_forms()
    assert set(known) == {"grant", "procurement", "maker", "minors"}
    for standard in known.values():
        assert flaws(standard.form) == [], standard.code
        assert all(section.questions for section in standard.form.sections)
        assert standard.form.last == max(int(one.key[1:]) for one in standard.form.questions())
