"""Scores and what follows from them: down the ranking every quota is awarded while it lasts.

A score is one that five sheets in halves can come to when the highest and the lowest are dropped: a whole number of
sixths. So the sheets can be written afterwards, by whoever knows them.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from random import Random

from grants.demo.applying import Wish
from grants.demo.plan import Loaded
from grants.states import ApplicationState as A, CallState
from kernel.demo import Stage

SIXTHS = 6
# Between which scores (of 100) an outcome lies.
BANDS = {A.AWARDED: (77, 96), A.WAITLISTED: (62, 76), A.DECLINED: (42, 59), A.REVIEWING: (46, 95)}
NOT_REVIEWED = frozenset({A.DRAFT, A.SUBMITTED, A.RETURNED, A.QUALIFIED, A.UNQUALIFIED, A.WITHDRAWN})
JUDGED = frozenset({CallState.FINISHED, CallState.AWARDED, CallState.NOTICED})


def judge(stage: Stage, call: Loaded, wishes: Sequence[Wish]) -> None:
    """Score what was reviewed, put it in order, and let the quotas decide who is awarded."""
    if call.plan.state not in JUDGED and call.plan.key != "judged":
        return
    dice = stage.draw(f"judging-{call.plan.key}")
    reviewed = [wish for wish in wishes if wish.state not in NOT_REVIEWED]
    for state in BANDS:
        _score(dice, [wish for wish in reviewed if _band(wish) is state], state)
    for place, wish in enumerate(_ranked(reviewed), 1):
        wish.row["rank"] = place
    if call.plan.state in JUDGED:
        _award(call, reviewed)


def _band(wish: Wish) -> A:
    return A.AWARDED if wish.is_awarded else wish.state


def _score(dice: Random, wishes: Sequence[Wish], state: A) -> None:
    """Give scores that fall in the order of the wishes, so that what must be shown is awarded first."""
    lowest, highest = BANDS[state]
    places = range(lowest * SIXTHS, highest * SIXTHS)
    drawn = dice.sample(places, len(wishes)) if len(wishes) <= len(places) else dice.choices(places, k=len(wishes))
    for wish, sixths in zip(wishes, sorted(drawn, reverse=True), strict=True):
        wish.row["score"] = (Decimal(sixths) / SIXTHS).quantize(Decimal("0.000001"))
        wide = dice.random() < 0.06  # noqa: PLR2004
        wish.row["score_spread"] = Decimal(dice.randint(42, 54) if wide else dice.randint(8, 34)) / 2


def _ranked(wishes: Sequence[Wish]) -> list[Wish]:
    return sorted(wishes, key=lambda wish: (-wish.row["score"], wish.id))


def _award(call: Loaded, reviewed: Sequence[Wish]) -> None:
    left = {quota["id"]: quota["amount"] for quota in call.quotas.values()}
    cut = set[int]()
    for wish in _ranked(reviewed):
        if not wish.is_awarded:
            continue
        quota, amount = wish.row["quota_id"], wish.row["requested"]
        if quota in cut or amount > left[quota]:
            cut.add(quota)
            wish.state, wish.story = A.WAITLISTED, None
            wish.row["state"] = A.WAITLISTED
            continue
        left[quota] -= amount
        wish.row["awarded"] = amount if wish.state is A.AWARDED else None
