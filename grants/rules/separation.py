"""Segregation of duties: which person of a record's past may not take its next step.

Source: domain rules of the Centre; who proposes does not approve, who requests a payment does not release it. The
database holds the same; here it is said kindly, before a step is tried.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kernel.actor import Actor
from kernel.words import Sentence

Rule = Callable[[Any, Actor], Sentence | None]

WORDS = {
    "proposed_by_id": Sentence("You proposed this yourself, so another person has to take this step."),
    "agreed_by_id": Sentence("You agreed to this yourself, so another person has to take this step."),
    "approved_by_id": Sentence("You approved this yourself, so another person has to take this step."),
    "requested_by_id": Sentence("You requested this yourself, so another person has to take this step."),
    "checked_by_id": Sentence("You checked this yourself, so another person has to take this step."),
    "reviewed_by_id": Sentence("You reviewed this yourself, so another person has to take this step."),
    "confirmed_by_id": Sentence("You confirmed this for the organization, so another person signs for the Centre."),
}


def taken_by_another(*columns: str) -> Rule:
    """Make the rule that whoever stands in one of these columns does not take the step."""

    def rule(record: Any, actor: Actor) -> Sentence | None:
        if actor.user_id is None:
            return None
        return next((WORDS[name] for name in columns if getattr(record, name) == actor.user_id), None)

    return rule
