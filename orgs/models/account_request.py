"""Requests for an organization's account with papers: by who has no letter, or can get in no more."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, true
from sqlalchemy.orm import Mapped, mapped_column

from kernel.actor import ReaderKind
from kernel.audit import UNWRITTEN, Audience
from kernel.db import Choice, Record
from kernel.encryption import Encrypted
from kernel.scope import Reader, Rows, scope
from orgs.models.organization import SEALED, Organization
from orgs.states import AccessReason, AccountRequestState, EarlierPeople


class AccountRequest(Record):
    """What somebody wrote on the public page; whether the organization is on the register is looked at by staff alone.

    `organization_id` and `user_id` are the organization's and its new administrator's once it is verified. What lapsed
    has in `decided_on` the day on which it ended, decided by nobody. Who asked is known until `forgotten_on`, and never
    stands in the trail.
    """

    __tablename__ = "account_request"
    __table_args__ = (
        UniqueConstraint("number"),
        CheckConstraint(f"person {SEALED}", name="person_is_sealed"),
        CheckConstraint(f"email {SEALED}", name="email_is_sealed"),
        CheckConstraint(f"phone {SEALED}", name="phone_is_sealed"),
        CheckConstraint(
            "num_nulls(person, email, phone) = CASE WHEN forgotten_on IS NULL THEN 0 ELSE 3 END",
            name="says_who_asks_until_forgotten",
        ),
        CheckConstraint("forgotten_on IS NULL OR words IS NULL", name="forgets_the_words_too"),
        CheckConstraint("btrim(organization_name) <> ''", name="names_the_organization"),
        CheckConstraint("(decided_by_id IS NOT NULL) = (state IN ('verified', 'refused'))", name="decided_by_somebody"),
        CheckConstraint("(state = 'received') = (decided_on IS NULL)", name="decision_has_its_day"),
        CheckConstraint("(state = 'refused') = (answer IS NOT NULL)", name="refusal_says_why"),
        CheckConstraint(
            "num_nulls(organization_id, user_id, earlier) = CASE WHEN state = 'verified' THEN 0 ELSE 3 END",
            name="verified_for_somebody",
        ),
        CheckConstraint("forgotten_on IS NULL OR forgotten_on >= decided_on", name="forgotten_once_decided"),
        Index("ix_account_request_state", "state", "decided_on"),
        Index("ix_account_request_credit_code", "credit_code"),
        Index("ix_account_request_organization_id", "organization_id"),
    )

    number: Mapped[str]
    state: Mapped[AccountRequestState] = mapped_column(
        Choice(AccountRequestState), default=AccountRequestState.RECEIVED
    )
    about: Mapped[AccessReason] = mapped_column(Choice(AccessReason))
    credit_code: Mapped[str]
    organization_name: Mapped[str]
    person: Mapped[str | None] = mapped_column(Encrypted, info=UNWRITTEN, deferred=True, deferred_group="who")
    email: Mapped[str | None] = mapped_column(Encrypted, info=UNWRITTEN, deferred=True, deferred_group="who")
    phone: Mapped[str | None] = mapped_column(Encrypted, info=UNWRITTEN, deferred=True, deferred_group="who")
    words: Mapped[str | None] = mapped_column(info=UNWRITTEN)
    locale: Mapped[str]
    asked_on: Mapped[date]
    organization_id: Mapped[int | None] = mapped_column(ForeignKey(Organization.id))
    user_id: Mapped[int | None]
    earlier: Mapped[EarlierPeople | None] = mapped_column(Choice(EarlierPeople))
    decided_on: Mapped[date | None]
    decided_by_id: Mapped[int | None]
    answer: Mapped[str | None]
    forgotten_on: Mapped[date | None]

    audience = Audience.STAFF

    def __str__(self) -> str:
        return self.number


@scope(AccountRequest)
def visible_account_requests(_reader: Reader) -> Rows:
    """Staff alone: whoever asked is not known here yet, and another's papers are nobody's to read."""
    return {ReaderKind.STAFF: true()}
