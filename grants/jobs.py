"""What calls do by the clock."""

from __future__ import annotations

from grants.operations.calls import open_and_close_calls
from kernel.jobs import Job

OPEN_AND_CLOSE_CALLS = Job(
    name="open-and-close-calls", run=lambda actor: open_and_close_calls(actor=actor), every_seconds=60
)
