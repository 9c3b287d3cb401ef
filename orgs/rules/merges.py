"""May two files of one organization be made one, and by whom."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from kernel.actor import Actor
from kernel.words import Sentence
from orgs.models import Organization, OrganizationMerge
from orgs.queries.merges import Obstacles, obstacles_to, organizations_by_former_code

ONE_IS_GONE: Final = Sentence("One of the two organizations is gone by now: it was merged with another meanwhile.")


def code_is_no_former_one(code: str) -> Sentence | None:
    """A code that a merge left belongs to the organization that both files are of."""
    bearer = organizations_by_former_code((code,)).get(code)
    return None if bearer is None else code_was_left(bearer)


def code_was_left(bearer: Organization) -> Sentence:
    """Say to whom a code belongs since two files were made one."""
    return Sentence(
        "This code belongs to “{name}”, which goes by {code} since two files were merged.",
        name=bearer.name,
        code=bearer.credit_code,
    )


def against_merging(found: Obstacles) -> list[Sentence]:
    """Say what must be decided elsewhere before two files can be merged."""
    told = {
        ONE_IS_GONE: not found.both_there,
        Sentence("Both have an open listing on the Centre's blacklist. Please finish one of them first."): (
            found.listed_twice
        ),
        Sentence("In both files a change of the same entry waits for approval. Please decide one of them first."): (
            found.changing_twice
        ),
        Sentence("Another merge of one of these organizations is proposed. Please decide it first."): (
            found.merged_elsewhere
        ),
    }
    return [sentence for sentence, stands in told.items() if stands]


def merge_can_be_done(merge: OrganizationMerge, _actor: Actor) -> Sentence | None:
    """What stands against a merge is told before it is approved."""
    found = obstacles_to(merge.survivor_id, merge.merged_id, but_for=merge.id)
    return next(iter(against_merging(found)), None)


def merge_is_decided_by_another(merge: OrganizationMerge, actor: Actor) -> Sentence | None:
    """Four eyes: a merge cannot be undone, so who proposed it does not approve it."""
    return Sentence("Whoever proposed a merge does not decide it.") if actor.user_id == merge.proposed_by_id else None


def clashes_were_seen(merge: OrganizationMerge, keys: Iterable[str]) -> Sentence | None:
    """Nobody decides what nobody saw: what clashes now clashed when the merge was proposed."""
    if set(keys) <= set(merge.clashes):
        return None
    return Sentence("Entries clash by now that nobody has decided on. Please refuse this merge and propose it anew.")


def choices_are_offered(taken: Iterable[str], offered: set[str]) -> Sentence | None:
    """What is taken from the other side is one of the entries that both have."""
    return None if set(taken) <= offered else Sentence("Please choose one of the offered values.")
