"""One kind of record for programs: its list, one of it, making, changing, and its steps.

A resource stands on the page of the same records and takes from it what a list is narrowed, ordered and searched by,
what is loaded along, and the workflow; the scope does the rest. It says besides which fields a program reads and what
it may send. Making and changing go through the same deeds as the forms.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, ClassVar

from flask import Response, request
from marshmallow import Schema

from kernel.actor import Actor
from kernel.api.door import Api, entry
from kernel.api.fields import MOST_WHOLE, Json, Sent, listed, object_of
from kernel.api.keys import LONGEST_KEY, Told, once, request_told
from kernel.api.requests import FILE, Upload, body_sent, form_sent, read_body, read_query, turn_away
from kernel.api.shapes import Parts, asked_by, for_reader, shape
from kernel.arguments import arguments_of
from kernel.db import db, transaction
from kernel.errors import NotFound, Refused
from kernel.identity import current_actor
from kernel.lists import FAR, LONGEST_WORD, Filter, ListState, count_rows, narrowed
from kernel.views import RecordView, everything, find
from kernel.words import Sentence
from kernel.workflow import Workflow, lock_as_opened

MOST_A_PAGE = 100
PAGE_SIZE = 25
KEY = "Idempotency-Key"
VERSION_NEEDED = Sentence("Send the record's “version” along, as you have read it.")
KEY_NEEDED = Sentence("A write needs the header “Idempotency-Key”, of at most {most} signs.", most=LONGEST_KEY)
STEP = object_of(name=str, label=str, refusals=listed(str))


@dataclass(frozen=True, slots=True)
class Deed:
    """A deed on a record, offered to programs under a name beside the steps, or in the place of the step of its name.

    `asked` are its fields where they are more than its signature can say. One that `makes` gives a record of the same
    kind, which is what its answer tells.
    """

    carry_out: Callable[..., Any]
    verb: str
    kind: str
    asked: Parts | None = None
    makes: bool = False


class Resource(Api):
    """A kind of record. Subclasses name `page`, `model`, `kinds`, `row`, `one`, and what may be sent to them."""

    page: ClassVar[type[RecordView]]
    model: ClassVar[Any]
    row: ClassVar[type[Schema]]
    one: ClassVar[type[Schema]]
    row_options: ClassVar[tuple[Any, ...]] = ()
    record_options: ClassVar[tuple[Any, ...]] = ()
    references: ClassVar[Mapping[str, Any]] = {}
    """Name in addresses → the column of another record's id that a list may be narrowed by."""
    led_on: ClassVar[Mapping[str, Callable[..., int | None]]] = {}
    """Such a name → gives by id and actor the record into which one went that is not there any more."""
    asked_to_create: ClassVar[Parts] = {}
    asked_to_change: ClassVar[Parts] = {}
    asked_to_attach: ClassVar[Parts] = {}
    may_create: ClassVar[tuple[tuple[str, str], ...]] = ()
    may_change: ClassVar[tuple[tuple[str, str], ...]] = ()
    may_attach: ClassVar[tuple[tuple[str, str], ...]] = ()
    deeds: ClassVar[Mapping[str, Deed]] = {}
    unasked: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """Step → arguments that no program sends."""
    successor: ClassVar[Callable[..., int | None] | None] = None
    """Gives by id and actor the record into which one went that is not there any more."""

    def __init__(self) -> None:
        super().__init__()
        if not self.may_create:
            self.include_route_methods.discard("create")
        if not self.may_change:
            self.include_route_methods.discard("change")
        if not self.may_attach:
            self.include_route_methods.discard("attach")

    def openers(self, verb: str) -> tuple[tuple[str, str], ...]:
        own = {"create": self.may_create, "change": self.may_change, "attach": self.may_attach}
        return own.get(verb) or super().openers(verb)

    @property
    def workflow(self) -> Workflow[Any] | None:
        return self.page.workflow

    @property
    def filters(self) -> Sequence[Filter]:
        """Give the filters of the page, but for those by a record: a program may name any, a page offers a choice."""
        return [one for one in self.page.filters if one.name not in self.references]

    # Reading

    @entry("", "list")
    def index(self) -> Response:
        """Give a page of the list, with how many there are."""
        asked = read_query(self.names_of_query())
        state = self.list_state(asked)
        view: Any = type(self)
        wanted = narrowed(everything(view), state, filters=self.filters, search=self.page.search)
        for name, column in self.references.items():
            if name in asked:
                pk = _number(name, asked[name], MOST_WHOLE)
                follow = self.led_on.get(name)
                wanted = wanted.where(column == ((follow and follow(pk, actor=current_actor())) or pk))
        total, estimated = count_rows(db.session(), wanted)
        # A page past the end is empty: a program that walks on until nothing comes must come to an end.
        reach = max(total, state.page * state.size)
        rows = state.page_of(wanted, self.page.columns, self.model, reach, self.row_options)
        shown = for_reader(self.row, current_actor().kind)
        result = [shown.dump(record) for record in db.session.scalars(rows)]
        told = {"count": total, "is_estimated": estimated, "page": state.page, "page_size": state.size}
        return _answer(Told(HTTPStatus.OK, _written(told | {"result": result})))

    def names_of_query(self) -> list[str]:
        """Give what a list may be asked for in its address."""
        search = ["q"] if self.page.search is not None else []
        return ["page", "page_size", "order", *search, *(one.name for one in self.filters), *self.references]

    def orders(self) -> list[str]:
        """Give what a list can be ordered by; with a minus before it the other way round."""
        return [*(column.key for column in self.page.columns if column.sort is not None), "id"]

    def list_state(self, asked: Mapping[str, str]) -> ListState:
        """Read what a list is asked for; what it does not offer is turned away with a sentence."""
        order = asked.get("order", self.page.base_order)
        if order.removeprefix("-") not in self.orders():
            _strange("order", self.orders())
        chosen = {}
        for one in self.filters:
            values = [value for value, _label in one.choices()]
            if one.name in asked and asked[one.name] not in values:
                _strange(one.name, values)
            if one.name in asked:
                chosen[one.name] = asked[one.name]
        word = asked.get("q", "").strip()
        if len(word) > LONGEST_WORD:
            longest = Sentence("At most {most} characters; there are {count}.", most=LONGEST_WORD, count=len(word))
            turn_away(HTTPStatus.BAD_REQUEST, fields={"q": [longest]})
        return ListState(
            page=_number("page", asked.get("page", "1"), FAR),
            size=_number("page_size", asked.get("page_size", str(PAGE_SIZE)), MOST_A_PAGE),
            order=order,
            word=word,
            chosen=chosen,
        )

    @entry("/<int:pk>", "show")
    def record(self, pk: int) -> Response:
        """Give one record with the steps that it offers next."""
        read_query(())
        return _answer(Told(HTTPStatus.OK, self.told(self.opened(pk), current_actor())))

    def opened(self, pk: int) -> Any:
        """Give the record that an address names.

        Of one that went into another, its reader is told which, if they may see that one (410).
        """
        try:
            return self.find(pk)
        except NotFound:
            follow = type(self).successor
            successor = follow(pk, actor=current_actor()) if follow else None
            if successor is None:
                raise
            self.find(successor)
            told = Sentence(
                "This record was merged into another one, which goes on under the number {id}.", id=successor
            )
            turn_away(HTTPStatus.GONE, told, Location=f"{self.route_base}/{successor}")

    def find(self, pk: int) -> Any:
        return find(self.model, pk, *self.record_options)

    def told(self, record: Any, actor: Actor) -> str:
        """Write a record as its reader gets it, and the steps that they could take next."""
        result = for_reader(self.one, actor.kind).dump(record)
        return _written({"result": result, "steps": self.steps_of(record, actor)})

    def steps_of(self, record: Any, actor: Actor) -> list[Json]:
        if self.workflow is None or actor.user_id is None:
            return []
        return [
            {
                "name": step.name,
                "label": Sentence(step.label).render(),
                "refusals": [reason.render() for reason in reasons],
            }
            for step, reasons in self.workflow.offered(record, actor)
        ]

    # Writing

    @entry("", "create", methods=("POST",))
    def create(self) -> Response:
        """Make a record; the same key makes it once."""
        body = body_sent()
        told = read_body(shape("Create", self.asked_to_create)(), body)

        def carry_out() -> Told:
            actor = current_actor()
            pk = self.make(told, actor).id
            return Told(HTTPStatus.CREATED, self._afterwards(pk, actor), f"{self.route_base}/{pk}")

        return self._write(body, carry_out)

    @entry("/<int:pk>", "change", methods=("PATCH",))
    def change(self, pk: int) -> Response:
        """Change what is named of a record, as it was read."""
        body = body_sent()
        version = self._version(body)
        told = read_body(shape("Change", {**self.asked_to_change, **VERSION})(), body)

        def carry_out() -> Told:
            actor, record = current_actor(), self.opened(pk)
            lock_as_opened(record, version, actor=actor)
            self.alter(record, {name: value for name, value in told.items() if name != "version"}, actor)
            return Told(HTTPStatus.OK, self._afterwards(pk, actor))

        return self._write(body, carry_out)

    @entry("/<int:pk>/attachments", "attach", methods=("POST",))
    def attach(self, pk: int) -> Response:
        """Attach a file to a record; the same key attaches it once.

        No version is asked for: a file stands beside the others, and what it replaces is named.
        """
        parts, upload = form_sent()
        told = read_body(shape("Attach", self.asked_to_attach)(), parts)

        def carry_out() -> Told:
            actor = current_actor()
            self.take_in(self.opened(pk), told, upload, actor)
            return Told(HTTPStatus.OK, self._afterwards(pk, actor))

        return self._write(parts | {FILE: [upload.filename, upload.sha256]}, carry_out)

    @entry("/<int:pk>/steps/<name>", "show", methods=("POST",))
    def step(self, pk: int, name: str) -> Response:
        """Take a step of a record; the workflow itself asks who may."""
        if current_actor().user_id is None:
            turn_away(HTTPStatus.UNAUTHORIZED, WWW_Authenticate="Bearer")
        if name not in self.names_of_steps():
            raise NotFound
        body = body_sent()
        version = self._version(body)
        told = read_body(shape("Step", self.asked_by_step(name) | VERSION)(), body)

        def carry_out() -> Told:
            actor, record = current_actor(), self.opened(pk)
            lock_as_opened(record, version, actor=actor)
            arguments = {key: value for key, value in told.items() if key != "version"}
            made = self.take(record, name, actor, arguments)
            if made is None:
                return Told(HTTPStatus.OK, self._afterwards(pk, actor))
            return Told(HTTPStatus.CREATED, self._afterwards(made, actor), f"{self.route_base}/{made}")

        return self._write(body, carry_out)

    def names_of_steps(self) -> list[str]:
        """Give the steps that a person could take of such a record, and its other deeds."""
        flow = self.workflow
        steps = [] if flow is None else [name for name, step in flow.transitions.items() if step.by_person]
        return [*dict.fromkeys((*steps, *self.deeds))]

    def asked_by_step(self, name: str) -> dict[str, Any]:
        """Give the fields that a step asks for, read from the arguments of its operation."""
        if (deed := self.deeds.get(name)) is None:
            arguments = {} if self.workflow is None else self.workflow.arguments
            return asked_by(arguments[name], but=self.unasked.get(name, ()))
        return asked_by(arguments_of(deed.carry_out)) if deed.asked is None else dict(deed.asked)

    def take(self, record: Any, name: str, actor: Actor, arguments: Mapping[str, Any]) -> int | None:
        """Carry out a step, or one of the other deeds; gives the id of the record that it made, if it makes one."""
        if (deed := self.deeds.get(name)) is not None:
            # Asked before the deed asks it again: what it needs to be told of may be nothing that this reader sees.
            if not actor.may(deed.verb, deed.kind):
                raise Refused(Sentence("You are not allowed to do this."))
            made = deed.carry_out(record, actor=actor, **arguments)
            return int(made.id) if deed.makes else None
        if self.workflow is not None:
            self.workflow[name](record, actor=actor, **arguments)
        return None

    def make(self, told: Mapping[str, Any], actor: Actor) -> Any:
        """Make a record of what was sent; subclasses that may create say how."""
        raise NotFound

    def alter(self, record: Any, told: Mapping[str, Any], actor: Actor) -> None:
        """Change a record as was sent; subclasses that may change say how."""
        raise NotFound

    def take_in(self, record: Any, told: Mapping[str, Any], upload: Upload, actor: Actor) -> None:
        """Attach a file to a record; subclasses that take files say how."""
        raise NotFound

    def _version(self, body: Mapping[str, Any]) -> int:
        read_query(())
        if "version" not in body:
            turn_away(HTTPStatus.PRECONDITION_REQUIRED, fields={"version": [VERSION_NEEDED]})
        version: int = read_body(shape("Version", VERSION)(), {"version": body["version"]})["version"]
        return version

    def _write(self, body: Mapping[str, Any], carry_out: Callable[[], Told]) -> Response:
        read_query(())
        key = request.headers.get(KEY, "")
        if not key.strip() or len(key) > LONGEST_KEY or not key.isprintable():
            turn_away(HTTPStatus.BAD_REQUEST, fields={KEY: [KEY_NEEDED]})
        with transaction():
            told = once(current_actor(), key, request_told(request.method, request.path, body), carry_out)
        return _answer(told)

    def _afterwards(self, pk: int, actor: Actor) -> str:
        """Write the record anew through its reader's own sight: the deed has loaded more than they may see."""
        db.session.flush()
        db.session.expunge_all()
        try:
            return self.told(self.find(pk), actor)
        except NotFound:
            return _written({"result": None, "steps": []})


