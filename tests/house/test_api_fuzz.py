"""The door for programs, fuzzed by its own description: no fault, and every answer as it is described."""

from __future__ import annotations

import random
import warnings
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings as bounded
from sqlalchemy import text

from kernel.sessions import start_session
from tests.house.verdict import none_of
from tests.house.world import PEOPLE, World

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import schemathesis
    from schemathesis import GenerationMode
    from schemathesis.checks import not_a_server_error
    from schemathesis.core.failures import FailureGroup
    from schemathesis.core.parameters import ParameterLocation
    from schemathesis.specs.openapi.checks import (
        content_type_conformance,
        negative_data_rejection,
        response_headers_conformance,
        response_schema_conformance,
        status_code_conformance,
    )

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
READERS = ("officer", "director", "finance", "org_admin", "org_finance", "reviewer", "evaluator")
EXAMPLES = 2
MOSTLY = 0.8


def token_of(world: World, role: str) -> str:
    """Open a program's session for a role's person."""
    wanted = text("SELECT id FROM ab_user WHERE username = :name")
    user_id = world.connection.scalar(wanted, {"name": PEOPLE[role]})
    return start_session(user_id, locale="zh", address="127.0.0.1", agent="tests", is_program=True)


def asks(world: World, path: str, dice: random.Random) -> str:
    """Choose who asks: mostly somebody who may take the step, now and then anybody."""
    view = door_of(world, path)
    step = getattr(view, "workflow", None) and view.workflow.transitions.get(path.rpartition("/")[2])
    able = [role for role in READERS if step and world.actors[role].may(step.verb, view.workflow.kind)]
    return dice.choice(able if able and dice.random() < MOSTLY else READERS)


def door_of(world: World, path: str) -> Any:
    """Give the door whose addresses begin like this one."""
    return next((view for view in world.app.appbuilder.baseviews if path.startswith(f"{view.route_base}/{{pk}}")), None)


def is_wrong(case: Any, place: ParameterLocation) -> bool:
    """Say whether a part of a case is meant to break the description."""
    part = case.meta.components.get(place) if case.meta else None
    return part is not None and part.mode is GenerationMode.NEGATIVE


def at_a_record(world: World, role: str, case: Any, dice: random.Random) -> None:
    """Let most cases speak of a record that is there, in the version in which it is."""
    if "pk" not in (case.path_parameters or {}) or dice.random() < 0.1:
        return
    view = door_of(world, case.path)
    if not (seen := world.seen_by(role, view.model)):
        return
    pk = dice.choice(seen)
    case.path_parameters["pk"] = pk
    if isinstance(case.body, dict) and type(case.body.get("version")) is int:
        with world.connection.begin_nested():
            world.connection.exec_driver_sql("SET LOCAL ROLE g_deed")
            wanted = text(f"SELECT version FROM {view.model.__tablename__} WHERE id = :pk")
            case.body["version"] = world.connection.scalar(wanted, {"pk": pk})
            world.connection.exec_driver_sql("SET LOCAL ROLE NONE")


def examples_of(operation: Any) -> int:
    """Give how often to ask: a step that takes nothing but a version is soon told."""
    schemas = [body.optimized_schema for body in operation.body]
    return 1 if any(set(schema.get("properties", ())) == {"version"} for schema in schemas) else EXAMPLES


def fuzzed(operation: Any, mode: GenerationMode, ask: Callable[[Any], None]) -> None:
    """Ask an operation with some cases, always the same."""
    limits = bounded(
        max_examples=examples_of(operation),
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    limits(given(operation.as_strategy(generation_mode=mode))(ask))()


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_no_fault_and_every_answer_as_described(world: World, mode: GenerationMode) -> None:
    tokens = {role: {"Authorization": f"Bearer {token_of(world, role)}"} for role in READERS}
    schema = schemathesis.openapi.from_wsgi("/api/v1/_openapi", world.app, headers=tokens["officer"])
    codes: Counter[int] = Counter()
    found: list[str] = []
    dice = random.Random(mode.value)

    def ask(case: Any) -> None:
        role = asks(world, case.path, dice)
        at_a_record(world, role, case, dice)
        answer = case.call(headers=tokens[role])
        codes[answer.status_code] += 1
        wrong = is_wrong(case, ParameterLocation.BODY) or is_wrong(case, ParameterLocation.QUERY)
        try:
            case.validate_response(answer, checks=[*CHECKS, *([negative_data_rejection] if wrong else [])])
        except FailureGroup as error:
            found.append(
                f"{role} {case.method} {case.formatted_path} {case.query} {case.headers} {case.body!r}: {answer.status_code} {answer.text[:200]} {str(error)[:600]}"
            )

    for asked in schema.get_all_operations():
        operation = asked.ok()
        if operation.path.endswith(("/login", "/logout")):
            continue
        fuzzed(operation, mode, ask)
    none_of(found)
    assert codes.keys() >= ({200, 409, 422} if mode is GenerationMode.POSITIVE else {400, 404, 422}), codes
