"""The mail server of demo and tests keeps every letter as it came."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from kernel.mailsink import MailSink, list_messages


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "mail"


@pytest.fixture
def sink(folder: Path) -> Iterator[MailSink]:
    running = MailSink(folder)
    running.start()
    yield running
    running.stop()


def post(sink: MailSink, *, to: str, subject: str, text: str) -> None:
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"], letter["Message-ID"] = (
        "玉兰 <a@localhost>",
        to,
        subject,
        "<m-1@here>",
    )
    letter.set_content(text)
    with smtplib.SMTP(sink.host, sink.port, timeout=10) as server:
        server.send_message(letter)


def test_a_letter_is_kept_with_its_chinese_words(sink: MailSink, folder: Path) -> None:
    post(sink, to="org@localhost", subject="立项通知", text="贵单位的项目已立项。\n")
    (letter,) = list_messages(folder)
    assert (letter.subject, letter.text) == ("立项通知", "贵单位的项目已立项。\n")
    assert (letter.sender, letter.recipients) == ("玉兰 <a@localhost>", ("org@localhost",))
    assert letter.message_id == "<m-1@here>"
    assert letter.arrived_at.tzinfo is not None


def test_letters_are_listed_newest_first_and_by_recipient(sink: MailSink, folder: Path) -> None:
    for number, to in enumerate(("a@localhost", "b@localhost", "a@localhost")):
        post(sink, to=to, subject=f"No. {number}", text="-")
    assert [letter.subject for letter in list_messages(folder)] == ["No. 2", "No. 1", "No. 0"]
    assert [letter.subject for letter in list_messages(folder, recipient="b@localhost")] == ["No. 1"]
    assert len(list_messages(folder, most=2)) == 2


def test_a_folder_that_is_not_there_holds_no_letters(folder: Path) -> None:
    assert list_messages(folder) == []
    assert not folder.exists()


def test_letters_are_for_the_owners_eyes(sink: MailSink, folder: Path) -> None:
    post(sink, to="a@localhost", subject="-", text="-")
    assert folder.stat().st_mode & 0o077 == 0
