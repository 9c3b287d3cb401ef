"""The pages of messages and letters: the inbox, its settings, what could not be delivered, and the words that go out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select

from kernel.audit import AuditEvent
from kernel.db import db, transaction
from kernel.notices import Letter, LetterState, MailTemplate, Message, Notice, Topic, Way, settings_of, to_role
from kernel.people import Account
from kernel.scope import whole
from tests.factories.people import SYSTEM, person, post

WORDS = {
    "subject_zh": "申报 {number} 已收到",
    "body_zh": "《{title}》已收到。",
    "subject_en": "We have {number}",
    "body_en": "“{title}” is here.",
}
EDIT = "/messages/words/application.submitted"


@dataclass(frozen=True)
class Thing:
    """What messages are about here: a record is not needed for it."""

    id: int = 17
    name: str = "示例事项"


@pytest.fixture
def subject() -> Thing:
    return Thing()


@pytest.fixture
def enter(app: Flask, db_session: object, sign_in: Any) -> Any:
    def _enter(*codes: str) -> FlaskClient:
        person(codes[0], *codes)
        return sign_in(app.test_client(), codes[0])

    return _enter


def tell(subject: Thing, key: str, *, topic: Topic = Topic.PROGRESS, headline: str = "Rating") -> None:
    told = Notice(
        key=key,
        topic=topic,
        to=to_role("officer"),
        headline=headline,
        body="Rating",
        link=lambda record: f"/organizations/{record.id}",
    )
    with transaction():
        told.send(subject, actor=SYSTEM, occasion=key)


def page_of(client: FlaskClient, url: str) -> str:
    return client.get(url).get_data(as_text=True)


def subjects(page: str) -> list[str]:
    return re.findall(r'href="/inbox/\d+".*?</svg> ([^<]+)</a>', page, re.DOTALL)


# --- The inbox ---


def test_the_inbox_is_narrowed_to_what_is_unread_and_to_a_topic(enter: Any, subject: Thing) -> None:
    client = enter("officer")
    tell(subject, "test.one", topic=Topic.DECISIONS, headline="Alpha")
    tell(subject, "test.two", topic=Topic.PAYMENTS, headline="Beta")

    assert subjects(page_of(client, "/inbox/")) == ["Beta", "Alpha"]
    assert subjects(page_of(client, "/inbox/?topic=payments")) == ["Beta"]
    assert subjects(page_of(client, "/inbox/?topic=tasks")) == []
    (first,) = re.findall(r'href="(/inbox/\d+)"', page_of(client, "/inbox/?topic=decisions"))
    client.get(first)
    assert subjects(page_of(client, "/inbox/?view=unread")) == ["Beta"]
    assert subjects(page_of(client, "/inbox/?topic=decisions&view=unread")) == []


def test_opening_a_message_leads_to_its_record_and_reads_this_one_alone(enter: Any, subject: Thing) -> None:
    client = enter("officer")
    for key in ("test.one", "test.two"):
        tell(subject, key)
    link = re.findall(r'href="(/inbox/\d+)"', page_of(client, "/inbox/"))[0]

    assert client.get(link).headers["Location"] == f"/organizations/{subject.id}"

    assert "1 条未读" in page_of(client, "/inbox/")


def test_the_message_of_another_is_not_there_and_stays_unread(
    enter: Any, subject: Thing, app: Flask, sign_in: Any
) -> None:
    mine = enter("officer")
    tell(subject, "test.one")
    (link,) = re.findall(r'href="(/inbox/\d+)"', page_of(mine, "/inbox/"))
    person("other", "director")

    assert sign_in(app.test_client(), "other").get(link).status_code == 404
    assert app.test_client().get(link).headers["Location"] == f"/login/?next={link}"
    assert "1 条未读" in page_of(mine, "/inbox/")


def test_a_page_of_fifty_messages_costs_what_one_costs_and_no_more_than_eight_statements(
    enter: Any, subject: Thing
) -> None:
    client = enter("officer")

    def cost() -> int:
        told: list[str] = []

        def count(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
            if not statement.startswith(("SET", "SAVEPOINT", "RELEASE", "ROLLBACK")):
                told.append(statement)

        bind = db.session().get_bind()
        event.listen(bind, "before_cursor_execute", count)
        try:
            assert client.get("/inbox/?size=50").status_code == 200
        finally:
            event.remove(bind, "before_cursor_execute", count)
        return len(told)

    tell(subject, "test.0")
    cost()
    one = cost()
    for number in range(1, 50):
        tell(subject, f"test.{number}")

    assert cost() == one <= 8
    assert len(subjects(page_of(client, "/inbox/?size=50"))) == 50


# --- Settings ---


def test_the_settings_are_saved_topic_by_topic_with_the_language(enter: Any) -> None:
    client = enter("officer")
    ways = {topic.value: "at_once" for topic in Topic} | {"progress": "weekly", "deadlines": "daily"}

    assert post(client, "/account/notices/", ways | {"locale": "en"}).status_code == 302

    assert "设置已保存" in page_of(client, "/account/notices/")
    with whole(SYSTEM, "look"):
        account = db.session.scalars(select(Account)).one()
        saved = settings_of(account.user_id)
    assert account.locale == "en"
    assert {topic for topic, way in saved.items() if way is not Way.AT_ONCE} == {Topic.PROGRESS, Topic.DEADLINES}
    assert saved[Topic.PROGRESS] is Way.WEEKLY


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"account": "inbox"}, "关于安全和期限的消息不能关闭。"),
        ({"deadlines": "inbox"}, "关于安全和期限的消息不能关闭。"),
        ({"progress": "by_pigeon"}, "有一项不在可选范围内。"),
        ({"locale": "xx"}, "请从选项中选择。"),
    ],
)
def test_settings_that_cannot_be_are_refused_beside_their_field(enter: Any, typed: dict[str, str], told: str) -> None:
    client = enter("officer")
    ways = {topic.value: "at_once" for topic in Topic} | {"locale": "zh"}

    answer = post(client, "/account/notices/", ways | typed)

    assert answer.status_code == 422
    assert told in answer.get_data(as_text=True)


# --- Undelivered letters ---


def dead_letters(subject: Thing) -> list[int]:
    tell(subject, "test.one")
    tell(subject, "test.two")
    with transaction(), whole(SYSTEM, "set-up") as session:
        letters = session.scalars(select(Letter).order_by(Letter.id)).all()
        for letter in letters:
            letter.state, letter.tries, letter.last_answer = LetterState.DEAD, 3, "550 No such user"
    return [letter.id for letter in letters]


def test_administrators_see_who_what_and_why_but_never_what_a_letter_says(enter: Any, subject: Thing) -> None:
    person("a", "officer")
    dead_letters(subject)
    client = enter("sysadmin")

    page = page_of(client, "/messages/undelivered/")

    assert page.count("550 No such user") == 2
    assert "示例a" in page
    with pytest.raises(Exception, match="permission denied"), db.session.begin_nested():
        db.session.connection().exec_driver_sql("SET LOCAL ROLE g_keeper; SELECT text FROM letter")


def test_chosen_letters_are_sent_again_or_given_up_in_one_go(enter: Any, subject: Thing) -> None:
    person("a", "officer")
    first, second = dead_letters(subject)
    client = enter("sysadmin")

    post(client, "/messages/undelivered/decide", {"action": "send_again", "rowid": str(first)})
    assert "1 封邮件将重新发送" in page_of(client, "/messages/undelivered/")
    post(client, "/messages/undelivered/decide", {"action": "give_up", "rowid": [str(first), str(second), "x"]})

    with whole(SYSTEM, "look"):
        states = db.session.scalars(select(Letter.state).order_by(Letter.id)).all()
    assert states == [LetterState.PENDING, LetterState.GIVEN_UP]
    again = post(client, "/messages/undelivered/decide", {"action": "give_up", "rowid": str(second)})
    assert again.status_code == 302
    assert "这些邮件都已处理" in page_of(client, "/messages/undelivered/")
    assert post(client, "/messages/undelivered/decide", {"action": "burn"}).status_code == 404


# --- Words ---


def versions() -> list[tuple[int, str | None]]:
    with whole(SYSTEM, "look"):
        rows = db.session.execute(select(MailTemplate.number, MailTemplate.subject_zh).order_by(MailTemplate.number))
        return [tuple(row) for row in rows]


def test_the_built_in_words_stand_in_the_form_in_both_languages(enter: Any) -> None:
    page = page_of(enter("officer"), EDIT)

    assert 'value="申报 {number} 已提交"' in page
    assert 'value="Application {number} is submitted"' in page
    assert '<span class="yl-code">{number}</span>' in page


def test_each_kind_of_mail_is_named_with_one_ellipsis_where_values_meet(enter: Any) -> None:
    page = enter("sysadmin").get("/messages/words/").get_data(as_text=True)

    assert "…" in page
    assert re.search(r"…\s*…", page) is None


def test_words_are_looked_at_first_then_saved_in_versions_and_brought_back(enter: Any) -> None:
    client = enter("officer")

    preview = post(client, EDIT, WORDS | {"after": "0", "then": "preview"}).get_data(as_text=True)
    assert "申报 2027-XM-0017 已收到" in preview
    assert versions() == []

    post(client, EDIT, WORDS | {"after": "0", "then": "save"})
    post(client, EDIT, WORDS | {"after": "1", "then": "save", "subject_zh": "收到 {number}"})
    assert versions() == [(1, "申报 {number} 已收到"), (2, "收到 {number}")]
    assert 'value="申报 {number} 已收到"' in page_of(client, f"{EDIT}?version=1")

    post(client, f"{EDIT}/built-in", {"after": "2"})
    assert versions()[2:] == [(3, None)]
    assert 'value="申报 {number} 已提交"' in page_of(client, EDIT)
    with whole(SYSTEM, "look"):
        wanted = select(AuditEvent.action, AuditEvent.actor).where(AuditEvent.subject_kind == "MailTemplate")
        told = [tuple(row) for row in db.session.execute(wanted.order_by(AuditEvent.seq, AuditEvent.id))]
    assert told == [
        ("MailTemplate.edit", "示例officer"),
        ("MailTemplate.edit", "示例officer"),
        ("MailTemplate.restore", "示例officer"),
    ]


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"body_zh": "{secret}"}, "“secret”不是这类邮件的占位符。"),
        ({"body_en": "{number.__class__}"}, "花括号只能用来括住占位符的名称。"),
        ({"subject_en": "{number!r}"}, "花括号只能用来括住占位符的名称。"),
        ({"subject_zh": "{{number}}"}, "花括号只能用来括住占位符的名称。"),
        ({"subject_en": ""}, "请填写。"),
        ({"subject_zh": "一\n二"}, "标题只能有一行。"),
    ],
)
def test_words_that_cannot_be_sent_are_refused_with_a_sentence(enter: Any, typed: dict[str, str], told: str) -> None:
    answer = post(enter("officer"), EDIT, WORDS | {"after": "0", "then": "save"} | typed)

    assert answer.status_code == 422
    assert told in answer.get_data(as_text=True)
    assert versions() == []


def test_the_summary_must_keep_its_messages(enter: Any) -> None:
    bare = WORDS | {"subject_zh": "x", "body_zh": "x", "subject_en": "x", "body_en": "x", "after": "0"}

    answer = post(enter("officer"), "/messages/words/digest", bare)

    assert answer.status_code == 422
    assert "请保留占位符“messages”。" in answer.get_data(as_text=True)


def test_who_saves_over_newer_words_is_told(enter: Any) -> None:
    client = enter("officer")
    post(client, EDIT, WORDS | {"after": "0", "then": "save"})

    assert post(client, EDIT, WORDS | {"after": "0", "then": "save"}).status_code == 409
    assert versions() == [(1, "申报 {number} 已收到")]


def test_a_letter_is_written_in_the_words_in_force_and_keeps_them(enter: Any, subject: Thing) -> None:
    client = enter("officer")
    told = Notice(
        key="test.words",
        to=to_role("officer"),
        headline="Rating {name}",
        body="-",
        params=lambda record: {"name": record.name},
    )
    words = {"subject_zh": "一 {name}", "body_zh": "{name} {name}", "subject_en": "One {name}", "body_en": "one"}

    def send(occasion: str) -> None:
        with transaction():
            told.send(subject, actor=SYSTEM, occasion=occasion)

    send("1")
    post(client, "/messages/words/test.words", words | {"after": "0", "then": "save"})
    send("2")
    post(client, "/messages/words/test.words", words | {"after": "1", "then": "save", "subject_zh": "二 {name}"})
    send("3")
    post(client, "/messages/words/test.words/built-in", {"after": "2"})
    send("4")

    with whole(SYSTEM, "look"):
        letters = db.session.scalars(select(Letter).order_by(Letter.id)).all()
        numbers = dict(db.session.execute(select(MailTemplate.id, MailTemplate.number)).tuples().all())
        inbox = db.session.scalars(select(Message).order_by(Message.id)).all()
    name = subject.name
    assert [letter.subject for letter in letters] == [f"Rating {name}", f"一 {name}", f"二 {name}", f"Rating {name}"]
    assert [numbers.get(letter.template_id or 0) for letter in letters] == [None, 1, 2, None]
    assert letters[1].text.startswith(f"{name} {name}\n\n")
    assert {message.title.render("en") for message in inbox} == {f"Rating {name}"}


def test_values_are_never_read_as_placeholders(subject: Thing, enter: Any) -> None:
    client = enter("officer")
    told = Notice(
        key="test.values",
        to=to_role("officer"),
        headline="{name}",
        body="-",
        params=lambda _record: {"name": "{name}{x}"},
    )
    words = {"subject_zh": "一 {name}", "body_zh": "一", "subject_en": "One", "body_en": "one"}
    post(client, "/messages/words/test.values", words | {"after": "0", "then": "save"})

    with transaction():
        told.send(subject, actor=SYSTEM)

    with whole(SYSTEM, "look"):
        assert db.session.scalars(select(Letter.subject)).all() == ["一 {name}{x}"]
