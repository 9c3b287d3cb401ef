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


# --- The names of the code, where a page tells of records, deeds and jobs by them ---

WRITING = {"note_event", "acting", "note_attempt", "whole"}
"""What writes into the trail: its literal texts are an action, or an action and a kind."""


def literals(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Give what each call of the above says in so many words."""
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if name in WRITING:
                    found = [part.value for part in node.args if isinstance(part, ast.Constant)]
                    yield name, [text for text in found if isinstance(text, str)]


def msgids(settings: Settings) -> Iterator[tuple[str, str]]:
    """Give what each name of the code says to people: (name, msgid)."""
    pairs = {(kind, verb) for granted in GRANTED.values() for verb, kind in granted}
    kinds = {kind for kind, _verb in pairs} | {model.__name__ for model in all_records()}
    for name in ("kernel", *config.MODULES):
        for writer, texts in literals(folder_of(name)):
            kind, _dot, verb = texts[0].rpartition(".") if texts else ("", "", "")
            pairs |= {(kind, verb)} if texts else set()
            kinds |= set(texts[1:]) if writer == "note_event" else set()
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
