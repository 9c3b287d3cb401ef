"""Notices of expert review."""

from __future__ import annotations

from typing import Any

from evaluation.models import Review
from kernel.notices import Notice, Topic, to_role


def _params(review: Review) -> dict[str, Any]:
    return {"number": review.application_number, "due": review.due_on}


REVIEWS_ASSIGNED = Notice(
    key="review.assigned",
    topic=Topic.DEADLINES,
    to=lambda review: [review.reviewer_id],
    headline="Applications wait for your review",
    body="You have been asked to review applications, {number} among them. Please make your recusal statement, then score until {due}.",
    params=_params,
    link=lambda _review: "/my-reviews/",
)
REVIEW_RECUSED = Notice(
    key="review.recused",
    topic=Topic.TASKS,
    to=to_role("officer"),
    headline="A reviewer of {number} is recused",
    body="{number} needs another reviewer. Reason given: {reason}",
    params=lambda review: {"number": review.application_number, "reason": review.left_reason or ""},
    link=lambda review: f"/review-boards/{review.call_id}",
)
REVIEW_REPLACED = Notice(
    key="review.replaced",
    to=lambda review: [review.reviewer_id],
    headline="Your review of {number} is no longer needed",
    body="Another reviewer takes over {number}. Thank you; there is nothing more to do.",
    params=_params,
    link=lambda _review: "/my-reviews/",
)
REVIEW_HANDED_IN = Notice(
    key="review.handed_in",
    to=to_role("officer"),
    headline="A sheet for {number} is in",
    body="A reviewer handed in the sheet for {number}. Scores are shown when the review is closed.",
    params=_params,
    link=lambda review: f"/review-boards/{review.call_id}",
    by_mail=False,
)
