"""What runs by the clock."""

from __future__ import annotations

from kernel.jobs import Job
from orgs.operations import expire_ratings

EXPIRE_RATINGS = Job("expire-ratings", expire_ratings, cron="10 0 * * *")
