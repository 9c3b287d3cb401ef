"""The steps of a rating's life."""

from __future__ import annotations

from kernel.workflow import Transition, Workflow
from orgs import notices, rules
from orgs.states import ImportState, RatingState

RATING = Workflow(
    "Rating",
    noun="Rating",
    initial=RatingState.PENDING,
    path=(RatingState.PENDING, RatingState.VALID, RatingState.EXPIRED),
    transitions=(
        Transition(
            name="confirm",
            label="Verify the rating",
            source=frozenset({RatingState.PENDING}),
            target=RatingState.VALID,
            notices=(notices.RATING_CONFIRMED,),
            confirm="Compare grade, day and number with the certificate or the announcement first.",
            icon="patch-check",
        ),
        Transition(
            name="expire",
            label="Let the rating expire",
            source=frozenset({RatingState.VALID}),
            target=RatingState.EXPIRED,
            guards=(rules.rating_is_over,),
            by_person=False,
        ),
        Transition(
            name="downgrade",
            label="Record the downgrade",
            source=frozenset({RatingState.VALID}),
            target=RatingState.DOWNGRADED,
            notices=(notices.RATING_TAKEN_AWAY,),
            confirm="This rating ends on the day you give; the lower grade is recorded as a rating of its own.",
            style="bad",
            icon="arrow-down",
        ),
        Transition(
            name="revoke",
            label="Record the cancellation",
            source=frozenset({RatingState.VALID}),
            target=RatingState.REVOKED,
            notices=(notices.RATING_TAKEN_AWAY,),
            confirm="This rating ends on the day you give. The organization is told.",
            style="bad",
            icon="x-octagon-fill",
        ),
    ),
)

IMPORT = Workflow(
    "ImportRun",
    noun="The import",
    initial=ImportState.UPLOADED,
    path=(ImportState.UPLOADED, ImportState.CHECKING, ImportState.READY, ImportState.TAKING, ImportState.TAKEN),
    transitions=(
        Transition(
            name="check",
            label="Check the lines",
            source=frozenset({ImportState.UPLOADED}),
            target=ImportState.CHECKING,
            by_person=False,
        ),
        Transition(
            name="checked",
            label="Show what the list would change",
            source=frozenset({ImportState.CHECKING}),
            target=ImportState.READY,
            by_person=False,
        ),
        Transition(
            name="give_back",
            label="Give the list back",
            source=frozenset({ImportState.CHECKING, ImportState.TAKING}),
            target=ImportState.UPLOADED,
            by_person=False,
        ),
        Transition(
            name="take",
            label="Take the list in",
            source=frozenset({ImportState.READY}),
            target=ImportState.TAKING,
            guards=(rules.something_can_be_taken,),
            confirm="All lines that can be taken are taken together, or none. Lines with mistakes stay out.",
            icon="check-lg",
        ),
        Transition(
            name="recheck",
            label="Check the lines anew",
            source=frozenset({ImportState.TAKING}),
            target=ImportState.CHECKING,
            by_person=False,
        ),
        Transition(
            name="taken",
            label="Note that the list is in",
            source=frozenset({ImportState.TAKING}),
            target=ImportState.TAKEN,
            by_person=False,
        ),
        Transition(
            name="remap",
            label="Match the columns anew",
            source=frozenset({ImportState.READY}),
            target=ImportState.UPLOADED,
            style="quiet",
            icon="arrow-left-right",
        ),
        Transition(
            name="drop",
            label="Give the import up",
            source=frozenset({ImportState.UPLOADED, ImportState.READY}),
            target=ImportState.DROPPED,
            confirm="Nothing of this list gets into the register. The file is kept with the import.",
            style="quiet",
            icon="dash-circle",
        ),
        Transition(
            name="undo",
            label="Undo the import",
            source=frozenset({ImportState.TAKEN}),
            target=ImportState.UNDONE,
            confirm="Everything that this import brought or changed becomes as it was before.",
            style="bad",
            icon="arrow-counterclockwise",
        ),
    ),
)
