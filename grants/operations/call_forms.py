"""Deeds on the form of a call: built in the draft, frozen at the publication, changed afterwards by two people."""

from __future__ import annotations

from typing import Annotated

from grants.models import Call, CallForm, FormVersion
from grants.notices.call_forms import FORM_CHANGE_PROPOSED, FORM_CHANGE_RETURNED, FORM_CHANGED
from grants.queries.forms import drafts_of, form_of, latest_form_version
from grants.questions import Definition, flaws
from grants.rules.call_forms import another_person_publishes, differs, form_may_be_changed, form_may_still_change
from kernel.actor import Actor
from kernel.arguments import Ask
from kernel.db import db, expect_version
from kernel.errors import Refused
from kernel.words import Sentence
from kernel.workflow import deed, lock, refuse_if

NOT_PROPOSED = Sentence("No change of this form waits for a decision.")


@deed("change", "CallForm")
def save_form(call: Call, *, actor: Actor, form: Definition, version: int | None = None) -> CallForm:
    """Put a form in the place of the one being built; `version` is the one that was changed, 0 where there was none.

    Raises Refused with every flaw or when it may not be changed any more, Stale when somebody changed it meanwhile.
    """
    lock(call)
    kept = form_of(call.id)
    refuse_if(form_may_be_changed(call, kept))
    refuse_if(*flaws(form))
    if kept is None:
        kept = CallForm(call_id=call.id, call=call, definition=form.dump())
        db.session.add(kept)
    else:
        db.session.refresh(kept)
        expect_version(kept, version)
        kept.definition = form.dump()
    db.session.flush()
    return kept


@deed("propose", "CallForm")
def propose_form_change(
    call: Call,
    *,
    actor: Actor,
    reason: Annotated[str, Ask("Reason of the change", "It is published with the call.", long=True)],
) -> None:
    """Ask the director to publish a changed form; raises Refused when nothing is changed or it would not be fair."""
    lock(call)
    form = form_of(call.id)
    refuse_if(form_may_be_changed(call, form), differs(form, latest_form_version(call.id)))
    if form is None:
        raise Refused(NOT_PROPOSED)
    form.change_reason, form.proposed_by_id = reason, actor.user_id
    db.session.flush()
    FORM_CHANGE_PROPOSED.send(form, actor=actor, occasion=str(form.version))


@deed("publish", "CallForm")
def publish_form_change(call: Call, *, actor: Actor) -> FormVersion:
    """Freeze the changed form for the applications that are begun from now on, and tell the authors of each draft.

    Raises Refused when no change waits, when the actor proposed it, or when it has become unfair meanwhile.
    """
    form = _proposed(call)
    refuse_if(another_person_publishes(form, actor), form_may_still_change(call))
    version = freeze_form(call, actor=actor, reason=form.change_reason or "")
    form.change_reason = form.proposed_by_id = None
    db.session.flush()
    for draft in drafts_of(call.id):
        FORM_CHANGED.tell(draft, actor=actor, occasion=str(version.number), reason=version.reason)
    return version


@deed("return_change", "CallForm")
def return_form_change(
    call: Call,
    *,
    actor: Actor,
    reason: Annotated[str, Ask("Reason", "The officer reads this.", long=True)],
) -> None:
    """Send the change of a form back to the officer; what is published stays as it is."""
    form = _proposed(call)
    form.change_reason = form.proposed_by_id = None
    db.session.flush()
    FORM_CHANGE_RETURNED.tell(form, actor=actor, occasion=str(form.version), reason=reason)


def _proposed(call: Call) -> CallForm:
    lock(call)
    form = form_of(call.id)
    if form is None or form.change_reason is None:
        raise Refused(NOT_PROPOSED)
    return form


def freeze_form(call: Call, *, actor: Actor, reason: str = "") -> FormVersion:
    """Freeze the form being built as the next version of a call; called inside the deed that publishes."""
    form, latest = form_of(call.id), latest_form_version(call.id)
    definition = form.form if form else Definition()
    version = FormVersion(
        call_id=call.id,
        number=(latest.number if latest else 0) + 1,
        definition=definition.dump(),
        sha256=definition.sha256,
        reason=reason if latest else "",
        published_by_id=actor.user_id,
    )
    db.session.add(version)
    call.form_number = version.number
    db.session.flush()
    return version
