"""The parts of a call by program: read by everybody once they are published, changed in a draft as on its pages."""

from __future__ import annotations

from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from grants.operations.call_documents import add_document
from kernel.db import transaction
from kernel.files import Storage, use_storage
from tests.factories.grants import PDF, approved_year, draft_call, officer as an_officer, open_call
from tests.factories.people import organization, person
from tests.factories.programs import Program, program

CALLS = "/api/v1/calls"


@pytest.fixture
def officer(app: Flask, db_session: object) -> Program:
    return program(app, person("officer", "officer"))


def test_everybody_reads_what_a_published_call_is_about(app: Flask, db_session: object) -> None:
    call = open_call(head_caps={"publicity": "5"}, budget_heads=["personnel", "publicity"], target_kinds=["sessions"])

    told = app.test_client().get(f"{CALLS}/{call.id}").json["result"]

    assert (told["nature"], told["notice_days"], told["questions_until"]) == ("grant", 5, 5)
    assert (told["cap_per_project"], told["cap_first_time"]) == ("200000.00", "80000.00")
    assert (told["management_percent"], told["head_caps"]) == ("10.00", {"publicity": "5"})
    assert (told["budget_heads"], told["target_kinds"]) == (["personnel", "publicity"], ["sessions"])
    assert told["instalment_percents"] == ["50", "30", "20"]
    assert told["quotas"] == [{"category_code": "family_education", "lot_id": None, "amount": "1000000.00"}]
    assert (told["lots"], told["documents"]) == ([], [])


def test_conditions_are_told_in_words_and_as_values_but_not_how_much_may_be_copied(
    app: Flask, officer: Program
) -> None:
    url = f"{CALLS}/{open_call().id}"

    public = {one["rule"]: one for one in app.test_client().get(url).json["result"]["conditions"]}
    staff = {one["rule"]: one for one in officer.get(url).json["result"]["conditions"]}

    assert list(public) == list(staff)
    assert public["inspection"]["parameters"] == {"years": 3, "undecided": True}
    assert staff["inspection"]["asks"] == "The annual inspections of the last 3 years are passed."
    assert staff["inspection"]["told"] == [{"name": "Last year's may have no conclusion yet", "value": "Yes"}]
    assert (public["same_organization"]["parameters"], public["same_organization"]["told"]) == ({}, [])
    assert staff["same_organization"]["parameters"] == {"title": 50, "text": 30}


def test_documents_are_told_once_they_are_public(app: Flask, officer: Program, tmp_path: Path) -> None:
    use_storage(Storage(tmp_path))
    call = draft_call(approved_year())
    with transaction():
        add_document(call, actor=an_officer(), stream=BytesIO(PDF), filename="指南.pdf")
    url = f"{CALLS}/{call.id}"
    before = officer.get(url).json["result"]["documents"]
    officer.step(url, "propose")
    program(app, person("director", "director")).step(url, "approve")

    told = app.test_client().get(url).json["result"]["documents"]

    assert before == []
    assert [(one["name"], one["size"]) for one in told] == [("指南.pdf", len(PDF))]
    with app.test_client().get(f"/files/{told[0]['id']}") as file:
        assert file.data == PDF


def test_a_draft_is_built_part_by_part(officer: Program) -> None:
    url = f"{CALLS}/{draft_call(approved_year()).id}"

    told = officer.change(
        url,
        budget_heads=["personnel", "activities", "personnel"],
        head_caps={"activities": "30.50"},
        target_kinds=["people", "person_times"],
        questions_until=3,
        rules={name: {} for name in always(officer, url)} | {"inspection": {"years": 2}},
    ).json["result"]
    kept = officer.change(url, head_caps={"activities": None}).json["result"]

    assert (told["budget_heads"], told["head_caps"]) == (["personnel", "activities"], {"activities": "30.5"})
    assert (told["target_kinds"], told["questions_until"]) == (["people", "person_times"], 3)
    assert {one["rule"]: one["parameters"] for one in told["conditions"]}["inspection"] == {
        "years": 2,
        "undecided": True,
    }
    assert len(told["conditions"]) == len(always(officer, url)) + 1
    assert (kept["head_caps"], kept["conditions"]) == ({}, told["conditions"])


def always(officer: Program, url: str) -> list[str]:
    """Give the rules that every call asks, by what is told to whoever leaves all of them out."""
    told = officer.change(url, rules={}).json["fields"]
    return [name.removeprefix("rules-") for name in told]


@pytest.mark.parametrize(
    ("parts", "fields"),
    [
        ({"head_caps": {"activities": "100.01"}}, {"head_caps-activities"}),
        ({"head_caps": {"management": "5"}}, {"head_caps-management"}),
        ({"budget_heads": []}, {"budget_heads"}),
        ({"target_kinds": ["people"]}, {"target_kinds"}),
        ({"questions_until": -1}, {"questions_until"}),
        ({"review_set": "nothing"}, {"review_set"}),
        ({"rules": {"colour": {}}}, {"rules-colour"}),
        ({"rules": {"code": {"colour": 1}}}, {"rules-code-colour"}),
    ],
)
def test_a_part_of_a_draft_that_cannot_be_is_named(officer: Program, parts: Any, fields: set[str]) -> None:
    url = f"{CALLS}/{draft_call(approved_year()).id}"
    before = officer.get(url).json["result"]

    answer = officer.change(url, **parts)

    assert (answer.status_code, set(answer.json["fields"])) == (422, fields)
    assert officer.get(url).json["result"] == before


