"""What becomes of an awarded application: one story a kind of project, with the states of its money."""

from __future__ import annotations

from dataclasses import dataclass

from grants.states import ContractState as C, InstalmentState as I, ProjectState as P
from orgs.states import Grade

LOCKED = (I.LOCKED, I.LOCKED, I.LOCKED)


@dataclass(frozen=True, slots=True)
class Story:
    """A project's state, its instalments' states, how far it has come, and how often it is told.

    `progress` is how much of its targets and of its money it has used by now; `midterm` says how the mid-term went
    ("passed", "failed", "open", ""); `owner` gives it to one of the two organizations that sign in; `penalties` in yuan.
    """

    state: P | None
    parts: tuple[I, I, I] = LOCKED
    weight: int = 1
    contract: C = C.SIGNED
    progress: float = 0.0
    midterm: str = ""
    grade: Grade | None = None
    audited: bool = False
    spend: float = 0.98
    owner: int | None = None
    penalties: int = 0
    ends_early: bool = False
    objected: bool = False

    @property
    def window(self) -> tuple[int, int]:
        """Give how many days ago the service of a running project began, and how many days it still takes."""
        if self.midterm != "passed":
            return 150, 112
        return (205, 75) if self.parts[1] is not I.PAID else (245, 40)


PAID, DUE, CANCELLED = I.PAID, I.DUE, I.CANCELLED

FINISHED = (
    Story(
        P.CLOSED, (PAID, PAID, PAID), 6, progress=1.04, midterm="passed", grade=Grade.EXCELLENT, audited=True, owner=0
    ),
    Story(
        P.CLOSED,
        (PAID, PAID, PAID),
        14,
        progress=1.02,
        midterm="passed",
        grade=Grade.EXCELLENT,
        audited=True,
        spend=1.0,
    ),
    Story(P.CLOSED, (PAID, PAID, PAID), 34, progress=1.0, midterm="passed", grade=Grade.GOOD, audited=True, owner=1),
    Story(
        P.ARCHIVED, (PAID, PAID, PAID), 20, progress=1.0, midterm="passed", grade=Grade.GOOD, audited=True, spend=0.99
    ),
    Story(
        P.CLOSED, (PAID, PAID, PAID), 10, progress=0.86, midterm="passed", grade=Grade.FAIR, audited=True, spend=0.95
    ),
    Story(
        P.CLOSED, (PAID, PAID, CANCELLED), 4, progress=0.9, midterm="passed", grade=Grade.GOOD, audited=True, spend=0.7
    ),
    Story(
        P.CLOSED,
        (PAID, PAID, CANCELLED),
        2,
        progress=0.55,
        midterm="passed",
        grade=Grade.POOR,
        audited=True,
        spend=0.6,
        penalties=2000,
    ),
    Story(
        P.CLOSED,
        (PAID, PAID, CANCELLED),
        2,
        progress=0.58,
        midterm="passed",
        grade=Grade.POOR,
        audited=True,
        spend=0.82,
    ),
    Story(P.TERMINATED, (PAID, CANCELLED, CANCELLED), 1, progress=0.25, spend=0.45),
)

DELIVERY = (
    Story(P.RUNNING, (PAID, DUE, I.LOCKED), 8, progress=0.62, midterm="passed", owner=0),
    Story(P.RUNNING, (PAID, I.REQUESTED, I.LOCKED), 5, progress=0.66, midterm="passed"),
    Story(P.MIDTERM, (PAID, I.LOCKED, I.LOCKED), 1, progress=0.52, midterm="open", owner=1),
    Story(P.RUNNING, (PAID, PAID, I.LOCKED), 30, progress=0.78, midterm="passed"),
    Story(P.RUNNING, (PAID, I.CHECKED, I.LOCKED), 4, progress=0.7, midterm="passed"),
    Story(P.RUNNING, (PAID, I.REVIEWED, I.LOCKED), 4, progress=0.68, midterm="passed"),
    Story(P.RUNNING, (PAID, I.APPROVED, I.LOCKED), 3, progress=0.71, midterm="passed"),
    Story(P.RUNNING, (PAID, I.RETURNED, I.LOCKED), 2, progress=0.6, midterm="passed"),
    Story(P.RUNNING, (PAID, I.HELD, I.LOCKED), 1, progress=0.64, midterm="passed"),
    Story(P.RUNNING, (PAID, I.LOCKED, I.LOCKED), 4, progress=0.42),
    # Several, so that an evaluation of each can stand in each of its states.
    *(Story(P.MIDTERM, (PAID, I.LOCKED, I.LOCKED), 1, progress=0.5, midterm="open") for _ in range(4)),
    *(Story(P.RECTIFYING, (PAID, I.LOCKED, I.LOCKED), 2, progress=0.3, midterm="failed") for _ in range(2)),
    Story(P.SUSPENDED, (PAID, I.LOCKED, I.LOCKED), 1, progress=0.35),
    Story(P.TERMINATED, (PAID, CANCELLED, CANCELLED), 1, progress=0.2, spend=0.45),
    Story(P.CLOSING, (PAID, PAID, I.LOCKED), 5, progress=0.97, midterm="passed", ends_early=True),
    *(Story(P.FINAL, (PAID, PAID, I.LOCKED), 1, progress=1.0, midterm="passed", ends_early=True) for _ in range(6)),
    Story(P.AUDIT, (PAID, PAID, I.LOCKED), 4, progress=1.01, midterm="passed", grade=Grade.GOOD, ends_early=True),
    Story(
        P.AUDIT,
        (PAID, PAID, DUE),
        2,
        progress=1.0,
        midterm="passed",
        grade=Grade.EXCELLENT,
        audited=True,
        ends_early=True,
    ),
    Story(
        P.AUDIT,
        (PAID, PAID, I.APPROVED),
        1,
        progress=1.0,
        midterm="passed",
        grade=Grade.GOOD,
        audited=True,
        ends_early=True,
    ),
    Story(
        P.AUDIT,
        (PAID, PAID, CANCELLED),
        1,
        progress=0.6,
        midterm="passed",
        grade=Grade.FAIR,
        audited=True,
        spend=0.7,
        ends_early=True,
    ),
    Story(
        P.CLOSED,
        (PAID, PAID, PAID),
        3,
        progress=1.03,
        midterm="passed",
        grade=Grade.EXCELLENT,
        audited=True,
        ends_early=True,
    ),
)

FRESH = (
    Story(P.SIGNING, contract=C.OFFERED, owner=0),
    Story(P.SIGNING, contract=C.DRAFT),
    Story(P.SIGNING, contract=C.CONFIRMED, owner=1),
    Story(P.TERMINATED, (CANCELLED, CANCELLED, CANCELLED), contract=C.CANCELLED),
    Story(P.READY, (DUE, I.LOCKED, I.LOCKED)),
    Story(P.READY, (I.REQUESTED, I.LOCKED, I.LOCKED)),
    Story(P.READY, (I.CHECKED, I.LOCKED, I.LOCKED)),
    Story(P.READY, (I.REVIEWED, I.LOCKED, I.LOCKED)),
    Story(P.READY, (I.APPROVED, I.LOCKED, I.LOCKED)),
    Story(P.READY, (PAID, I.LOCKED, I.LOCKED)),
)

# On public notice: no project yet; one of them is objected to.
NOTICED = (Story(None, objected=True), Story(None), Story(None, owner=1), Story(None))
