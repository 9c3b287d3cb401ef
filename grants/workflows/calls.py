"""A call from its draft to its end."""

from __future__ import annotations

from grants.notices.calls import (
    CALL_APPROVED,
    CALL_CLOSED,
    CALL_FINISHED,
    CALL_PROPOSED,
    CALL_RETURNED,
    CALL_WITHDRAWN,
)
from grants.rules import calls as rules
from grants.rules.eligibility.choosing import rules_fit_the_nature
from grants.states import CALL_WITHDRAWABLE, CallState as S
from kernel.workflow import Transition, Workflow

PROPOSAL = (
    rules.year_is_approved,
    rules.quotas_are_there,
    rules.quotas_fit_the_year,
    rules.lots_match_quotas,
    rules.window_is_long_enough,
    rules.closes_in_the_future,
    rules.instalments_are_complete,
    rules.management_is_paid,
    rules.caps_are_ordered,
    rules_fit_the_nature,
    rules.notice_is_long_enough,
    rules.form_is_sound,
)

CALL: Workflow[S] = Workflow(
    "Call",
    noun="This call",
    initial=S.DRAFT,
    path=(S.DRAFT, S.PROPOSED, S.PUBLISHED, S.OPEN, S.CLOSED, S.REVIEWING, S.NOTICED, S.AWARDED, S.FINISHED),
    transitions=(
        Transition(
            name="propose",
            label="Propose the call",
            source=frozenset({S.DRAFT}),
            target=S.PROPOSED,
            guards=PROPOSAL,
            notices=(CALL_PROPOSED,),
            icon="send",
        ),
        Transition(
            name="approve",
            label="Approve and publish",
            source=frozenset({S.PROPOSED}),
            target=S.PUBLISHED,
            guards=(rules.another_person_approves, *PROPOSAL),
            notices=(CALL_APPROVED,),
            confirm="The quotas are allotted from the year's money and everybody can read the call.",
            icon="check-lg",
        ),
        Transition(
            name="return_call",
            label="Send the call back",
            source=frozenset({S.PROPOSED}),
            target=S.DRAFT,
            notices=(CALL_RETURNED,),
            style="quiet",
            icon="arrow-return-left",
        ),
        Transition(
            name="open",
            label="Open now",
            source=frozenset({S.PUBLISHED}),
            target=S.OPEN,
            guards=(rules.is_not_over,),
            confirm="Organizations can apply from now on.",
            icon="unlock",
        ),
        Transition(
            name="close",
            label="Close the call",
            source=frozenset({S.OPEN}),
            target=S.CLOSED,
            guards=(rules.closing_moment_is_reached,),
            notices=(CALL_CLOSED,),
            icon="lock",
        ),
        Transition(
            name="start_review",
            label="Start the review",
            source=frozenset({S.CLOSED}),
            target=S.REVIEWING,
            guards=(rules.applications_are_decided,),
            confirm="All qualified applications go to the reviewers.",
            icon="people",
        ),
        Transition(
            name="notice",
            label="Put on public notice",
            source=frozenset({S.REVIEWING}),
            target=S.NOTICED,
            by_person=False,
        ),
        Transition(
            name="award",
            label="Make the awards",
            source=frozenset({S.NOTICED}),
            target=S.AWARDED,
            by_person=False,
        ),
        Transition(
            name="finish",
            label="Finish the call",
            source=frozenset({S.AWARDED}),
            target=S.FINISHED,
            guards=(rules.no_contract_is_waited_for,),
            notices=(CALL_FINISHED,),
            confirm="What is left of the quotas goes back to the year.",
            icon="archive",
        ),
        Transition(
            name="withdraw",
            label="Withdraw the call",
            source=CALL_WITHDRAWABLE,
            target=S.WITHDRAWN,
            notices=(CALL_WITHDRAWN,),
            confirm="The reason is published; the quotas go back to the year. This cannot be undone.",
            style="bad",
            icon="x-octagon-fill",
        ),
    ),
)
