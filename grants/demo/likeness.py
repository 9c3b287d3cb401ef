"""Some applications of the demo have a paragraph from another: what was compared, what was found, what was decided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from sqlalchemy import func, select

from grants.demo.applying import Wish
from grants.likeness import among, prints_of, shared
from grants.models import Application, Likeness, TextPrint
from grants.operations.snapshots import snapshot_of
from grants.queries.likeness import COMMON
from grants.rules.texts import texts_of
from grants.states import ApplicationState as A, LikenessDecision, LikenessRelation as Relation
from kernel.demo import Stage

DECIDED_REASON = "已核对两份申报书，服务内容与对象不同。"
TWINS = 15  # one application in so many has a paragraph from another
UNDECIDED = frozenset({A.SUBMITTED, A.RETURNED, A.WITHDRAWN})
SENTENCES = (
    (
        "入户时常听到同一句话：孩子放学以后没有人说话",
        "社区食堂门口的长椅成了大家说心事的地方",
        "三个小区的信箱里收到二十七封没有署名的来信",
    ),
    (
        "夜里十点仍有灯亮着的窗户多半属于独自带孩子的母亲",
        "周末的活动室总是坐满了等待接孩子的祖辈",
        "弄堂口的小店老板娘替半条街的住户代收情绪",
    ),
    (
        "她们要的不是讲座而是一个可以反复回来的房间",
        "居民更愿意先做一顿饭再谈家里的难处",
        "愿意开口的人往往是被邻居牵着手带来的",
    ),
    (
        "去年试行的互助簿写满了四本却没有人整理",
        "上一期留下的志愿者还在轮流守着那部热线",
        "旧书柜里的借阅卡记下了每个家庭停留的时间",
    ),
)


def copy_some_texts(stage: Stage, wishes: Sequence[Wish]) -> None:
    """Give some applications a paragraph in common with one that came before them."""
    for wish, twin in _twins([one for one in wishes if one.is_handed_in]):
        told = _paragraph(stage.draw(f"paragraph-{wish.id}"))
        wish.row["need"] += told
        twin.row["need"] += told


def _twins(handed_in: Sequence[Wish]) -> list[tuple[Wish, Wish]]:
    return [(handed_in[place], handed_in[place - 3]) for place in range(TWINS - 1, len(handed_in), TWINS)]


def _paragraph(dice: Random) -> str:
    return "。".join(f"{dice.choice(told)}，见走访笔记第{dice.randint(11, 998)}页" for told in SENTENCES) + "。"


def load_likenesses(
    stage: Stage, handed_in: Sequence[Wish], applications: Mapping[int, Application]
) -> dict[int, list[Likeness]]:
    """Write by what each text is found again, and what reads alike; gives the likenesses by application."""
    texts = {wish.id: texts_of(snapshot_of(applications[wish.id])) for wish in handed_in}
    prints = {pk: prints_of(told) for pk, told in texts.items()}
    stage.load(TextPrint, [_print(wish, prints[wish.id]) for wish in handed_in])
    held = Counter(one for told in prints.values() for one in told)
    common = frozenset(one for one, count in held.items() if count >= COMMON)
    rows = [_row(stage, wish, twin, texts, common) for wish, twin in _twins(handed_in)]
    stage.load(Likeness, rows)
    found: dict[int, list[Likeness]] = {}
    for row in rows:
        found.setdefault(row["application_id"], []).append(Likeness(**row))
    return found


def _print(wish: Wish, prints: list[int]) -> dict[str, Any]:
    row = wish.row
    return {
        "application_id": wish.id,
        "version_number": 1,
        "title": row["title"],
        "targets": [row["people"], row["person_times"], row["sessions"]],
        "prints": prints,
    }


def _row(
    stage: Stage, wish: Wish, twin: Wish, texts: Mapping[int, Mapping[str, str]], common: frozenset[int]
) -> dict[str, Any]:
    mine = texts[wish.id]
    is_decided = wish.state not in UNDECIDED
    likeness = stage.session.scalar(select(func.similarity(wish.row["title"], twin.row["title"]))) or 0
    return {
        "application_id": wish.id,
        "version_number": 1,
        "relation": Relation.OWN if wish.organization_id == twin.organization_id else Relation.OTHER,
        "other_id": twin.id,
        "other_version_number": 1,
        "name": f"{twin.row['number']}《{twin.row['title']}》",
        "title_percent": int(likeness * 100),
        "text_percent": shared(mine, texts[twin.id], among(mine, common)).percent,
        "decision": LikenessDecision.HARMLESS if is_decided else None,
        "decided_by_id": stage.people["officer"] if is_decided else None,
        "decision_reason": DECIDED_REASON if is_decided else None,
        "decided_at": stage.moment(stage.as_of) if is_decided else None,
    }
