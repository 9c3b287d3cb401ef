"""Who is told what: once in the inbox for each occasion, in the reader's own language, in the way they chose."""

from __future__ import annotations

from functools import lru_cache
from string import Formatter

import pytest
from babel.messages.catalog import Catalog
from flask import Flask
from sqlalchemy import select

import config
from kernel.actor import Actor
from kernel.catalogue import merged
from kernel.db import db, transaction
from kernel.errors import Invalid, Refused
from kernel.notices import (
    NOTICES,
    Letter,
    LetterState,
    Message,
    Notice,
    NoticePreference,
    Topic,
    Way,
    mark_all_read,
    mark_read,
    members_of,
    save_settings,
    to_role,
)
from kernel.scope import see_as, whole
from orgs.models import Organization
from tests.factories.people import SYSTEM, organization, person


def notice(key: str = "test.told", **more: object) -> Notice:
    named = {"to": to_role("officer"), "headline": "Your rating is verified", "body": "Rating"} | more
    return Notice(key=key, params=lambda record: {"name": record.name}, link=lambda r: f"/x/{r.id}", **named)


def messages() -> list[Message]:
    with whole(SYSTEM, "look"):
        return list(db.session.scalars(select(Message).order_by(Message.id)))


def letters() -> list[Letter]:
    with whole(SYSTEM, "look"):
        return list(db.session.scalars(select(Letter).order_by(Letter.id)))


@pytest.fixture
def subject(app: Flask, db_session: object) -> Organization:
    return organization()


def tell(one: Notice, subject: Organization, *, actor: Actor = SYSTEM, occasion: str = "") -> None:
    with transaction():
        one.send(subject, actor=actor, occasion=occasion)


def test_everybody_with_the_role_is_told_but_not_who_did_it(subject: Organization) -> None:
    first, second = person("a", "officer"), person("b", "officer")
    person("c", "director")

    tell(notice(), subject, actor=first)

    assert [(told.recipient_id, told.link) for told in messages()] == [(second.user_id, f"/x/{subject.id}")]
    assert [(letter.recipient_id, letter.state) for letter in letters()] == [(second.user_id, LetterState.PENDING)]


def test_the_people_of_an_organization_are_told_by_their_role(subject: Organization) -> None:
    admin = person("a", "org_admin", organization_id=subject.id)
    lead = person("b", "org_lead", organization_id=subject.id)
    person("c", "org_admin", organization_id=subject.id + 1)

    assert members_of(lambda r: r.id, "org_admin")(subject) == []  # outside a deed nobody sees accounts
    with whole(SYSTEM, "x"):
        assert list(members_of(lambda r: r.id)(subject)) == [admin.user_id, lead.user_id]
        assert members_of(lambda r: r.id, "org_admin")(subject) == [admin.user_id]


def test_one_occasion_is_told_once_and_the_next_one_anew(subject: Organization) -> None:
    person("a", "officer")

    for occasion in ("2026-11", "2026-11", "2026-12"):
        tell(notice(), subject, occasion=occasion)

    assert [told.occasion for told in messages()] == ["2026-11", "2026-12"]


@lru_cache(maxsize=1)
def catalogue() -> Catalog:
    return merged(config.MODULES)


def unread() -> list[str]:
    """What the present reader has not read, by the scope of the session alone."""
    return list(db.session.scalars(select(Message.kind).where(Message.read_at.is_(None)).order_by(Message.id)))


def test_each_reads_their_own_inbox_alone(subject: Organization) -> None:
    mine, other = person("a", "officer"), person("b", "director")
    tell(notice(), subject)
    tell(notice("test.other", to=to_role("director")), subject)

    see_as(mine)
    assert unread() == ["test.told"]
    see_as(other)
    assert unread() == ["test.other"]


def test_reading_one_or_all_concerns_ones_own_alone(subject: Organization) -> None:
    mine, other = person("a", "officer"), person("b", "officer")
    for occasion in ("1", "2", "3"):
        tell(notice(f"test.{occasion}"), subject)
    see_as(mine)
    first = db.session.scalars(select(Message.id).order_by(Message.id)).first()
    assert first is not None

    with transaction():
        mark_read(first, actor=other)
    assert unread() == ["test.1", "test.2", "test.3"]
    with transaction():
        mark_read(first, actor=mine)
    assert unread() == ["test.2", "test.3"]
    with transaction():
        mark_all_read(actor=mine)
    assert unread() == []
    see_as(other)
    assert unread() == ["test.1", "test.2", "test.3"]


