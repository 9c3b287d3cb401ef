"""Every workflow is complete: each step is carried out, named, permitted and reachable; each permission is asked for."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from kernel import module as house
from kernel.permissions import GRANTED, ROLES, holders_of
from kernel.scope import all_records
from kernel.views import PUBLIC, Page
from kernel.workflow import Workflow, draw
from tests.house.source import calls, texts
from tests.house.verdict import none_of


@pytest.fixture(autouse=True)
def _modules(app: Flask) -> None:
    """Have all modules loaded."""


def flows() -> list[Workflow[Any]]:
    return [flow for module in house.MODULES for flow in module.workflows]


def steps() -> list[tuple[Workflow[Any], Any]]:
    return [(flow, step) for flow in flows() for step in flow.transitions.values()]


def test_every_step_is_carried_out_by_an_operation() -> None:
    none_of([f"{flow.kind}.{step.name}" for flow, step in steps() if step.name not in flow.steps])


def test_every_step_has_a_label_that_is_a_phrase() -> None:
    none_of([f"{flow.kind}.{step.name}" for flow, step in steps() if not step.label or step.label == step.name])


def test_every_step_of_a_person_is_somebodys_to_take() -> None:
    nobodys = [
        f"{step.verb} {flow.kind}" for flow, step in steps() if step.by_person and not holders_of(step.verb, flow.kind)
    ]

    none_of(nobodys)


def test_a_step_that_is_no_persons_own_stands_in_no_table_by_mistake() -> None:
    asked = {(step.verb, flow.kind) for flow, step in steps() if step.by_person} | asked_elsewhere()
    both = [
        f"{step.verb} {flow.kind}"
        for flow, step in steps()
        if not step.by_person and (step.verb, flow.kind) not in asked and holders_of(step.verb, flow.kind)
    ]

    none_of(both)


WITHOUT_A_WAY = {"Project.changing", "Project.settling"}
"""States that the domain names and that no deed of today leads to."""


def test_every_state_is_reached_from_the_first() -> None:
    lost = []
    for flow in flows():
        reached, before = {flow.initial}, set[Any]()
        while reached != before:
            before = set(reached)
            reached |= {step.target for step in flow.transitions.values() if step.source & reached}
        lost += [f"{flow.kind}.{state.value}" for state in flow.states if state not in reached]

    none_of(sorted(set(lost) ^ WITHOUT_A_WAY))


def test_every_step_begins_in_a_state_that_exists_and_moves() -> None:
    idle = [f"{flow.kind}.{step.name}" for flow, step in steps() if not step.source or step.source == {step.target}]

    none_of(idle)


def test_the_straight_way_can_be_walked() -> None:
    broken = []
    for flow in flows():
        assert flow.path[0] == flow.initial, flow.kind
        broken += [
            f"{flow.kind}: {here.value} to {there.value}"
            for here, there in zip(flow.path, flow.path[1:], strict=False)
            if not any(here in step.source and step.target == there for step in flow.transitions.values())
        ]

    none_of(broken)


def test_every_state_has_a_word_a_tone_and_an_icon() -> None:
    bare = [
        f"{flow.kind}.{state.value}"
        for flow in flows()
        for state in flow.states
        if not (getattr(state, "word", "") and getattr(state, "tone", "") and getattr(state, "icon", ""))
    ]

    none_of(bare)


def test_a_step_that_cannot_be_undone_asks_first() -> None:
    endings = {
        (flow.kind, state)
        for flow in flows()
        for state in flow.states
        if not any(state in step.source for step in flow.transitions.values())
    }
    silent = [
        f"{flow.kind}.{step.name}"
        for flow, step in steps()
        if step.by_person
        and step.style == "bad"
        and (flow.kind, step.target) in endings
        and not step.confirm
        and not flow.arguments[step.name]
    ]

    none_of(silent)


def test_every_governed_record_is_kept_from_a_hand_that_writes_its_state() -> None:
    models = {model.__name__: model for model in all_records()}
    free = []
    for flow in flows():
        model = models[flow.kind]
        other = next(state for state in flow.states if state is not flow.initial)
        try:
            model(state=other)
        except RuntimeError:
            continue
        free.append(flow.kind)

    none_of(free)


def asked_elsewhere() -> set[tuple[str, str]]:
    """Give (verb, kind) of what doors, deeds, menus, panels and rules ask for."""
    found: set[tuple[str, str]] = set()
    for _path, call in calls("deed", "may", "NavItem", "Panel", "holders_of"):
        told = texts(call)
        found |= {(verb, kind) for verb in told for kind in told}
    return found


def doors(app: Flask) -> set[tuple[str, str]]:
    found = set()
    for view in app.appbuilder.baseviews:
        if isinstance(view, Page):
            for name in view.include_route_methods:
                verb, kind = getattr(type(view), name).door
                found.add((verb, kind or view.kind))
    return found


def test_every_permission_is_asked_for_by_a_door_a_step_or_a_deed(app: Flask) -> None:
    asked = asked_elsewhere() | doors(app) | {(step.verb, flow.kind) for flow, step in steps()}
    given = {pair for pairs in GRANTED.values() for pair in pairs}

    none_of(sorted(f"{verb} {kind}" for verb, kind in given - asked))


def test_every_door_can_be_opened_by_somebody(app: Flask) -> None:
    shut = sorted(f"{verb} {kind}" for verb, kind in doors(app) if verb != PUBLIC and not holders_of(verb, kind))

    none_of(shut)


def test_every_role_may_do_something_and_is_of_one_kind() -> None:
    none_of(sorted(code for code in ROLES if code not in GRANTED))


def test_duties_that_the_law_separates_are_separate() -> None:
    """Who scores cannot pay, who requests cannot approve, who evaluates does not review (domain rules, section 1)."""
    scores = holders_of("score", "Review") | holders_of("score", "Evaluation")
    pays = holders_of("pay", "Instalment") | holders_of("approve", "Instalment") | holders_of("review", "Instalment")
    apart = [
        (scores, pays),
        (holders_of("request", "Instalment"), holders_of("check", "Instalment")),
        (holders_of("check", "Instalment"), holders_of("review", "Instalment")),
        (holders_of("review", "Instalment"), holders_of("approve", "Instalment")),
        (holders_of("approve", "Instalment"), holders_of("pay", "Instalment")),
        (holders_of("propose", "AwardList"), holders_of("approve", "AwardList")),
        (holders_of("approve", "AwardList"), holders_of("confirm", "AwardList")),
        (holders_of("propose", "FiscalYear"), holders_of("approve", "FiscalYear")),
        (holders_of("score", "Review"), holders_of("score", "Evaluation")),
        (holders_of("create", "User"), holders_of("give_roles", "User")),
    ]

    for one, other in apart:
        assert one, "nobody may do it"
        assert other, "nobody may do it"
        assert not one & other, sorted(one & other)


def test_the_auditor_and_the_administrators_write_nothing_of_the_business() -> None:
    reading = {"list", "show", "show_own"}
    of_their_own = {("save", "SavedView"), ("take_out", "Application")}  # how they look at a register, a copy to read
    written = {
        f"{code}: {verb} {kind}"
        for code in ("auditor", "logadmin")
        for verb, kind in GRANTED[code] - of_their_own
        if verb not in reading
    }

    none_of(written)


def test_the_tables_can_be_drawn_for_the_documents() -> None:
    drawing = draw(flows())

    assert drawing.count("```mermaid") == len(flows())
