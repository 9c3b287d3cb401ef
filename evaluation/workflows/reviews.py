"""One expert's review of one application, from its assignment to its seal."""

from __future__ import annotations

from evaluation.notices.reviews import REVIEW_HANDED_IN, REVIEW_RECUSED, REVIEW_REPLACED
from evaluation.rules.reviews import every_item_is_scored, is_the_reviewer, low_scores_are_explained
from evaluation.states import REVIEW_IN_HAND, ReviewState as S
from kernel.workflow import Transition, Workflow

REVIEW: Workflow[S] = Workflow(
    "Review",
    noun="This review",
    initial=S.ASSIGNED,
    path=(S.ASSIGNED, S.ACCEPTED, S.SCORING, S.HANDED_IN, S.SEALED),
    transitions=(
        Transition(
            name="accept",
            label="Make the recusal statement",
            source=frozenset({S.ASSIGNED}),
            target=S.ACCEPTED,
            guards=(is_the_reviewer,),
            icon="shield-check",
        ),
        Transition(
            name="recuse",
            label="Recuse myself",
            source=REVIEW_IN_HAND,
            target=S.RECUSED,
            guards=(is_the_reviewer,),
            notices=(REVIEW_RECUSED,),
            confirm="The application goes to another reviewer and leaves your desk.",
            style="bad",
            icon="dash-circle",
        ),
        Transition(
            name="begin",
            label="Begin scoring",
            source=frozenset({S.ACCEPTED}),
            target=S.SCORING,
            guards=(is_the_reviewer,),
            by_person=False,
        ),
        Transition(
            name="hand_in",
            label="Hand in the sheet",
            source=frozenset({S.SCORING}),
            target=S.HANDED_IN,
            guards=(is_the_reviewer, every_item_is_scored, low_scores_are_explained),
            notices=(REVIEW_HANDED_IN,),
            confirm="Your scores stay as they are from then on, and the application leaves your desk.",
            icon="send-check",
        ),
        Transition(
            name="seal",
            label="Seal the sheet",
            source=frozenset({S.HANDED_IN}),
            target=S.SEALED,
            by_person=False,
        ),
        Transition(
            name="replace",
            label="Replace the reviewer",
            source=REVIEW_IN_HAND,
            target=S.REPLACED,
            notices=(REVIEW_REPLACED,),
            confirm="The application leaves the reviewer's desk; then assign another one.",
            style="quiet",
            icon="people",
        ),
    ),
)
