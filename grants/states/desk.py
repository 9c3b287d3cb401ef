"""What the desk of the officers knows: how far an archive of applications is."""

from __future__ import annotations

from kernel.choices import Coded


class BundleState(Coded):
    """How far an archive is that somebody takes out."""

    WAITING = "waiting", "Being made", "bud", "clock-history"
    MADE = "made", "Ready", "ok", "check-circle-fill"
    FAILED = "failed", "Could not be made", "bad", "x-octagon-fill"
    FORGOTTEN = "forgotten", "Removed again", "idle", "archive"
