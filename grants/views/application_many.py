"""What can be done with many applications at once, by whom."""

from __future__ import annotations

from grants.operations.desk import STEPS
from grants.workflows.applications import APPLICATION
from kernel.actor import Actor
from kernel.speech import gettext as _

TAKE_OUT = "take_out"


def deeds_on_many(actor: Actor) -> list[tuple[str, str, str]]:
    """Give what somebody can do with chosen applications: (name, label, icon)."""
    steps = [APPLICATION.transitions[name] for name in STEPS]
    told = [(step.name, _(step.label), step.icon) for step in steps if actor.may(step.verb, "Application")]
    if actor.may(TAKE_OUT, "Application"):
        told.append((TAKE_OUT, _("Take out as an archive"), "file-earmark-zip"))
    return told
