"""The results of mid-term and final evaluations that a story asks for, in halves of a point."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from random import Random

from grants.demo.stories import Story
from grants.states import Grade

MIDTERM_PART = Decimal("0.30")
FINAL_PART = Decimal("0.70")
# Between which scores the mid-term and the final evaluation of a grade lie, in halves.
HALVES = {
    Grade.EXCELLENT: ((176, 190), (184, 193)),
    Grade.GOOD: ((162, 180), (162, 178)),
    Grade.FAIR: ((126, 156), (126, 152)),
    Grade.POOR: ((120, 130), (92, 112)),
}
UNGRADED = (140, 188)


@dataclass(frozen=True, slots=True)
class Scores:
    """What was given, and what it comes to: mid-term 30%, final 70%."""

    midterm: Decimal | None
    final: Decimal | None
    composite: Decimal | None


def scores_for(dice: Random, story: Story) -> Scores:
    """Draw scores that lead to the story's grade."""
    if story.midterm != "passed":
        return Scores(None, None, None)
    if story.grade is None:
        return Scores(Decimal(dice.randint(*UNGRADED)) / 2, None, None)
    middle, last = HALVES[story.grade]
    midterm, final = Decimal(dice.randint(*middle)) / 2, Decimal(dice.randint(*last)) / 2
    return Scores(midterm, final, MIDTERM_PART * midterm + FINAL_PART * final)
