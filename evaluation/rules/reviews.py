"""Rules of expert review: who may score, what a sheet must hold, who may not be asked."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from evaluation.models import OVERALL, Review, ReviewItem
from evaluation.scoring import Indicator, IndicatorSet
from evaluation.states import ReviewState
from grants.models import Application
from grants.states import ApplicationState
from kernel.actor import Actor
from kernel.words import Sentence

HALF: Final = Decimal("0.5")
EXPLAINED_BELOW: Final = Decimal("0.6")
LONGEST_COMMENT: Final = 2000


def is_the_reviewer(review: Review, actor: Actor) -> Sentence | None:
    """A sheet is its reviewer's and nobody else's."""
    if actor.user_id == review.reviewer_id:
        return None
    return Sentence("This sheet is another reviewer's.")


def may_be_scored(review: Review) -> Sentence | None:
    """A sheet is open between the recusal statement and the handing in."""
    if review.state in {ReviewState.ACCEPTED, ReviewState.SCORING}:
        return None
    if review.state is ReviewState.ASSIGNED:
        return Sentence("Please make the recusal statement first.")
    return Sentence("This sheet is “{state}” and stays as it is.", state=review.state)


def every_item_is_scored(review: Review, actor: Actor) -> Sentence | None:
    """A sheet is handed in whole."""
    items = {item.item_code: item for item in review.items}
    missing = [leaf.name for leaf in review.indicator_set.sheet.leaves if not _scored(items, leaf)]
    if not missing:
        return None
    return Sentence("{count} items have no score yet: {names}.", count=len(missing), names=missing)


def low_scores_are_explained(review: Review, actor: Actor) -> Sentence | None:
    """Below 60% of an item's weight the sheet says why."""
    items = {item.item_code: item for item in review.items}
    bare = [leaf.name for leaf in review.indicator_set.sheet.leaves if _is_bare(items.get(leaf.code), leaf)]
    if not bare:
        return None
    return Sentence("A score below 60% needs a comment: {names}.", names=bare)


def _is_bare(item: ReviewItem | None, leaf: Indicator) -> bool:
    if item is None or item.score is None:
        return False
    return item.score < leaf.weight * EXPLAINED_BELOW and not item.comment.strip()


def _scored(items: Mapping[str, ReviewItem], leaf: Indicator) -> bool:
    return leaf.code in items and items[leaf.code].score is not None


def score_problems(
    sheet: IndicatorSet,
    scores: Mapping[str, Decimal | None],
    comments: Mapping[str, str],
) -> dict[str, list[Sentence]]:
    """Say what is wrong with what was typed into a sheet: field → sentences."""
    leaves = {leaf.code: leaf for leaf in sheet.leaves}
    problems: dict[str, list[Sentence]] = {}
    for code, score in scores.items():
        told = (
            score_problem(leaves[code], score) if code in leaves else Sentence("There is no such item in this sheet.")
        )
        if told is not None:
            problems[f"score-{code}"] = [told]
    for code, comment in comments.items():
        if code not in leaves and code != OVERALL:
            problems[f"comment-{code}"] = [Sentence("There is no such item in this sheet.")]
        elif len(comment) > LONGEST_COMMENT:
            told = Sentence("At most {most} characters; there are {count}.", most=LONGEST_COMMENT, count=len(comment))
            problems[f"comment-{code}"] = [told]
    return problems


def score_problem(leaf: Indicator, score: Decimal | None) -> Sentence | None:
    """Scores are given in halves, from 0 to the weight of the item."""
    if score is None:
        return None
    if not score.is_finite() or score < 0 or score > leaf.weight:
        return Sentence("Please give a score from 0 to {weight}.", weight=_plain(leaf.weight))
    if score % HALF:
        return Sentence("Scores are given in halves, such as 7.5.")
    return None


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


def waits_for_reviewers(application: Application) -> Sentence | None:
    """Reviewers are assigned while an application is under review and has no result."""
    if application.state is not ApplicationState.REVIEWING:
        return Sentence(
            "{number} is “{state}” and not under review.", number=application.number, state=application.state
        )
    if application.score is not None:
        return Sentence("The review of {number} is closed.", number=application.number)
    return None


def enough_reviewers(number: str, active: int, least: int) -> Sentence | None:
    """Each application gets at least as many reviewers as its call asks for."""
    if active >= least:
        return None
    return Sentence(
        "{number} would have {active} reviewers; the call asks for {least}.", number=number, active=active, least=least
    )


def sheets_are_in(number: str, handed_in: int, in_hand: int, least: int) -> Sentence | None:
    """A review is closed when every sheet is in and there are enough of them."""
    if in_hand:
        return Sentence(
            "{number}: {count} sheets are still being written. Wait for them, or replace the reviewer.",
            number=number,
            count=in_hand,
        )
    if handed_in < least:
        return Sentence("{number}: {count} of {least} sheets are in.", number=number, count=handed_in, least=least)
    return None
