"""One notice a message: to whom, about what, in which words; told once for each occasion."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from string import Formatter
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from kernel.actor import Actor
from kernel.db import db
from kernel.deputies import deputies_in_force
from kernel.notices.letters import Occasion, write_letter_to, write_letters
from kernel.notices.messages import Listener, Message, listeners
from kernel.notices.topics import Topic, Way
from kernel.people import Account, users_with_role
from kernel.scope import whole
from kernel.words import Sentence

Recipients = Callable[[Any], Iterable[int]]

NOBODY = 0
"""The recipient of letters to people without an account: no user has this id."""

NOTICES: dict[str, Notice] = {}
"""Every notice of the house by its key, so that people can choose among them and change their words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One kind of message: to whom, with which words; `headline` and `body` are msgids over `params(record)`.

    `keeps` names the placeholders without which its mail would say nothing.
    """

    key: str
    to: Recipients
    headline: str
    body: str
    topic: Topic = Topic.PROGRESS
    params: Callable[[Any], dict[str, Any]] = lambda _record: {}
    link: Callable[[Any], str] = lambda _record: "/"
    by_mail: bool = True
    keeps: tuple[str, ...] = ()
    tells_actor: bool = False
    """Whether whoever did it is told too: a receipt belongs to who handed in."""

    def __post_init__(self) -> None:
        NOTICES[self.key] = self

    @property
    def placeholders(self) -> tuple[str, ...]:
        """Give the names that the words may hold, in the order in which they first stand there."""
        parts = (*Formatter().parse(self.headline), *Formatter().parse(self.body))
        return tuple(dict.fromkeys(name for _text, name, _spec, _conversion in parts if name))

    def send(self, record: Any, *, actor: Actor, occasion: str = "") -> None:
        """Write the notice for each recipient, in the deed's own transaction; the same occasion is told once."""
        self.tell(record, actor=actor, occasion=occasion)

    def tell(self, record: Any, *, actor: Actor, occasion: str = "", **more: Any) -> int:
        """Do as `send` does, with further parameters; gives how many people had not been told yet."""
        people = sorted(set(self.to(record)) - (set() if self.tells_actor else {actor.user_id}))
        if not people:
            return 0
        params = self.params(record) | more
        told = Occasion(
            self.key,
            Sentence(self.headline, **params),
            Sentence(self.body, **params),
            self.link(record),
            can_be_less=len(self.topic.ways) > 1,
        )
        subject = {"subject_kind": type(record).__name__, "subject_id": record.id}
        with whole(actor, self.key) as session:
            session.flush()
            known = listeners(people, self.topic)
            wanted = {person: known.get(person, Listener()) for person in people}
            rows = [self._row(person, wanted[person], told, subject, occasion, record) for person in people]
            added = insert(Message).on_conflict_do_nothing().returning(Message.id, Message.recipient_id)
            new = session.connection().execute(added, rows).all()
            at_once = [row for row in new if self._way(wanted[row.recipient_id]) is Way.AT_ONCE]
            write_letters(told, [(row.recipient_id, wanted[row.recipient_id].locale, str(row.id)) for row in at_once])
        return len(new)

    def write_to(
        self, address: str, record: Any, *, locale: str, actor: Actor, recipient_id: int = NOBODY, **more: Any
    ) -> None:
        """Write the notice as a letter alone, to somebody who has no inbox; once for each record and recipient."""
        params = self.params(record) | more
        headline, body = Sentence(self.headline, **params), Sentence(self.body, **params)
        told = Occasion(self.key, headline, body, self.link(record), can_be_less=False, has_inbox=False)
        with whole(actor, self.key) as session:
            session.flush()
            write_letter_to(told, address, locale, recipient_id=recipient_id, occasion=occasion_of(record))

    def _way(self, listener: Listener) -> Way:
        # What is not worth a letter of its own still belongs into the summary of who wants one.
        return Way.INBOX if listener.way is Way.AT_ONCE and not self.by_mail else listener.way

    def _row(
        self, person: int, listener: Listener, told: Occasion, subject: dict[str, Any], occasion: str, record: Any
    ) -> dict[str, Any]:
        return {
            "kind": self.key,
            "recipient_id": person,
            **subject,
            "occasion": occasion or str(getattr(record, "version", "")),
            "headline": told.headline.dump(),
            "body": told.body.dump(),
            "text": f"{told.headline.render(listener.locale)}\n{told.body.render(listener.locale)}",
            "link": told.link,
            "way": self._way(listener),
        }


def occasion_of(record: Any) -> str:
    """Name a record as the occasion of letters that no message stands behind."""
    return f"{type(record).__name__} {record.id}"


def to_role(*codes: str) -> Recipients:
    """Tell everybody who holds one of these roles, and who stands in for one of them today."""
    return lambda _record: {*users_with_role(*codes), *deputies_in_force(*codes)}


def members_of(organization_id: Callable[[Any], int | None], *codes: str) -> Recipients:
    """Tell the people of the organization that a record belongs to; with codes, only who holds one of them."""

    def found(record: Any) -> Sequence[int]:
        wanted = select(Account.user_id).where(Account.organization_id == organization_id(record))
        people = db.session.scalars(wanted).all()
        return users_with_role(*codes, within=people) if codes else people

    return found
