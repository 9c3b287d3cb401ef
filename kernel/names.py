"""What records, deeds and jobs are called where a page tells of them by the names that the code has: roles, trail, jobs.

Their words are the names, taken apart: AwardList is "Award list", `give_roles` "Give roles", `deliver-mail` "Deliver mail".
"""

from __future__ import annotations

import re

from kernel.module import MODULES
from kernel.permissions import GRANTED
from kernel.speech import gettext as _

_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_OTHERWISE = {
    "Letter": "Letter by mail",
    "ask": "Ask for it",
    "list": "See the list",
    "show": "Look at it",
    "show_own": "Look at one's own",
    "record": "Put on record",
    "score": "Give a score",
    "take_out": "Take out as an archive",
}
"""Names whose plain word says something else elsewhere."""
SIGN_INS = ("sign_in", "sign_in_failed", "code_failed", "first_password", "change_password", "end_sessions")


def apart(name: str) -> str:
    """Give the msgid of a name of the code."""
    return _OTHERWISE.get(name) or re.sub(r"[_-]+", " ", _CAPITAL.sub(" ", name)).capitalize()


def kind_words(kind: str) -> str:
    """Give what a kind of record is called."""
    return _(apart(kind)) if kind else ""


def deed_words(kind: str, verb: str) -> str:
    """Give what a deed on a kind of record is called: a step by its label, any other by its name."""
    return _(label_of(kind, verb) or apart(verb))


def action_words(action: str, subject: str) -> str:
    """Give what an action of the trail is called: "Application.submit", "sign_in"; with its kind where that is another."""
    kind, _dot, verb = action.rpartition(".")
    told = deed_words(kind, verb)
    return told if not kind or apart(kind) == apart(subject) else f"{kind_words(kind)} · {told}"


def actions_called(word: str) -> list[str]:
    """Give the actions whose words hold a word, in the reader's language."""
    pairs = {(kind, verb) for granted in GRANTED.values() for verb, kind in granted}
    pairs |= {(flow.kind, name) for module in MODULES for flow in module.workflows for name in flow.transitions}
    known = [f"{kind}.{verb}" for kind, verb in sorted(pairs)] + [*SIGN_INS]
    return [action for action in known if word.casefold() in action_words(action, action.rpartition(".")[0]).casefold()]


def job_words(name: str) -> str:
    """Give what a job is called."""
    return _(apart(name))


def label_of(kind: str, verb: str) -> str:
    """Give the label of the step of that name, or of the first that asks for that permission; "" where there is none."""
    flows = [flow for module in MODULES for flow in module.workflows if flow.kind == kind]
    steps = [step for flow in flows for step in flow.transitions.values()]
    named = [step for step in steps if step.name == verb] or [step for step in steps if step.verb == verb]
    return named[0].label if named else ""
