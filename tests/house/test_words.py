"""Every word of the house is said in Chinese and in English, once, and with all its parts."""

from __future__ import annotations

import re
from string import Formatter

import pytest
from babel.messages.catalog import Message

import config
from kernel.catalogue import clashes, merged
from kernel.msgids import missing, said
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
