"""How a record's trail is told to people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from kernel import pages
from kernel.audit import AuditEvent
from kernel.clock import local
from kernel.speech import gettext as _
from kernel.words import word_of
from kernel.workflow import Workflow


def who_words(event: AuditEvent) -> str:
    """Name who did it: a person by name, a job of the house by what it is called."""
    return event.who if event.actor_id is not None else _(event.actor.replace("-", " ").capitalize())


class HistoryWords:
    """How a record's trail is told to people: fields and values by their labels."""

    labels: ClassVar[Mapping[str, Any]] = {}

    def entries(self, events: Sequence[AuditEvent], workflow: Workflow[Any] | None) -> list[pages.Entry]:
        return [self._entry(event, workflow) for event in events]

    def _entry(self, event: AuditEvent, workflow: Workflow[Any] | None) -> pages.Entry:
        told = [
            (str(self.labels[name]), self._value(name, pair[0], workflow), self._value(name, pair[1], workflow))
            for name, pair in event.changes.items()
            if name in self.labels and isinstance(pair, list)
        ]
        if "state" in event.changes and workflow is not None:
            old, new = event.changes["state"]
            told.insert(0, (_("State"), self._state(old, workflow), self._state(new, workflow)))
        moment = pages.moment_words(local(event.at))
        return pages.Entry(who=who_words(event), when=moment, what=self._action(event, workflow), changes=told)

    def _action(self, event: AuditEvent, workflow: Workflow[Any] | None) -> str:
        name = event.action.rsplit(".", 1)[-1]
        if workflow is not None and name in workflow.transitions:
            return _(workflow.transitions[name].label)
        return _(name.replace("_", " ").capitalize())

    def _state(self, code: str | None, workflow: Workflow[Any]) -> str:
        return "" if code is None else _(word_of(workflow.states(code)))

    def _value(self, _name: str, value: Any, _workflow: Workflow[Any] | None) -> str:
        if isinstance(value, bool):
            return _("Yes") if value else _("No")
        return "" if value is None else str(value)
