"""Every word of the house is said in Chinese and in English, once, and with all its parts."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Message
from flask import Flask

import config
from kernel.catalogue import clashes, folder_of, merged
from kernel.msgids import missing, said
from kernel.names import SIGN_INS, actions_called, apart, label_of
from kernel.permissions import GRANTED
from kernel.schedule import jobs_of
from kernel.scope import all_records
from kernel.settings import Settings
from kernel.words import Sentence
from tests.house.verdict import none_of

HAN = re.compile(r"[\u3400-\u9fff]")
ALIKE = {
    "A",
    "ID",
    "PDF",
    "CSV",
    "XLSX",
    "EN",
    "5A",
    "4A",
    "3A",
    "2A",
    "1A",
    ": ",
    "SHA-256",
    "ASVS",
    "OCDS",
    "{number}: {problem}",
}


def parts_of(text: str) -> set[str]:
    """Give the names of the placeholders of a message, of either kind."""
    named = set(re.findall(r"%\((\w+)\)[sd]", text))
    return named or {name for _text, name, _spec, _conv in Formatter().parse(text) if name}


def messages() -> list[Message]:
    return [message for message in merged(config.MODULES) if message.id]


def strings_of(message: Message) -> tuple[str, ...]:
    return message.string if isinstance(message.string, tuple) else (message.string,)


def test_every_msgid_has_its_chinese() -> None:
    none_of([f"{one.place}: {one.msgid}" for one in missing(config.MODULES)])


def test_no_two_catalogues_say_one_msgid_differently() -> None:
    none_of(clashes(config.MODULES))


def test_every_placeholder_of_a_msgid_stands_in_its_chinese_and_no_other() -> None:
    torn = []
    for message in messages():
        msgids = message.id if isinstance(message.id, tuple) else (message.id,)
        wanted = set().union(*(parts_of(msgid) for msgid in msgids))
        torn += [f"{msgids[0]}: {string}" for string in strings_of(message) if parts_of(string) != wanted]

    none_of(torn)


def test_every_translation_is_chinese() -> None:
    bare = [
        (message.id, string)
        for message in messages()
        for string in strings_of(message)
        if not HAN.search(string)
        and re.search(r"[A-Za-z]{2,}", re.sub(r"\{\w+\}|%\(\w+\)[sd]", "", string))
        and message.id not in ALIKE
    ]

    none_of(bare)


def test_every_msgid_is_english() -> None:
    none_of(
        [f"{one.place}: {one.msgid}" for one in said(config.MODULES) if HAN.search(one.msgid) and one.msgid != "中文"]
    )


@pytest.mark.parametrize("locale", ["zh", "en"])
def test_every_sentence_can_be_rendered_with_its_parts(app: object, locale: str) -> None:
    for one in said(config.MODULES):
        if "%(" not in one.msgid and "{" in one.msgid:
            named = dict.fromkeys(parts_of(one.msgid), "x")
            assert "{" not in Sentence(one.msgid, **named).render(locale), one


# --- English, of one ---

COUNTS = {
    "active",
    "bad",
    "count",
    "days",
    "failed",
    "fewest",
    "good",
    "least",
    "manual",
    "most",
    "n",
    "num",
    "people",
} | {
    "limit",
    "minutes",
    "needed",
    "pages",
    "rows",
    "times",
    "total",
    "units",
    "years",
}
"""The parts of a sentence that count."""
NOUNS = (
    "accounts|answers|applications|attempts|cases|characters|checks|columns|days|deadlines|decisions|deeds|drafts|"
    "duplicates|entries|events|fields|files|heads|hours|items|letters|lines|lots|messages|minutes|months|options|"
    "organizations|pages|parts|people|points|projects|questions|ratings|records|results|reviewers|reviews|rows|rules|"
    "sections|sheets|signs|things|times|versions|views|words|years"
)
OF_ONE = re.compile(rf"\b1 (?:\w+ )?(?:{NOUNS})\b|\b1 (?:are|were|have|wait)\b")
"""A one that stands before many."""

NEVER_ONE = {
    "%(total)s parts: %(done)s done, %(open)s to complete, %(untouched)s not started",
    "A form has at most {most} questions of its own.",
    "A form has at most {most} sections of its own.",
    "A password has at least {least} characters. Make it longer: a sentence is fine.",
    "A password has at most {most} characters. Please shorten it.",
    "A write needs the header “Idempotency-Key”, of at most {most} signs.",
    "At most {most} applications at once. Please narrow the list.",
    "At most {most} applications in one archive. Please narrow the list.",
    "At most {most} characters; there are {count}.",
    "At most {most} letters at once; these are {count}.",
    "At most {most} lines in one file; these are {count}. Please narrow the list, or take them as CSV.",
    "At most {most} organizations at once. Please narrow the list.",
    "At most {most} ratings at once. Please narrow the list.",
    (
        "Open the link below within {minutes} minutes and choose a new password. If you did not ask for it, do nothing: your"
        " password stays as it is."
    ),
    "Open the link below within {days} days and choose your password. Nobody else knows this link.",
    "The call takes applications for {days} working days; at least {least} are needed.",
    "The public notice takes {days} working days; under this legal nature at least {least} are needed.",
    "The opinion on the whole has at least {least} characters.",
    "Please describe the need in {least} characters at least; there are {count}.",
    "The last %(years)s years; %(before)s organization is older, of %(unknown)s the year is not on record.",
    "The last %(years)s years; %(before)s organization is older.",
    (
        "The papers are seen by the Centre's officers alone. What you write about yourself is deleted 30 days after the"
        " decision, and the papers of a refused request with it. A request that nobody has decided within %(days)s days ends"
        " by itself: you are told, and all of it is deleted 30 days later."
    ),
    "The self-report has at least {least} characters.",
    "This paper would be longer than {pages} pages.",
    "Too many attempts. Please wait %(n)s minutes.",
    "Too many attempts. Please wait {n} minutes.",
    "Too many invitations at once. Please wait {n} minutes.",
    "We answer in writing within %(days)s days.",
    "Write what can be checked. We answer within %(days)s days.",
    "You have {n} views here already. Remove one first.",
    "the text is longer than {limit} characters.",
    "{number}: {count} of {least} sheets are in.",
    "“{question}”: at least {least} characters; there are {count}.",
    "“{name}” has more than {rows} rows or {columns} columns. Please delete what is not needed or split the file.",
    "“{name}”: a choice has 2 to {most} options, one a line.",
    "“{name}”: a table has 1 to {most} columns.",
}
"""Where the number is the house's own and is never one, or of many whenever the sentence is said."""


