"""Organizations, their ratings and their people, for stories; each is written as a deed would find it."""

from __future__ import annotations

from datetime import date
from itertools import count
from typing import Any

from factory import LazyAttribute, Sequence as Numbered
from factory.base import Factory

from kernel.accounts import add_user
from kernel.actor import Actor
from kernel.db import db
from kernel.permissions import kind_of, permissions_of
from kernel.scope import whole
from kernel.workflow import bulk_load
from orgs.credit_code import check_digits_for
from orgs.models import CreditEntry, Inspection, Organization, Rating
from orgs.names import name_columns
from orgs.ratings import validity
from orgs.states import CreditKind, InspectionResult, OrganizationType, RatingGrade, RatingState

SET_UP = Actor.system("set-up")
_people = count(1)


def credit_code(number: int, *, kind: str = "52", area: str = "310101") -> str:
    """Give a valid credit code of its own for each number."""
    first = f"{kind}{area}MJ{number:06d}"
    return first + check_digits_for(first)


class _Written(Factory):
    """Writes what it makes, with full sight, and leaves the reader as it was."""

    class Meta:
        abstract = True

    @classmethod
    def _create(cls, model_class: Any, *_args: Any, **kwargs: Any) -> Any:
        with whole(SET_UP, "set-up") as session, bulk_load():
            record = model_class(**kwargs)
            session.add(record)
            session.flush()
        return record


class OrganizationFactory(_Written):
    class Meta:
        model = Organization

    class Params:
        number = Numbered(lambda number: number + 1)

    name = LazyAttribute(lambda one: f"示例·机构{one.number}")
    credit_code = LazyAttribute(lambda one: credit_code(one.number))
    former_names: list[str] = []
    type = OrganizationType.SERVICE_INSTITUTION

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> Any:
        named = name_columns(kwargs.pop("name"), kwargs.pop("former_names"), kwargs.pop("credit_code"))
        return super()._create(model_class, *args, **named, **kwargs)


class RatingFactory(_Written):
    class Meta:
        model = Rating

    grade = RatingGrade.THREE_A
    state = RatingState.VALID
    announced_on = date(2024, 5, 20)

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> Any:
        announced_on = kwargs["announced_on"]
        if announced_on is not None:
            term = validity(announced_on)
            kwargs = {"regime": term.regime, "valid_from": term.valid_from, "valid_to": term.valid_to} | kwargs
        return super()._create(model_class, *args, **kwargs)


class InspectionFactory(_Written):
    class Meta:
        model = Inspection

    year = 2025
    result = InspectionResult.PASSED


class CreditEntryFactory(_Written):
    class Meta:
        model = CreditEntry

    kind = CreditKind.ABNORMAL_LIST
    listed_on = date(2025, 7, 1)
    source = "示例公示平台"


def person(
    *codes: str, organization: Organization | None = None, organization_id: int | None = None, username: str = ""
) -> Actor:
    """Write a person with these roles, and give the actor who stands for them."""
    username = username or f"person{next(_people)}"
    organization_id = organization.id if organization else organization_id
    with whole(SET_UP, "set-up"):
        user_id = add_user(
            username,
            f"示例{username}",
            f"{username}@example.org",
            password_hash="!",
            codes=codes,
            organization_id=organization_id,
        )
    return Actor(
        name=username,
        user_id=user_id,
        kind=kind_of(codes),
        roles=frozenset(codes),
        permissions=permissions_of(codes),
        organization_id=organization_id,
    )


def gone_from_memory() -> None:
    """Let the next read come from the database."""
    db.session.expire_all()
