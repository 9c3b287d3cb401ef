"""Who asked for an archive of applications is told when it is there."""

from __future__ import annotations

from typing import Any

from grants.models import Bundle
from kernel.notices import Notice, Topic


def _told(bundle: Bundle) -> dict[str, Any]:
    return {"count": bundle.total}


BUNDLE_MADE = Notice(
    key="bundle.made",
    topic=Topic.PROGRESS,
    to=lambda bundle: [bundle.asked_by_id] if bundle.asked_by_id else [],
    headline="The archive of {count} applications is ready",
    body="It is kept for seven days.",
    params=_told,
    link=lambda bundle: f"/bundles/{bundle.id}",
)