VERSION: dict[str, Any] = {"version": Sent(int)}


def only_known(model: Any, pk: int, name: str) -> Any:
    """Give a record that a body names by its id.

    Raises Refused when the reader sees none.
    """
    try:
        return find(model, pk)
    except NotFound:
        raise Refused(Sentence("There is no record {id} for “{name}”.", id=pk, name=name)) from None


def _number(name: str, told: str, most: int) -> int:
    if not (told.isascii() and told.isdecimal() and len(told) <= len(str(most)) and 1 <= int(told) <= most):
        whole = Sentence("“{name}” is a whole number from 1 to {most}.", name=name, most=most)
        turn_away(HTTPStatus.BAD_REQUEST, fields={name: [whole]})
    return int(told)


def _strange(name: str, offered: Sequence[str]) -> None:
    listed = ", ".join(offered)
    told = Sentence("“{name}” is not among what is offered: {listed}.", name=name, listed=listed)
    turn_away(HTTPStatus.BAD_REQUEST, fields={name: [told]})


def _written(told: Json) -> str:
    return json.dumps(told, ensure_ascii=False)


def _answer(told: Told) -> Response:
    answer = Response(told.body, status=told.status, content_type="application/json")
    if told.location is not None:
        answer.headers["Location"] = told.location
    if told.is_repeated:
        answer.headers["Idempotency-Replayed"] = "true"
    return answer
