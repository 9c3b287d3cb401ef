"""The steps of a record on its page: buttons with their reasons, questions as fields, and what was typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import request
from werkzeug.datastructures import MultiDict

from kernel import pages
from kernel.actor import Actor
from kernel.arguments import Argument
from kernel.proof import proof_fields
from kernel.speech import gettext as _
from kernel.words import Sentence, one_after_another, word_of
from kernel.workflow import Transition, Workflow


def step_buttons(
    workflow: Workflow[Any],
    record: Any,
    actor: Actor,
    url_of: Callable[[Any, str], str],
) -> list[pages.ButtonView]:
    """Give the buttons of the steps that this person could take from here; the first open one is the primary."""
    shown: list[pages.ButtonView] = []
    has_primary = False
    for step, reasons in workflow.offered(record, actor):
        style = step.style if step.style != "primary" or not has_primary else "quiet"
        has_primary = has_primary or (style == "primary" and not reasons)
        shown.append(step_button(workflow, step, record, url_of(record, step.name), style=style, reasons=reasons))
    return shown


def step_button(
    workflow: Workflow[Any],
    step: Transition[Any],
    record: Any,
    url: str,
    *,
    style: str = "primary",
    reasons: Sequence[Sentence] = (),
    typed: Mapping[str, Any] | None = None,
    problems: Mapping[str, Sequence[Sentence]] | None = None,
) -> pages.ButtonView:
    arguments = workflow.arguments[step.name]
    label = _(step.label)
    dialog = None
    proof = proof_fields(problems) if step.fresh else []
    if arguments or step.confirm or proof:
        fields = [field_of(argument, typed or {}, problems or {}) for argument in arguments] + proof
        dialog = pages.DialogView(label, _(step.confirm) if step.confirm else "", fields, label)
    return pages.ButtonView(
        name=step.name,
        label=label,
        url=url,
        icon=step.icon,
        style=style,
        dialog=dialog,
        disabled=bool(reasons),
        reason=one_after_another(reason.render() for reason in reasons),
        version=getattr(record, "version", None),
    )


def field_of(
    argument: Argument,
    typed: Mapping[str, Any],
    problems: Mapping[str, Sequence[Sentence]],
) -> pages.FieldView:
    """Draw one argument of a deed as a question."""
    return pages.FieldView(
        name=argument.name,
        label=_(argument.ask.label),
        kind=argument.kind,
        hint=_(argument.ask.hint) if argument.ask.hint else "",
        required=argument.required,
        choices=[(value, _(word)) for value, word in argument.choices],
        value=typed.get(argument.name, argument.default),
        errors=[sentence.render() for sentence in problems.get(argument.name, ())],
    )


def typed_values() -> dict[str, Any]:
    """Give what was typed into the request's form, uploads included."""
    form: MultiDict[str, Any] = MultiDict(request.form)
    return {**form.to_dict(), **{name: upload for name, upload in request.files.items() if upload.filename}}


def version_typed() -> int | None:
    """Give the version of the record as it was when the form was opened."""
    told = request.form.get("version", "")
    return int(told) if told.isdecimal() and len(told) < 10 else None  # noqa: PLR2004  (versions are small)


def done_words(record: Any, label: str) -> str:
    """Say which deed is done on which record: 申报 2027-SB-0117 已提交."""
    number = getattr(record, "number", None) or str(record)
    state = getattr(record, "state", None)
    if state is None:
        return _("%(label)s: %(name)s", label=label, name=number)
    return _("%(name)s: %(state)s", name=number, state=_(word_of(state)))
