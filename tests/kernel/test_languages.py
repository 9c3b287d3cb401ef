"""Templates of each language with their words already in them: the same page as if each word were asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from babel.support import NullTranslations
from flask import Flask
from jinja2 import DictLoader, Environment
from markupsafe import Markup

from kernel.languages import Templates
from kernel.speech import gettext, lazy_gettext, ngettext, speak, speak_otherwise, spoken

PARTS = {
    "base.html": '{% import "macros.html" as parts %}<h1>{% block title %}{{ _("Home") }}{% endblock %}</h1>'
    "{{ parts.greet(name) }}{{ _(word) }}{{ _('Hello %(name)s', name=name) }}{{ _('100 %% of it') }}",
    "macros.html": "{% macro greet(name) %}<b title=\"{{ _('A & B') }}\">{{ _('Hello') }} {{ name }}</b>{% endmacro %}",
    "page.html": '{% extends "base.html" %}{% block title %}{{ _("Page") if shown else _("Home") }}{% endblock %}',
    "many.html": "{{ ngettext('%(num)s thing', '%(num)s things', count) }}",
    "plain.txt": "{{ _('A & B') }}",
    "asked.html": "{{ icon('bell') }}{{ icon('bell', 'ok') }}{{ icon(name) }}",
}


class Words(NullTranslations):
    """A language of a few words, which knows how often it was asked."""

    def __init__(self, **known: str) -> None:
        super().__init__()
        self.known = {
            "Home": "首页", "Page": "页", "Hello": "您好", "A & B": "甲 & 乙", "Hello %(name)s": "%(name)s，您好",
            "100 %% of it": "其中 100 %%",
        }  # fmt: skip
        self.asked: Counter[str] = Counter()

    def gettext(self, message: str) -> str:
        self.asked[message] += 1
        return self.known.get(message, message)

    def ngettext(self, msgid1: str, msgid2: str, num: int) -> str:
        return "%(num)s 件"


@pytest.fixture
def chinese() -> Iterator[Words]:
    words = Words()
    yield words
    speak(None)


@pytest.fixture
def app() -> Flask:
    app = Flask("languages", template_folder=None)
    app.jinja_environment = Templates
    app.jinja_loader = DictLoader(PARTS)
    furnish(app.jinja_env)
    return app


def furnish(environment: Environment) -> None:
    environment.add_extension("jinja2.ext.i18n")
    environment.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]


def drawn(environment: Environment, file: str, /, **given: Any) -> str:
    return environment.get_template(file).render(**given)


GIVEN: dict[str, Any] = {"name": "<张>", "word": "Home", "shown": True, "count": 2}


@pytest.mark.parametrize("name", ["base.html", "page.html", "many.html", "plain.txt"])
def test_a_page_reads_as_if_each_word_were_asked_for(app: Flask, chinese: Words, name: str) -> None:
    plain = Environment(loader=DictLoader(PARTS), autoescape=app.select_jinja_autoescape)  # noqa: S701  (as Flask has it)
    furnish(plain)

    for language in (chinese, NullTranslations()):
        speak(language)
        assert drawn(app.jinja_env, name, **GIVEN) == drawn(plain, name, **GIVEN)


def test_each_reader_has_their_own_language_whoever_came_before(app: Flask, chinese: Words) -> None:
    english, read = NullTranslations(), []
    for language in (chinese, english, chinese, english):
        speak(language)
        read.append(drawn(app.jinja_env, "page.html", **GIVEN))

    assert read[0] == read[2]
    assert read[1] == read[3]
    assert "<h1>页</h1>" in read[0]
    assert "甲 & 乙" in read[0], "what a translator wrote is markup, as ever"
    assert "<h1>Page</h1>" in read[1]
    assert "&lt;张&gt;" in read[0]


def test_a_text_that_stands_in_a_template_is_asked_for_once(app: Flask, chinese: Words) -> None:
    speak(chinese)
    for _time in range(3):
        drawn(app.jinja_env, "page.html", **GIVEN)

    assert chinese.asked["Page"] == 1
    assert chinese.asked["Hello"] == 1
    assert chinese.asked["Hello %(name)s"] == 3, "what is given to it is the reader's"


def test_a_plain_text_is_not_escaped(app: Flask, chinese: Words) -> None:
    speak(chinese)

    assert drawn(app.jinja_env, "plain.txt") == "甲 & 乙"


def test_a_picture_is_drawn_once_unless_the_page_chooses_it(app: Flask) -> None:
    asked: Counter[tuple[str, ...]] = Counter()

    def icon(*told: str) -> Markup:
        asked[told] += 1
        return Markup("<svg>{}</svg>").format(" ".join(told))

    app.jinja_env.globals["icon"] = icon
    for name in ("flag", "<b>"):
        page = drawn(app.jinja_env, "asked.html", name=name)

    assert page == "<svg>bell</svg><svg>bell ok</svg><svg>&lt;b&gt;</svg>"
    assert asked == {("bell",): 1, ("bell", "ok"): 1, ("flag",): 1, ("<b>",): 1}


def test_a_word_that_is_looked_at_later_is_said_in_the_language_of_then(chinese: Words) -> None:
    later: Callable[[], str] = lazy_gettext("Home").__str__

    speak(chinese)
    assert later() == "首页"
    speak(NullTranslations())
    assert later() == "Home"


def test_where_nobody_told_the_language_it_is_found(chinese: Words) -> None:
    before = spoken()
    speak(None)
    speak_otherwise(lambda: chinese)
    try:
        assert gettext("Hello %(name)s", name="张") == "张，您好"
        assert ngettext("%(num)s thing", "%(num)s things", 2) == "2 件"
    finally:
        speak_otherwise(lambda: before)
