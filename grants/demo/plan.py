"""The calls of the demo programme: when each ran, what it became, and which stories its applications have to show."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from grants.demo.stories import DELIVERY, FINISHED, FRESH, NOTICED, Story
from grants.states import ApplicationState as A, CallNature, CallState
from kernel.calendar import add_working_days
from kernel.clock import at

FEW = 6  # categories that have a quota of their own in the large calls


@dataclass(frozen=True, slots=True)
class Round:
    """One call before it is written; `money` is the most that its quotas may come to, in yuan.

    `stories` are what its awarded applications become, `others` states of those that were not awarded; both are
    shown at any size, the rest is drawn from the same by weight.
    """

    key: str
    state: CallState
    year: int
    title: str
    nature: CallNature
    opens_on: date
    closes_on: date
    service_from: date
    service_to: date
    money: Decimal
    applications: int = 0
    by_category: bool = False
    lots: int = 0
    topics: tuple[str, ...] = ()
    cap: Decimal = Decimal(200_000)
    cap_first_time: Decimal = Decimal(80_000)
    stories: tuple[Story, ...] = ()
    others: tuple[tuple[A, int], ...] = ()
    awarded_share: float = 0.0
    own: tuple[tuple[int, A], ...] = ()


@dataclass
class Loaded:
    """A call as it was written: its row, its quotas (category or lot → row) and its lots."""

    plan: Round
    row: dict[str, Any]
    quotas: dict[str | int | None, dict[str, Any]] = field(default_factory=dict)
    lots: list[dict[str, Any]] = field(default_factory=list)

    @property
    def id(self) -> int:
        return int(self.row["id"])

    @property
    def closes_at(self) -> datetime:
        closing: datetime = self.row["closes_at"]
        return closing


def base_year(as_of: date) -> int:
    """Give the fiscal year in whose middle the projects of today began."""
    return (as_of - timedelta(days=180)).year


def rounds(as_of: date) -> list[Round]:
    """Give all calls as they stand on a day, the oldest first."""
    year = base_year(as_of)

    def day(offset: int) -> date:
        return as_of + timedelta(days=offset)

    return [
        Round(
            "finished",
            CallState.FINISHED,
            year - 1,
            f"{year - 1}年度妇女儿童家庭服务项目征集",
            CallNature.GRANT,
            day(-715),
            day(-690),
            day(-620),
            day(-330),
            Decimal(11_200_000),
            applications=205,
            by_category=True,
            cap_first_time=Decimal(200_000),
            stories=FINISHED,
            awarded_share=0.46,
            others=((A.WAITLISTED, 2), (A.DECLINED, 4), (A.UNQUALIFIED, 2), (A.WITHDRAWN, 1)),
        ),
        Round(
            "delivery",
            CallState.AWARDED,
            year,
            f"{year}年度妇女儿童家庭服务项目征集",
            CallNature.GRANT,
            day(-360),
            day(-335),
            day(-250),
            day(125),
            Decimal(7_800_000),
            applications=225,
            by_category=True,
            stories=DELIVERY,
            awarded_share=0.46,
            others=((A.WAITLISTED, 3), (A.DECLINED, 5), (A.UNQUALIFIED, 2), (A.WITHDRAWN, 1)),
        ),
        Round(
            "fresh",
            CallState.AWARDED,
            year,
            f"{year}年度社区家庭支持补充征集",
            CallNature.PROCUREMENT,
            day(-90),
            day(-62),
            day(10),
            day(280),
            Decimal(1_600_000),
            cap=Decimal(150_000),
            topics=("family_education", "marriage", "family_culture", "childcare"),
            applications=40,
            stories=FRESH,
            awarded_share=0.35,
            others=((A.WAITLISTED, 1), (A.DECLINED, 2)),
        ),
        Round(
            "noticed",
            CallState.NOTICED,
            year,
            f"{year}年度困境儿童关爱专项征集",
            CallNature.GRANT,
            day(-62),
            day(-35),
            day(25),
            day(300),
            Decimal(900_000),
            cap=Decimal(150_000),
            topics=("children_in_need", "child_friendly"),
            applications=24,
            stories=NOTICED,
            awarded_share=0.4,
            others=((A.WAITLISTED, 1), (A.DECLINED, 2)),
        ),
        Round(
            "judged",
            CallState.REVIEWING,
            year,
            f"{year}年度女性心理关爱专项征集",
            CallNature.GRANT,
            day(-70),
            day(-45),
            day(30),
            day(300),
            Decimal(900_000),
            topics=("mental_care", "health"),
            applications=28,
            awarded_share=0.4,
            others=((A.REVIEWING, 1),),
        ),
        Round(
            "reviewing",
            CallState.REVIEWING,
            year + 1,
            f"{year + 1}年度妇女儿童家庭服务项目征集（第一批）",
            CallNature.GRANT,
            day(-50),
            day(-22),
            day(60),
            day(350),
            Decimal(6_000_000),
            applications=200,
            by_category=True,
            own=((0, A.REVIEWING), (1, A.REVIEWING)),
            others=((A.REVIEWING, 30), (A.UNQUALIFIED, 2), (A.WITHDRAWN, 1)),
        ),
        Round(
            "checking",
            CallState.CLOSED,
            year + 1,
            f"{year + 1}年度社区妇女服务需求清单项目征集",
            CallNature.PROCUREMENT,
            day(-30),
            day(-4),
            day(70),
            day(350),
            Decimal(1_600_000),
            applications=40,
            lots=8,
            own=((1, A.RETURNED),),
            others=((A.SUBMITTED, 5), (A.RETURNED, 1), (A.QUALIFIED, 2), (A.UNQUALIFIED, 1)),
        ),
        Round(
            "open",
            CallState.OPEN,
            year + 1,
            f"{year + 1}年度妇女儿童家庭服务项目征集（第二批）",
            CallNature.GRANT,
            day(-18),
            add_working_days(as_of, 4),
            day(90),
            day(360),
            Decimal(3_000_000),
            applications=110,
            by_category=True,
            own=((0, A.DRAFT), (1, A.SUBMITTED)),
            others=((A.DRAFT, 5), (A.SUBMITTED, 5), (A.WITHDRAWN, 1)),
        ),
        Round(
            "withdrawn",
            CallState.WITHDRAWN,
            year,
            f"{year}年度家政服务提升征集",
            CallNature.GRANT,
            day(-200),
            day(-170),
            day(-100),
            day(100),
            Decimal(300_000),
            applications=6,
            others=((A.WITHDRAWN, 1),),
        ),
        Round(
            "published",
            CallState.PUBLISHED,
            year + 1,
            f"{year + 1}年度公益创变客征集",
            CallNature.GRANT,
            day(8),
            day(38),
            day(100),
            day(380),
            Decimal(400_000),
            lots=4,
        ),
        Round(
            "proposed",
            CallState.PROPOSED,
            year + 1,
            f"{year + 1}年度新就业群体关爱专项征集",
            CallNature.GRANT,
            day(15),
            day(45),
            day(110),
            day(380),
            Decimal(300_000),
        ),
        Round(
            "draft",
            CallState.DRAFT,
            year + 1,
            f"{year + 1}年度婚姻家庭辅导专项征集",
            CallNature.ENTRUSTED,
            day(30),
            day(60),
            day(120),
            day(400),
            Decimal(200_000),
        ),
    ]


def opening(plan: Round) -> datetime:
    """Give the opening moment of a call in the morning of its first day."""
    return at(plan.opens_on, 9)


def closing(plan: Round) -> datetime:
    """Give the closing moment of a call in the afternoon of its last day."""
    return at(plan.closes_on, 17)
