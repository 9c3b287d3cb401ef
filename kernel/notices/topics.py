"""What notices are about, as people group them, and the ways in which each group may reach them."""

from __future__ import annotations

from kernel.choices import Coded


class Way(Coded):
    """How a person is told of a message besides their inbox."""

    AT_ONCE = "at_once", "By mail at once"
    DAILY = "daily", "In one mail each working day"
    WEEKLY = "weekly", "In one mail a week"
    INBOX = "inbox", "Only here, no mail"

    @property
    def is_digest(self) -> bool:
        return self in {Way.DAILY, Way.WEEKLY}


class Topic(Coded):
    """A group of notices for which a person chooses one way."""

    TASKS = "tasks", "Things that wait for you"
    DEADLINES = "deadlines", "Deadlines"
    DECISIONS = "decisions", "Decisions and results"
    PAYMENTS = "payments", "Payments and contracts"
    PROGRESS = "progress", "What else goes on"
    ACCOUNT = "account", "Account and security"

    @property
    def ways(self) -> tuple[Way, ...]:
        """Give the ways that may be chosen: what concerns safety or a legal deadline cannot be silenced."""
        if self is Topic.ACCOUNT:
            return (Way.AT_ONCE,)
        if self is Topic.DEADLINES:
            return (Way.AT_ONCE, Way.DAILY)
        return tuple(Way)
