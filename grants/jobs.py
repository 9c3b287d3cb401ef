"""What calls and public notices do by the clock."""

from __future__ import annotations

from grants.operations.bundles import forget_bundles, make_bundles
from grants.operations.calls import open_and_close_calls
from grants.operations.public_notices import close_notices_over
from kernel.jobs import Job

OPEN_AND_CLOSE_CALLS = Job(
    name="open-and-close-calls", run=lambda actor: open_and_close_calls(actor=actor), every_seconds=60
)
CLOSE_NOTICES = Job(name="close-notices", run=close_notices_over, cron="10 0 * * *")
MAKE_BUNDLES = Job("make-bundles", make_bundles, every_seconds=3)
FORGET_BUNDLES = Job("forget-bundles", forget_bundles, cron="20 3 * * *")
