"""States and the steps between them, declared once.

A module declares a `Workflow` in its `workflows.py`: which steps exist, from where, to where, who may take them, what
must hold, and who is told. Its `operations/` say what each step does. Buttons, forms, permission checks, row locks,
refusals, the audit trail, notices, API steps and the diagram all read the same table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import cache, wraps
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, TypeVar

from sqlalchemy import event
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import object_session

from kernel.actor import Actor
from kernel.arguments import Argument, arguments_of
from kernel.audit import acting, had_a_hand_in
from kernel.clock import now
from kernel.db import Record, claim_form, db, expect_version, told_in_words
from kernel.errors import NotFound, Refused, Unproven
from kernel.scope import whole
from kernel.words import Sentence, word_of

S = TypeVar("S", bound=StrEnum)
R = TypeVar("R", bound=Record)
T = TypeVar("T")
P = ParamSpec("P")

Guard = Callable[[Any, Actor], Sentence | None]
"""Says in a full sentence why the step may not be taken now, or None."""

Step = Callable[..., Any]

FRESH = timedelta(minutes=10)

_stepping: ContextVar[bool] = ContextVar("stepping", default=False)


class Tells(Protocol):
    """A notice that a step sends: the kernel's `Notice`."""

    def send(self, record: Any, *, actor: Actor, occasion: str = "") -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition(Generic[S]):
    """One step: `label` and `confirm` are msgids; `style` is "primary", "quiet" or "bad"; `icon` names a drawing."""

    name: str
    label: str
    source: frozenset[S]
    target: S
    permission: str = ""
    guards: tuple[Guard, ...] = ()
    notices: tuple[Tells, ...] = ()
    confirm: str = ""
    style: str = "primary"
    icon: str = ""
    by_person: bool = True
    fresh: bool = False
    """Whether the person must have given their password a moment ago."""

    @property
    def verb(self) -> str:
        return self.permission or self.name


WORKFLOWS: dict[str, Workflow[Any]] = {}


class Workflow(Generic[S]):
    """One kind of record's life, as a table that can be read aloud.

    `kind` is the record class's name and the second half of each permission; `path` the states of the straight way,
    in order, as the status bar shows them.
    """

    def __init__(
        self,
        kind: str,
        *,
        noun: str,
        initial: S,
        path: tuple[S, ...],
        transitions: tuple[Transition[S], ...],
    ) -> None:
        self.kind = kind
        self.noun = noun
        self.initial = initial
        self.path = path
        self.states: type[S] = type(initial)
        self.transitions = {transition.name: transition for transition in transitions}
        self.steps: dict[str, Step] = {}
        self.arguments: dict[str, tuple[Argument, ...]] = {}
        self._followers: dict[str, list[Step]] = {name: [] for name in self.transitions}
        self._last: dict[str, list[Step]] = {name: [] for name in self.transitions}
        WORKFLOWS[kind] = self

    def __getitem__(self, name: str) -> Step:
        return self.steps[name]

    def refusals(self, record: Any, transition: Transition[S], actor: Actor) -> list[Sentence]:
        """Give every reason why `actor` may not take this step now; empty if they may.

        A step that is no person's own follows from another deed, which has asked its own permission.
        """
        return self._reasons(record, transition, actor, lambda: _separated(record, actor))

    def _reasons(
        self, record: Any, transition: Transition[S], actor: Actor, separated: Callable[[], Sentence | None]
    ) -> list[Sentence]:
        if transition.by_person and not actor.may(transition.verb, self.kind):
            return [Sentence("You are not allowed to do this: {step}.", step=Sentence(transition.label))]
        if record.state not in transition.source:
            return [
                Sentence(
                    "{noun} is “{state}” now, so this step cannot be taken: {step}.",
                    noun=Sentence(self.noun),
                    state=Sentence(word_of(record.state)),
                    step=Sentence(transition.label),
                ),
            ]
        reasons = [separated()] if actor.borrows(transition.verb, self.kind) else []
        reasons += [guard(record, actor) for guard in transition.guards]
        return [reason for reason in reasons if reason is not None]

    def offered(self, record: Any, actor: Actor) -> list[tuple[Transition[S], list[Sentence]]]:
        """Give the steps that this person could take from this state, each with what still stands in its way."""
        with whole(actor, f"{self.kind}.offered"):
            # Asked of the trail once for all steps of a page.
            separated = cache(lambda: _separated(record, actor))
            return [
                (step, self._reasons(record, step, actor, separated))
                for step in self.transitions.values()
                if step.by_person and record.state in step.source and actor.may(step.verb, self.kind)
            ]

    def step(self, name: str) -> Callable[[Callable[Concatenate[R, P], T]], Callable[Concatenate[R, P], T]]:
        """Make a function the one that carries out transition `name`.

        Its keyword-only arguments besides `actor` are the step's arguments: forms and API read them from there.
        """
        transition = self.transitions[name]

        def decorate(body: Callable[Concatenate[R, P], T]) -> Callable[Concatenate[R, P], T]:
            @wraps(body)
            def take(record: R, /, *args: P.args, **kwargs: P.kwargs) -> T:
                actor = kwargs["actor"]
                assert isinstance(actor, Actor)
                action = f"{self.kind}.{name}"
                with whole(actor, action), told_in_words():
                    claim_form()
                    lock(record)
                    if reasons := self.refusals(record, transition, actor):
                        raise Refused(*reasons)
                    if transition.fresh and not has_proved(actor):
                        raise Unproven
                    with acting(actor, action, as_deputy=actor.borrows(transition.verb, self.kind)):
                        told = body(record, *args, **kwargs)
                        with _state_may_change():
                            record.state = transition.target  # type: ignore[attr-defined]
                        db.session.flush()
                        for notice in transition.notices:
                            notice.send(record, actor=actor)
                        for follow in (*self._followers[name], *self._last[name]):
                            follow(record, actor=actor)
                    return told

            self.steps[name] = take
            self.arguments[name] = arguments_of(body)
            return take

        return decorate

    def after(self, name: str, *, last: bool = False) -> Callable[[Step], Step]:
        """Let a module that stands above follow a step, in the same transaction and the same deed.

        The `last` one is for the module itself: what it can finish only when those above have done their part.
        """

        def register(follower: Step) -> Step:
            (self._last if last else self._followers)[name].append(follower)
            return follower

        return register

    def govern(self, model: type[Any]) -> None:
        """Refuse every write to `model.state` that is neither the first state at creation nor a step."""

        @event.listens_for(model.state, "set")
        def only_by_step(record: Any, value: S, _old: object, _initiator: object) -> None:
            is_new = object_session(record) is None or record.id is None
            if not _stepping.get() and not (is_new and value == self.initial):
                raise RuntimeError(f"{self.kind}.state is written by its workflow alone")

    def check(self) -> None:
        """Fail at start-up when the table and the operations disagree."""
        if missing := self.transitions.keys() - self.steps.keys():
            raise RuntimeError(f"{self.kind}: no operation carries out {', '.join(sorted(missing))}")

    def diagram(self) -> str:
        """Draw the table as a Mermaid state diagram."""
        lines = ["stateDiagram-v2", f"    [*] --> {self.initial.value}"]
        for step in self.transitions.values():
            lines += [
                f"    {source.value} --> {step.target.value}: {step.name}"
                for source in sorted(step.source, key=lambda state: list(self.states).index(state))
            ]
        return "\n".join(lines) + "\n"


