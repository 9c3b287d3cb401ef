"""Each rule of the library with its boundaries: what passes, what does not, what waits for a person."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given, strategies as st

from grants.models import Application, Call
from grants.queries.eligibility import Track
from grants.rules.eligibility import Case, Finding, findings, live_findings, organization_findings
from grants.rules.eligibility.choosing import cautions, choice_problems, codes_of, parameter_problem, refused_by_nature
from grants.rules.eligibility.library import KINDS, LIBRARY, defaults_for
from grants.states import BudgetHead, CallNature, CheckOutcome, EligibilityRule as Rule, MoneySource
from orgs.queries import QualificationFacts
from orgs.states import (
    CreditKind,
    DocumentKind,
    Grade,
    InspectionResult,
    OrganizationStatus,
    OrganizationType,
    RatingGrade,
)

CLOSING = date(2026, 12, 8)
PASSED, FAILED, MANUAL = CheckOutcome.PASSED, CheckOutcome.FAILED, CheckOutcome.MANUAL
OK, BAD, UNDECIDED = InspectionResult.PASSED, InspectionResult.FAILED, InspectionResult.UNDECIDED
SOUND: dict[str, Any] = {
    "organization_id": 1,
    "as_of": CLOSING,
    "name": "示例·木兰中心",
    "credit_code": "",
    "code_is_valid": True,
    "type": OrganizationType.SERVICE_INSTITUTION,
    "status": OrganizationStatus.ACTIVE,
    "founded_on": date(2015, 3, 1),
    "rating": RatingGrade.THREE_A,
    "rating_valid_to": date(2028, 1, 1),
    "inspections": {2025: OK, 2024: OK, 2023: OK, 2022: OK, 2021: OK},
    "on_abnormal_list": False,
    "on_serious_list": False,
    "penalized": False,
    "projects_total": 2,
    "last_grade": None,
    "district_code": "310115",
    "service_fields": ("rights",),
    "account_verified": True,
    "documents": {DocumentKind.REGISTRATION: None},
}


def a_call(**values: Any) -> Call:
    told = {
        "nature": CallNature.GRANT,
        "service_from": date(2027, 2, 1),
        "service_to": date(2027, 11, 30),
        "cap_per_project": Decimal("200000.00"),
        "cap_first_time": Decimal("80000.00"),
        "management_percent": Decimal(10),
        "fiscal_percent": Decimal(80),
        "head_caps": {},
    }
    return cast("Call", SimpleNamespace(**(told | values)))


def line(head: BudgetHead, amount: str, source: MoneySource = MoneySource.FISCAL) -> Any:
    money = Decimal(amount)
    return SimpleNamespace(head=head, source=source, unit_price=money, quantity=Decimal(1), amount=money)


def an_application(**values: Any) -> Application:
    told = {
        "call": a_call(),
        "starts_on": date(2027, 2, 1),
        "ends_on": date(2027, 11, 30),
        "requested": Decimal("80000.00"),
        "lot": None,
        "budget_lines": [
            line(BudgetHead.ACTIVITIES, "72000.00"),
            line(BudgetHead.MANAGEMENT, "8000.00"),
            line(BudgetHead.VENUE, "20000.00", MoneySource.OWN),
        ],
    }
    return cast("Application", SimpleNamespace(**(told | values)))


def ask(rule: Rule, told: dict[str, Any], track: Track, parameters: dict[str, Any], **form: Any) -> Finding:
    (found,) = findings(
        an_application(**form),
        QualificationFacts(**(SOUND | told)),
        rules={rule: LIBRARY[rule].beginning() | parameters},
        track=track,
        as_of=CLOSING,
    )
    return found


NOBODY = Track()
ENDS = date(2027, 2, 1)

ORGANIZATIONS: list[tuple[Rule, dict[str, Any], dict[str, Any], CheckOutcome]] = [
    (Rule.CODE, {}, {}, PASSED),
    (Rule.CODE, {"code_is_valid": False}, {}, FAILED),
    (Rule.STATUS, {}, {}, PASSED),
    *((Rule.STATUS, {"status": one}, {}, FAILED) for one in OrganizationStatus if one is not OrganizationStatus.ACTIVE),
    (Rule.TYPE, {}, {}, PASSED),
    (Rule.TYPE, {"type": OrganizationType.PUBLIC_INSTITUTION}, {}, FAILED),
    (Rule.TYPE, {}, {"barred": ["service_institution"]}, FAILED),
    (Rule.RATING, {}, {}, PASSED),
    (Rule.RATING, {"rating": None, "rating_valid_to": None}, {}, PASSED),
    (Rule.RATING, {"rating": None, "rating_valid_to": None}, {"least": "3A"}, FAILED),
    (Rule.RATING, {}, {"least": "3A"}, PASSED),
    (Rule.RATING, {}, {"least": "4A"}, FAILED),
    (Rule.RATING, {"rating": RatingGrade.FIVE_A}, {"least": "4A"}, PASSED),
    (Rule.INSPECTION, {}, {}, PASSED),
    (Rule.INSPECTION, {"inspections": {2025: UNDECIDED, 2024: OK, 2023: OK}}, {}, PASSED),
    (Rule.INSPECTION, {"inspections": {2024: OK, 2023: OK}}, {}, PASSED),
    (Rule.INSPECTION, {"inspections": {2025: UNDECIDED, 2024: OK, 2023: OK}}, {"undecided": False}, MANUAL),
    (Rule.INSPECTION, {"inspections": {2025: OK, 2024: UNDECIDED, 2023: OK}}, {}, MANUAL),
    (Rule.INSPECTION, {"inspections": {2025: OK, 2024: OK}}, {}, MANUAL),
    (Rule.INSPECTION, {"inspections": {2025: OK, 2024: OK, 2023: BAD}}, {}, FAILED),
    (Rule.INSPECTION, {"inspections": {2025: OK, 2024: OK, 2023: BAD}}, {"years": 2}, PASSED),
    (Rule.INSPECTION, {"inspections": {2025: InspectionResult.NOT_INSPECTED, 2024: OK, 2023: OK}}, {}, FAILED),
    (Rule.INSPECTION, {"inspections": {2025: InspectionResult.BASICALLY_PASSED}}, {"years": 1}, PASSED),
    (Rule.INSPECTION, {"inspections": {}, "founded_on": date(2026, 1, 5)}, {}, PASSED),
    (Rule.INSPECTION, {"inspections": {}, "founded_on": date(2025, 12, 31)}, {}, PASSED),
    (Rule.INSPECTION, {"inspections": {}, "founded_on": date(2023, 12, 31)}, {}, MANUAL),
    (Rule.BLACKLIST, {}, {}, PASSED),
    (Rule.BLACKLIST, {"blacklisted_until": date(2027, 1, 1)}, {}, FAILED),
    (Rule.FOUNDED, {"founded_on": date(2025, 12, 8)}, {"years": 1}, PASSED),
    (Rule.FOUNDED, {"founded_on": date(2025, 12, 9)}, {"years": 1}, FAILED),
    (Rule.FOUNDED, {"founded_on": None}, {"years": 1}, MANUAL),
    (Rule.DISTRICT, {}, {"districts": ["310115", "310101"]}, PASSED),
    (Rule.DISTRICT, {}, {"districts": ["310101"]}, FAILED),
    (Rule.DISTRICT, {"district_code": None}, {"districts": ["310101"]}, MANUAL),
    (Rule.FIELD, {"service_fields": ("health", "rights")}, {"fields": ["rights"]}, PASSED),
    (Rule.FIELD, {"service_fields": ("health",)}, {"fields": ["rights"]}, FAILED),
    (Rule.FIELD, {"service_fields": ()}, {"fields": ["rights"]}, MANUAL),
    (Rule.EXPERIENCE, {"projects_total": 2}, {"least": 2}, PASSED),
    (Rule.EXPERIENCE, {"projects_total": 1}, {"least": 2}, FAILED),
    (Rule.ACCOUNT, {}, {}, PASSED),
    (Rule.ACCOUNT, {"account_verified": False}, {}, MANUAL),
    (Rule.ACCOUNT, {"account_verified": None}, {}, FAILED),
    (Rule.DOCUMENTS, {}, {}, PASSED),
    (Rule.DOCUMENTS, {"documents": {}}, {}, FAILED),
    (Rule.DOCUMENTS, {}, {"kinds": ["registration", "tax_exemption"]}, FAILED),
]


@pytest.mark.parametrize(("rule", "told", "parameters", "outcome"), ORGANIZATIONS)
def test_a_rule_about_the_organization(
    rule: Rule, told: dict[str, Any], parameters: dict[str, Any], outcome: CheckOutcome
) -> None:
    found = ask(rule, told, NOBODY, parameters)

    assert (found.outcome, found.rule, found.source) == (outcome, rule, "register")
    assert found.reason.render("en")


@pytest.mark.parametrize(
    ("rule", "kind", "years", "last", "outcome"),
    [
        (Rule.ABNORMAL, CreditKind.ABNORMAL_LIST, 1, date(2025, 12, 8), FAILED),
        (Rule.ABNORMAL, CreditKind.ABNORMAL_LIST, 1, date(2025, 12, 7), PASSED),
        (Rule.ABNORMAL, CreditKind.ABNORMAL_LIST, 2, date(2025, 12, 7), FAILED),
        (Rule.SERIOUS, CreditKind.SERIOUS_LIST, 2, date(2024, 12, 8), FAILED),
        (Rule.SERIOUS, CreditKind.SERIOUS_LIST, 2, date(2024, 12, 7), PASSED),
        (Rule.PENALTY, CreditKind.PENALTY, 3, date(2023, 12, 8), FAILED),
        (Rule.PENALTY, CreditKind.PENALTY, 3, date(2023, 12, 7), PASSED),
        (Rule.PENALTY, CreditKind.SERIOUS_LIST, 3, date(2026, 12, 1), PASSED),
    ],
)
def test_a_window_ends_on_its_day(rule: Rule, kind: CreditKind, years: int, last: date, outcome: CheckOutcome) -> None:
    assert ask(rule, {"listed_until": {kind: last}}, NOBODY, {"years": years}).outcome is outcome


@pytest.mark.parametrize(
    ("grades", "told", "outcome"),
    [
        ((), (), PASSED),
        (((date(2025, 1, 1), Grade.FAIR),), (), PASSED),
        (((date(2024, 12, 8), Grade.POOR),), (), FAILED),
        (((date(2024, 12, 7), Grade.POOR),), (), PASSED),
        ((), ((date(2025, 12, 31), Grade.POOR),), FAILED),
        (((date(2026, 12, 9), Grade.POOR),), (), PASSED),
    ],
)
def test_a_poor_grade_counts_for_two_years_wherever_it_is_known(grades: Any, told: Any, outcome: CheckOutcome) -> None:
    assert ask(Rule.GRADE, {"grades": told}, Track(grades=grades), {"years": 2}).outcome is outcome


@pytest.mark.parametrize(
    ("ends", "most", "outcome"),
    [
        ((), 0, PASSED),
        ((date(2027, 1, 31), date(2027, 1, 31)), 1, PASSED),
        ((ENDS,), 1, PASSED),
        ((ENDS, date(2027, 6, 1)), 1, FAILED),
        ((ENDS,), 0, FAILED),
    ],
)
def test_projects_count_that_still_run_when_the_service_starts(ends: Any, most: int, outcome: CheckOutcome) -> None:
    assert ask(Rule.RUNNING, {}, Track(ends=ends), {"most": most}).outcome is outcome


@pytest.mark.parametrize(
    ("rule", "form", "outcome"),
    [
        (Rule.FIRST_TIME, {"requested": Decimal("80000.01")}, PASSED),
        (Rule.PERIOD, {}, PASSED),
        (Rule.PERIOD, {"starts_on": date(2027, 1, 31)}, FAILED),
        (Rule.PERIOD, {"ends_on": date(2027, 12, 1)}, FAILED),
        (Rule.ARITHMETIC, {}, PASSED),
        (Rule.ARITHMETIC, {"requested": Decimal("80000.01")}, FAILED),
        (Rule.CAPS, {"requested": Decimal("200000.00")}, PASSED),
        (Rule.CAPS, {"requested": Decimal("200000.01")}, FAILED),
        (Rule.CAPS, {"lot": SimpleNamespace(title="一", amount=Decimal("79999.99"))}, FAILED),
        (Rule.HEADS, {}, PASSED),
        (
            Rule.HEADS,
            {"budget_lines": [line(BudgetHead.ACTIVITIES, "71999.99"), line(BudgetHead.MANAGEMENT, "8000.01")]},
            FAILED,
        ),
        (Rule.COFUNDING, {}, PASSED),
        (
            Rule.COFUNDING,
            {
                "budget_lines": [
                    line(BudgetHead.ACTIVITIES, "80000.00"),
                    line(BudgetHead.VENUE, "19999.99", MoneySource.OWN),
                ]
            },
            FAILED,
        ),
        (Rule.COFUNDING, {"budget_lines": []}, PASSED),
    ],
)
def test_a_rule_about_the_application(rule: Rule, form: dict[str, Any], outcome: CheckOutcome) -> None:
    assert ask(rule, {}, NOBODY, {}, **form).outcome is outcome


@pytest.mark.parametrize(("requested", "outcome"), [(Decimal("80000.00"), PASSED), (Decimal("80000.01"), FAILED)])
def test_a_first_timer_stays_below_the_cap(requested: Decimal, outcome: CheckOutcome) -> None:
    assert ask(Rule.FIRST_TIME, {"projects_total": 0}, NOBODY, {}, requested=requested).outcome is outcome


def test_every_rule_of_the_library_is_asked() -> None:
    rules = {kind.rule: kind.beginning() for kind in KINDS}
    facts = QualificationFacts(**SOUND)

    found = findings(an_application(), facts, rules=rules, track=NOBODY, as_of=CLOSING)

    assert [one.rule for one in found] == list(Rule) == [kind.rule for kind in KINDS]


def test_an_organization_never_reads_what_was_found_out_about_another() -> None:
    rules = {kind.rule: kind.beginning() for kind in KINDS}
    facts = QualificationFacts(**SOUND)
    hidden = {Rule.SAME_ORGANIZATION, Rule.LINKED_ORGANIZATIONS, Rule.OTHER_ORGANIZATIONS}

    live = live_findings(an_application(), facts, rules=rules, track=NOBODY, as_of=CLOSING)
    before = organization_findings(a_call(), facts, rules=rules, track=NOBODY, as_of=CLOSING)

    assert {one.rule for one in live} == set(Rule) - hidden
    assert not {one.rule for one in before} & hidden


def test_what_is_not_written_yet_is_not_asked_yet() -> None:
    empty = an_application(starts_on=None, ends_on=None, requested=Decimal(0), budget_lines=[])
    rules = defaults_for(CallNature.GRANT)

    live = live_findings(empty, QualificationFacts(**SOUND), rules=rules, track=NOBODY, as_of=CLOSING)

    assert not {one.rule for one in live} & {Rule.PERIOD, Rule.ARITHMETIC, Rule.CAPS, Rule.HEADS, Rule.COFUNDING}


# Choosing


def test_what_a_call_begins_with_is_allowed_by_its_nature() -> None:
    for nature in CallNature:
        assert choice_problems(nature, defaults_for(nature)) == {}
        assert cautions(nature, defaults_for(nature)) == []


@pytest.mark.parametrize(
    ("rule", "parameters"),
    [
        (Rule.DISTRICT, {"districts": ["310115"]}),
        (Rule.FIELD, {"fields": ["rights"]}),
        (Rule.RATING, {"least": ""}),
        (Rule.RATING, {"least": "3A"}),
        (Rule.EXPERIENCE, {"least": 1}),
        (Rule.FOUNDED, {"years": 1}),
        (Rule.TYPE, {"barred": ["public_institution", "enterprise"]}),
    ],
)
def test_procurement_refuses_what_favours_and_a_grant_does_not(rule: Rule, parameters: dict[str, Any]) -> None:
    chosen = defaults_for(CallNature.PROCUREMENT) | {rule: parameters}

    assert len(refused_by_nature(CallNature.PROCUREMENT, chosen)) == 1
    assert choice_problems(CallNature.PROCUREMENT, chosen).keys() == {""}
    assert choice_problems(CallNature.GRANT, defaults_for(CallNature.GRANT) | {rule: parameters}) == {}


def test_procurement_warns_of_what_weighs_a_record() -> None:
    told = cautions(CallNature.PROCUREMENT, [Rule.GRADE, Rule.CODE])

    assert [one.render("en")[:23] for one in told] == ["Government procurement:"]
    assert "Grades of earlier projects" in told[0].render("en")


def test_what_the_law_or_the_books_rest_on_cannot_be_left_out() -> None:
    chosen = defaults_for(CallNature.GRANT)
    del chosen[Rule.STATUS]

    assert [one.render("en") for one in choice_problems(CallNature.GRANT, chosen)["status"]] == [
        "Every call asks “Registration status”."
    ]


NUMBERS = [(kind, one) for kind in KINDS for one in kind.parameters if one.kind in {"count", "percent"}]


@given(st.sampled_from(NUMBERS), st.one_of(st.integers(-5, 200), st.text(max_size=3), st.booleans(), st.none()))
def test_a_number_of_a_rule_lies_between_its_limits(which: Any, value: Any) -> None:
    _kind, parameter = which
    is_right = type(value) is int and parameter.least <= value <= parameter.most

    assert (parameter_problem(parameter, value) is None) is is_right


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: str(kind.rule))
def test_every_parameter_begins_right_and_offers_what_exists(kind: Any) -> None:
    for parameter in kind.parameters:
        if parameter.default != []:
            assert parameter_problem(parameter, parameter.default) is None
        if parameter.options:
            assert codes_of(parameter.options)
            assert parameter_problem(parameter, ["nowhere"] if parameter.kind == "choices" else "9A") is not None


def test_the_penalty_window_is_never_shorter_than_the_law_says() -> None:
    (years,) = LIBRARY[Rule.PENALTY].parameters

    assert parameter_problem(years, 2) is not None
    assert Case(a_call(), QualificationFacts(**SOUND), CLOSING).likenesses is None
