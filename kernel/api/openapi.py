"""The description of the door for programs, OpenAPI 3.1, made of the very schemas and arguments that it reads by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from http import HTTPStatus
from typing import Any

from flask import Response, current_app, jsonify

from kernel.api.door import Api, entry
from kernel.api.fields import MOST_WHOLE, Json, listed, object_of, schema_of_parts
from kernel.api.keys import LONGEST_KEY
from kernel.api.requests import FILE, FORM, turn_away
from kernel.api.resource import KEY, MOST_A_PAGE, PAGE_SIZE, STEP, VERSION, Resource
from kernel.api.tokens import LOGGED_IN, SIGN_IN, Tokens
from kernel.identity import current_actor
from kernel.lists import FAR, LONGEST_WORD
from kernel.views import PUBLIC

SENTENCES_OF_FIELDS: Json = {"type": "object", "additionalProperties": listed(str)}
PROBLEM = object_of(code=int, reasons=listed(str), fields=SENTENCES_OF_FIELDS, request=str)
MEANINGS: Mapping[int, str] = {
    200: "As asked for.",
    201: "Made; its address is in the header Location.",
    204: "Done; there is nothing to tell.",
    400: "The request cannot be read, or asks for what is not offered.",
    401: "No token, a dead one, or a wrong password.",
    403: "The role does not allow this.",
    404: "No such record among those that one may see, or no such address.",
    409: "The rules say no for now, or somebody else has saved meanwhile.",
    410: "The record went into another one, whose address is in the header Location.",
    413: "The body is too large.",
    415: "The body is not of the type that is read here.",
    422: "What was sent cannot be taken as it is, or its key was used for another request.",
    428: "The record's version was not sent along.",
    429: "Too many attempts to sign in.",
}
PROBLEMS = "#/components/schemas/Problem"
READING = (400, 401, 403)
WRITING = (400, 401, 403, 404, 409, 413, 415, 422)


class Description(Api):
    """The description itself, for everybody with a token or a session."""

    route_base = "/api/v1"

    @entry("/_openapi", PUBLIC)
    def index(self) -> Response:
        """Give the description."""
        if current_actor().user_id is None:
            turn_away(HTTPStatus.UNAUTHORIZED, WWW_Authenticate="Bearer")
        views = current_app.appbuilder.baseviews  # type: ignore[attr-defined]
        return jsonify(described([view for view in views if isinstance(view, Resource)]))


def described(resources: Iterable[Resource]) -> Json:
    """Describe these resources, signing in and out, and the description's own address."""
    schemas: dict[str, Json] = {"Problem": PROBLEM}
    paths: dict[str, Json] = _own_paths()
    for resource in resources:
        name = resource.one.__name__
        schemas[resource.row.__name__] = schema_of_parts(resource.row._declared_fields)  # noqa: SLF001  (marshmallow's own register of a class)
        schemas[name] = schema_of_parts(resource.one._declared_fields)  # noqa: SLF001
        paths |= _paths_of(resource)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Yulan", "version": "v1"},
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": {
                str(code): _answer(code, {"$ref": PROBLEMS}) for code in MEANINGS if code >= HTTPStatus.BAD_REQUEST
            },
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}],
    }


def _own_paths() -> dict[str, Json]:
    login = _writing("signIn", "Sign in", schema_of_parts(SIGN_IN._declared_fields), keyed=False)  # noqa: SLF001  (see above)
    login |= {"security": [], "responses": _answers({200: LOGGED_IN}, (400, 401, 403, 413, 415, 422, 429))}
    logout = {"operationId": "signOut", "summary": "Sign out", "responses": _answers({204: None}, (401,))}
    own = {"operationId": "describe", "summary": "This description", "responses": _answers({200: {}}, (401,))}
    return {
        f"{Tokens.route_base}/login": {"post": login},
        f"{Tokens.route_base}/logout": {"post": logout},
        f"{Description.route_base}/_openapi": {"get": own},
    }