def test_rules_are_refused_as_on_the_page(officer: Program) -> None:
    url = f"{CALLS}/{draft_call(approved_year(), nature='procurement', notice_days=7).id}"
    rules = {name: {} for name in always(officer, url)}

    favour = officer.change(url, rules=rules | {"rating": {"least": "aaa"}})
    wide = officer.change(url, rules=rules | {"inspection": {"years": 9}})
    late = officer.change(f"{CALLS}/{open_call(approved_year(2028)).id}", rules=rules)

    assert (favour.status_code, list(favour.json["fields"])) == (422, ["rules", "rules-rating-least"])
    assert (wide.status_code, wide.json["fields"]) == (422, {"rules-inspection-years": ["Between 1 and 5."]})
    assert late.status_code == 409


def test_a_call_is_created_with_the_rules_that_are_sent(officer: Program) -> None:
    url = f"{CALLS}/{draft_call(approved_year()).id}"
    rules = {name: {} for name in always(officer, url)}
    read = officer.get(url).json["result"]
    names = "fiscal_year_id title nature opens_at closes_at service_from service_to cap_per_project cap_first_time"

    made = officer.send(CALLS, {name: read[name] for name in names.split()} | {"rules": rules})

    assert made.status_code == 201
    assert {one["rule"] for one in made.json["result"]["conditions"]} == set(rules)
    assert Decimal(made.json["result"]["cap_per_project"]) == Decimal(200000)


def test_lots_are_brought_to_a_list_and_the_same_list_once_more_changes_nothing(officer: Program) -> None:
    url = f"{CALLS}/{draft_call(approved_year()).id}"
    lots = [
        {"position": 1, "title": "家庭教育指导服务", "amount": "300000.00"},
        {"position": 2, "title": "心理关爱服务", "amount": "120000.50"},
    ]

    told = officer.step(url, "import_lots", lots=lots)
    again = officer.step(url, "import_lots", lots=[lots[0] | {"amount": "310000.00"}, lots[1]]).json["result"]

    assert (told.status_code, told.json["result"]["has_lots"]) == (200, True)
    assert [(one["title"], one["amount"]) for one in told.json["result"]["lots"]] == [
        ("家庭教育指导服务", "300000.00"),
        ("心理关爱服务", "120000.50"),
    ]
    assert [one["amount"] for one in again["lots"]] == ["310000.00", "120000.50"]
    assert {one["amount"] for one in again["quotas"] if one["lot_id"]} == {"310000.00", "120000.50"}


@pytest.mark.parametrize(
    ("lots", "code", "fields"),
    [
        ([{"position": 1, "title": "甲"}], 422, {"lots-0-amount"}),
        ([{"position": 1, "title": "甲", "amount": "0.00"}], 409, set()),
        (
            [{"position": 1, "title": "甲", "amount": "1.00"}, {"position": 2, "title": "甲", "amount": "2.00"}],
            409,
            set(),
        ),
        ("甲", 422, {"lots"}),
    ],
)
def test_a_list_of_lots_that_cannot_be_changes_nothing(
    officer: Program, lots: Any, code: int, fields: set[str]
) -> None:
    url = f"{CALLS}/{draft_call(approved_year()).id}"

    answer = officer.step(url, "import_lots", lots=lots)

    assert (answer.status_code, set(answer.json["fields"])) == (code, fields)
    assert answer.json["reasons"] or fields
    assert officer.get(url).json["result"]["lots"] == []


def test_a_call_is_copied_for_another_year_once_for_each_key(officer: Program) -> None:
    call = open_call(head_caps={"publicity": "5"}, budget_heads=["personnel", "publicity"])
    url, next_year = f"{CALLS}/{call.id}", approved_year(2028)
    asked = {
        "version": officer.get(url).json["result"]["version"],
        "fiscal_year_id": next_year.id,
        "title": "2028 年度征集",
    }

    made = officer.send(f"{url}/steps/copy", asked, key="copy-it")
    again = officer.send(f"{url}/steps/copy", asked, key="copy-it")

    told = made.json["result"]
    assert (made.status_code, told["state"], told["title"]) == (201, "draft", "2028 年度征集")
    assert made.headers["Location"] == f"{CALLS}/{told['id']}" != url
    assert (told["head_caps"], told["fiscal_year_id"]) == ({"publicity": "5"}, next_year.id)
    assert (again.status_code, again.json["result"]["id"]) == (201, told["id"])


def test_a_call_is_not_copied_for_a_year_that_is_not_there_nor_by_an_organization(app: Flask, officer: Program) -> None:
    call = open_call()
    pk, version = call.id, call.version
    url = f"{CALLS}/{pk}/steps/copy"
    asked = {"version": version, "fiscal_year_id": 99_999, "title": "没有这一年"}
    org = program(app, person("org_admin", "org_admin", organization_id=organization(7).id))

    nowhere, theirs = officer.send(url, asked), org.send(url, asked)
    unasked = org.send(f"{CALLS}/{pk}/steps/import_lots", {"version": version, "lots": []})

    assert (nowhere.status_code, nowhere.json["reasons"]) == (409, ["There is no record 99999 for “fiscal_year_id”."])
    assert theirs.status_code == unasked.status_code == 409