def lock(record: Record) -> None:
    """Take the row for this transaction and read it anew.

    Raises NotFound when it is gone.
    """
    session = db.session()
    if session.is_modified(record):
        session.flush()
    try:
        # Only the row itself: a record that came with its optional parts would be locked across an outer join.
        session.refresh(record, with_for_update={"of": type(record)})
    except InvalidRequestError as gone:
        raise NotFound from gone


def lock_as_opened(record: Record, version: int | None, *, actor: Actor) -> None:
    """Take the row, and refuse a step whose form was opened before somebody else saved.

    Compared under the lock: compared before it, a save in between would pass unseen.
    Raises Stale with the version that is saved by now.
    """
    if version is not None:
        with whole(actor, "lock"):
            claim_form()
            lock(record)
            expect_version(record, version)


def has_proved(actor: Actor) -> bool:
    """Say whether a person gave their password a moment ago; what acts without a session has nothing to prove."""
    return actor.proved_at is None or now() - actor.proved_at <= FRESH


def deed(verb: str, kind: str, *, fresh: bool = False) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Make a function a deed that is not a step: permission asked, full sight, one action in the trail.

    A `fresh` one is refused to a session whose person did not give their password a moment ago.
    """

    def decorate(body: Callable[P, T]) -> Callable[P, T]:
        @wraps(body)
        def carry_out(*args: P.args, **kwargs: P.kwargs) -> T:
            actor = kwargs["actor"]
            assert isinstance(actor, Actor)
            if not actor.may(verb, kind):
                raise Refused(Sentence("You are not allowed to do this."))
            if fresh and not has_proved(actor):
                raise Unproven
            action, borrows = f"{kind}.{verb}", actor.borrows(verb, kind)
            with whole(actor, action), told_in_words(), acting(actor, action, as_deputy=borrows):
                claim_form()
                if borrows:
                    refuse_if(*(_separated(record, actor) for record in args if isinstance(record, Record)))
                return body(*args, **kwargs)

        return carry_out

    return decorate


def _separated(record: Record, actor: Actor) -> Sentence | None:
    """A deputy keeps off what they have had a hand in: an earlier step and this one are two people's."""
    if not had_a_hand_in(record, actor.user_id):
        return None
    return Sentence(
        "You worked on this yourself before, so you cannot decide it as the deputy of {principal}.",
        principal=actor.principal,
    )


def refuse_if(*reasons: Sentence | None) -> None:
    """Refuse with all the reasons that are there; raises Refused."""
    if told := [reason for reason in reasons if reason is not None]:
        raise Refused(*told)


@contextmanager
def _state_may_change() -> Iterator[None]:
    token = _stepping.set(True)
    try:
        yield
    finally:
        _stepping.reset(token)


@contextmanager
def bulk_load() -> Iterator[None]:
    """Let an import or the demo programme write records in the state in which they arrive."""
    with _state_may_change():
        yield


def draw(workflows: Sequence[Workflow[Any]]) -> str:
    """Give the diagrams of all workflows as one Markdown text."""
    return "\n".join(f"## {flow.kind}\n\n```mermaid\n{flow.diagram()}```\n" for flow in workflows)
