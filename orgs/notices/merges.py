"""Who is told when two files of one organization are made one."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from kernel.db import db
from kernel.notices import Notice, Topic, members_of, to_role
from orgs.models import Organization, OrganizationMerge


def _of_merge(merge: OrganizationMerge) -> dict[str, Any]:
    named = select(Organization.name).where(Organization.id == merge.survivor_id)
    return {
        "name": db.session.scalar(named) or "",
        "other": merge.merged_name,
        "code": merge.merged_code,
        "reason": merge.reason,
        "answer": merge.answer or "",
    }


def _merge(merge: OrganizationMerge) -> str:
    return f"/merges/{merge.id}"


def _proposer(merge: OrganizationMerge) -> list[int]:
    return [merge.proposed_by_id]


MERGE_PROPOSED = Notice(
    key="merge.proposed",
    topic=Topic.TASKS,
    to=to_role("director"),
    headline="Two files of one organization wait to be merged",
    body="{other} ({code}) is to become part of {name}. Reason: {reason}",
    params=_of_merge,
    link=_merge,
)
MERGE_DONE = Notice(
    key="merge.done",
    topic=Topic.DECISIONS,
    to=_proposer,
    headline="The merge that you proposed is done",
    body="{other} ({code}) is part of {name} now; its former addresses lead there.",
    params=_of_merge,
    link=_merge,
)
MERGE_REFUSED = Notice(
    key="merge.refused",
    topic=Topic.DECISIONS,
    to=_proposer,
    headline="The merge that you proposed is refused",
    body="{other} ({code}) stays beside {name}. Reason: {answer}",
    params=_of_merge,
    link=_merge,
)
FILES_MERGED = Notice(
    key="merge.told",
    topic=Topic.DECISIONS,
    to=members_of(lambda merge: merge.survivor_id, "org_admin"),
    headline="The register holds one file of your organization now",
    body="The Centre has merged the file of {other} ({code}) into that of {name}. Please look through your file; if"
    " something is not right, tell the Centre.",
    params=_of_merge,
    link=lambda _merge: "/organization/",
)