def _paths_of(resource: Resource) -> dict[str, Json]:
    base, name = str(resource.route_base), resource.one.__name__
    one = object_of(result={"$ref": f"#/components/schemas/{name}"}, steps=listed(STEP))
    after = one | {"properties": one["properties"] | {"result": _or_none(name)}}
    write = partial(_writing, keyed=True)
    gone = (410,) if resource.successor else ()
    many: Json = {"get": _list_of(resource)}
    single: Json = {
        "parameters": [_pk()],
        "get": {
            "operationId": f"read{name}",
            "summary": _first(resource.record),
            "responses": _answers({200: one}, (*READING, 404, *gone)),
        },
    }
    if resource.may_create:
        asked = schema_of_parts(resource.asked_to_create)
        many["post"] = write(f"create{name}", _first(resource.create), asked, {201: after})
    if resource.may_change:
        asked = schema_of_parts({**resource.asked_to_change, **VERSION})
        single["patch"] = write(
            f"change{name}", _first(resource.change), asked, {200: after}, versioned=True, also=gone
        )
    paths = {base: many, f"{base}/{{pk}}": single}
    if resource.may_attach:
        asked = with_file(schema_of_parts(resource.asked_to_attach))
        operation = write(f"attachTo{name}", _first(resource.attach), asked, {200: after}, media=FORM, also=gone)
        paths[f"{base}/{{pk}}/attachments"] = {"parameters": [_pk()], "post": operation}
    for step in resource.names_of_steps():
        asked = schema_of_parts(resource.asked_by_step(step) | VERSION)
        code = 201 if step in resource.deeds and resource.deeds[step].makes else 200
        operation = write(f"{step}{name}", _label(resource, step), asked, {code: after}, versioned=True, also=gone)
        paths[f"{base}/{{pk}}/steps/{step}"] = {"parameters": [_pk()], "post": operation}
    return paths


def with_file(asked: Json) -> Json:
    """Describe a form's parts with the one file among them."""
    file = {"type": "string", "format": "binary"}
    return asked | {"properties": asked["properties"] | {FILE: file}, "required": [*asked["required"], FILE]}


def _or_none(name: str) -> Json:
    """Describe a record that may have left its reader's sight by the very step that they took."""
    return {"anyOf": [{"$ref": f"#/components/schemas/{name}"}, {"type": "null"}]}


def _label(resource: Resource, step: str) -> str:
    flow = resource.workflow
    if flow is not None and step in flow.transitions:
        return flow.transitions[step].label
    return _first(resource.deeds[step].carry_out)


def _first(body: Any) -> str:
    """Give the first sentence of what a function says of itself."""
    return str(body.__doc__ or "").strip().split("\n")[0]


def _list_of(resource: Resource) -> Json:
    row = {"$ref": f"#/components/schemas/{resource.row.__name__}"}
    page = object_of(
        count=int, is_estimated={"type": "boolean"}, page=int, page_size=int, result={"type": "array", "items": row}
    )
    return {
        "operationId": f"list{resource.one.__name__}",
        "summary": _first(resource.index),
        "parameters": [*_narrowing(resource)],
        "responses": _answers({200: page}, READING),
    }


def _narrowing(resource: Resource) -> Iterable[Json]:
    whole: Json = {"type": "integer", "minimum": 1}
    yield _query("page", whole | {"maximum": FAR, "default": 1})
    yield _query("page_size", whole | {"maximum": MOST_A_PAGE, "default": PAGE_SIZE})
    orders = resource.orders()
    yield _query("order", {"type": "string", "enum": [*orders, *(f"-{order}" for order in orders)]})
    if resource.page.search is not None:
        yield _query("q", {"type": "string", "maxLength": LONGEST_WORD})
    for one in resource.filters:
        yield _query(one.name, {"type": "string", "enum": [value for value, _label in one.choices()]})
    for name in resource.references:
        yield _query(name, whole | {"maximum": MOST_WHOLE})


def _query(name: str, schema: Json) -> Json:
    return {"name": name, "in": "query", "schema": schema}


def _pk() -> Json:
    return {"name": "pk", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 0}}


def _writing(
    operation: str,
    summary: str,
    asked: Json,
    good: Mapping[int, Json | None] | None = None,
    *,
    keyed: bool,
    versioned: bool = False,
    media: str = "application/json",
    also: Sequence[int] = (),
) -> Json:
    key = {"name": KEY, "in": "header", "required": True}
    text = {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY}
    codes = (*WRITING, *also, 428) if versioned else (*WRITING, *also)
    return {
        "operationId": operation,
        "summary": summary,
        "parameters": [key | {"schema": text}] if keyed else [],
        "requestBody": {"required": True, "content": {media: {"schema": asked}}},
        "responses": _answers(good or {}, codes),
    }


def _answers(good: Mapping[int, Json | None], bad: Sequence[int]) -> Json:
    told = {str(code): _answer(code, schema) for code, schema in good.items()}
    return told | {str(code): {"$ref": f"#/components/responses/{code}"} for code in sorted(bad)}


def _answer(code: int, schema: Json | None) -> Json:
    told: Json = {"description": MEANINGS[code]}
    return told if schema is None else told | {"content": {"application/json": {"schema": schema}}}