def told_to_people() -> dict[str, str]:
    """Give each msgid with its place: those of the code and the templates, and those that only a catalogue knows."""
    declared = {message.id: "a catalogue" for message in messages() if isinstance(message.id, str)}
    return declared | {one.msgid: one.place for one in said(config.MODULES)}


def test_no_sentence_says_of_one_what_is_said_of_many(app: object) -> None:
    many = {message.id[1] for message in messages() if isinstance(message.id, tuple)}
    told = []
    for msgid, place in told_to_people().items():
        ones = {part: "1" if part in COUNTS else "A" for part in parts_of(msgid)}
        if msgid in many | NEVER_ONE or not ones:
            continue
        text = msgid % ones if "%(" in msgid else Sentence(msgid, **ones).render("en")
        told += [f"{place}: {text}"] if OF_ONE.search(text) else []

    none_of(told)


def test_what_is_said_of_one_belongs_to_a_sentence_of_many() -> None:
    known = told_to_people()
    torn = [
        str(message.id)
        for message in merged(config.MODULES, "en")
        if message.id
        and not (
            message.id in known
            and set(str(message.context).split()) <= parts_of(str(message.id))
            and parts_of(str(message.string)) <= parts_of(str(message.id))
        )
    ]

    none_of(torn)


@pytest.mark.parametrize(
    ("failed", "manual", "told"),
    [
        (1, 1, "Not yet: 1 check has not passed and 1 waits for a person."),
        (1, 2, "Not yet: 1 check has not passed and 2 wait for a person."),
        (2, 1, "Not yet: 2 checks have not passed and 1 waits for a person."),
        (2, 2, "Not yet: 2 checks have not passed and 2 wait for a person."),
    ],
)
def test_each_number_of_a_sentence_has_its_word(app: object, failed: int, manual: int, told: str) -> None:
    sentence = Sentence(
        "Not yet: {failed} checks have not passed and {manual} wait for a person.", failed=failed, manual=manual
    )

    assert sentence.render("en") == told
    assert sentence.render("zh") == f"还不能通过：{failed} 项不通过，{manual} 项待人工判定。"


# --- The names of the code, where a page tells of records, deeds and jobs by them ---

WRITING = {"note_event", "acting", "note_attempt", "whole"}
"""What writes into the trail: of `note_event` the first text is a kind, all other literal texts are actions."""


def literals(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Give what each call of the above says in so many words."""
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if name in WRITING:
                    told = [*node.args, *(one.value for one in node.keywords if one.arg == "action")]
                    found = [part.value for part in told if isinstance(part, ast.Constant)]
                    yield name, [text for text in found if isinstance(text, str)]


def msgids(settings: Settings) -> Iterator[tuple[str, str]]:
    """Give what each name of the code says to people: (name, msgid)."""
    pairs = {(kind, verb) for granted in GRANTED.values() for verb, kind in granted}
    kinds = {kind for kind, _verb in pairs} | {model.__name__ for model in all_records()}
    for name in ("kernel", *config.MODULES):
        for writer, texts in literals(folder_of(name)):
            named = texts[:1] if writer == "note_event" and "." not in "".join(texts[:1]) else []
            kinds |= set(named)
            pairs |= {(kind, verb) for kind, _dot, verb in (text.rpartition(".") for text in texts[len(named) :])}
    yield from ((kind, apart(kind)) for kind in sorted(kinds))
    yield from ((f"{kind}.{verb}", label_of(kind, verb) or apart(verb)) for kind, verb in sorted(pairs))
    with_backup = settings.model_copy(update={"backup_folder": Path("backups")})
    yield from ((job.name, apart(job.name)) for job in jobs_of(with_backup))


def test_every_record_deed_and_job_has_its_chinese(app: Flask, settings: Settings) -> None:
    known = {message.id for message in merged(config.MODULES) if isinstance(message.id, str) and message.string}
    found = [*msgids(settings)]

    assert len(found) > 250
    none_of([f"{name}: {msgid}" for name, msgid in found if msgid not in known])


def test_a_deed_is_found_by_its_words(app: Flask) -> None:
    with app.test_request_context("/"):
        assert [*SIGN_INS[:2]] == [action for action in actions_called("登录") if action in SIGN_INS[:3]]
        assert "Application.submit" in actions_called("提交")
        assert actions_called("no such word") == []