def test_the_words_are_kept_as_they_were_told_and_read_in_ones_own_language(subject: Organization) -> None:
    person("a", "officer")
    tell(notice(headline="You are not allowed to do this.", body="{name}"), subject)

    (told,) = messages()
    assert told.text == f"您没有权限执行此操作。\n{subject.name}"
    assert told.title.render("en") == "You are not allowed to do this."


def test_what_is_rolled_back_was_never_told(subject: Organization) -> None:
    person("a", "officer")

    db.session.begin_nested()
    notice().send(subject, actor=SYSTEM)
    assert len(messages()) == 1
    db.session.rollback()

    assert messages() == []


# --- In whose language, in which way ---


def choose(actor: Actor, *, locale: str = "zh", **ways: Way) -> None:
    with transaction():
        save_settings(actor=actor, ways={Topic(topic): way for topic, way in ways.items()}, locale=locale)


def test_each_letter_is_in_its_recipients_language_and_keeps_the_words_it_was_written_with(
    subject: Organization,
) -> None:
    person("a", "officer")
    choose(person("b", "officer"), locale="en")

    tell(notice(headline="You are not allowed to do this.", body="{name}"), subject)

    assert [(letter.locale, letter.subject) for letter in letters()] == [
        ("zh", "您没有权限执行此操作。"),
        ("en", "You are not allowed to do this."),
    ]
    assert "这封邮件是副本" in letters()[0].text
    assert "This letter is a copy." in letters()[1].text
    assert [told.text.splitlines()[0] for told in messages()] == [letter.subject for letter in letters()]


def test_every_notice_of_the_house_has_its_chinese() -> None:
    bare = [
        told.key
        for told in NOTICES.values()
        if not told.key.startswith("test.") and told.key != "t"
        for words in (told.headline, told.body)
        if any(sign.isalpha() for sign in "".join(text for text, *_ in Formatter().parse(words)))
        and catalogue().get(words) is None
    ]

    assert bare == []


@pytest.mark.parametrize(("way", "written"), [(Way.AT_ONCE, 1), (Way.DAILY, 0), (Way.WEEKLY, 0), (Way.INBOX, 0)])
def test_a_letter_is_written_at_once_to_who_wants_it_so_and_the_inbox_has_it_always(
    subject: Organization, way: Way, written: int
) -> None:
    choose(person("a", "officer"), decisions=way)

    tell(notice(topic=Topic.DECISIONS), subject)

    assert [told.way for told in messages()] == [way]
    assert len(letters()) == written


def test_what_is_not_worth_a_letter_comes_in_a_summary_to_who_wants_one(subject: Organization) -> None:
    person("a", "officer")
    choose(person("b", "officer"), progress=Way.DAILY)

    tell(notice(by_mail=False), subject)

    assert [told.way for told in messages()] == [Way.INBOX, Way.DAILY]
    assert letters() == []


@pytest.mark.parametrize(
    ("topic", "way"),
    [
        (Topic.ACCOUNT, Way.DAILY),
        (Topic.ACCOUNT, Way.INBOX),
        (Topic.DEADLINES, Way.WEEKLY),
        (Topic.DEADLINES, Way.INBOX),
    ],
)
def test_safety_and_deadlines_cannot_be_silenced_by_the_form_nor_by_the_table(
    subject: Organization, topic: Topic, way: Way
) -> None:
    mine = person("a", "officer")

    with pytest.raises(Invalid) as refused:
        choose(mine, **{topic.value: way})
    assert list(refused.value.problems) == [topic.value]

    past_the_form = NoticePreference(user_id=mine.user_id, topic=topic, way=way)
    with pytest.raises(Refused) as told, transaction(), whole(SYSTEM, "past the form"):
        db.session.add(past_the_form)
    assert told.value.reasons[0].msgid == "Messages about safety and deadlines cannot be silenced."


def test_what_waits_for_a_summary_follows_a_new_choice(subject: Organization) -> None:
    mine = person("a", "officer")
    choose(mine, decisions=Way.WEEKLY, progress=Way.WEEKLY)
    tell(notice(topic=Topic.DECISIONS), subject)
    tell(notice("test.other"), subject)

    choose(mine, decisions=Way.AT_ONCE)

    assert [told.way for told in messages()] == [Way.DAILY, Way.WEEKLY]
