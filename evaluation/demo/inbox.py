"""A few unread notices for those who judge."""

from __future__ import annotations

from kernel.demo import Stage


def load_inbox(stage: Stage) -> None:
    """Tell reviewers and evaluators what waits for them."""
