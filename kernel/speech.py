"""The language of a request: one catalogue, found once, and said without asking the request again for each word."""

from __future__ import annotations

from contextvars import ContextVar
from pathlib import Path

from babel.support import NullTranslations
from flask import Flask
from flask_babel import Domain

from kernel import words
from kernel.catalogue import BABEL_NAMES, translations
from kernel.identity import current_locale

_speaking: ContextVar[NullTranslations | None] = ContextVar("speaking", default=None)


class Spoken(Domain):
    """Flask-Babel's way to words, answered from the catalogue of this request's reader."""

    def __init__(self, root: Path) -> None:
        super().__init__(str(root))
        self.root = root

    def get_translations(self) -> NullTranslations:
        return _speaking.get() or translations(self.root, current_locale())


def speak(root: Path) -> None:
    """Let sentences be put into the languages of the merged catalogue."""

    def translate(msgid: str, locale: str | None) -> str:
        known = _speaking.get() if locale is None else None
        return str((known or translations(root, locale or current_locale())).gettext(msgid))

    words.use_translator(translate)


def speak_in(app: Flask, root: Path) -> None:
    """Let pages, forms and sentences of this application speak their reader's language."""
    speak(root)
    domain = Spoken(root)
    babel = app.extensions["babel"]
    babel.locale_selector = lambda: BABEL_NAMES[current_locale()]
    babel.instance.domain_instance = domain
    app.jinja_env.install_gettext_callables(domain.gettext, domain.ngettext, newstyle=True)  # type: ignore[attr-defined]
    app.before_request(lambda: _listen(root))
    app.teardown_request(lambda _error: _speaking.set(None) and None)


def _listen(root: Path) -> None:
    _speaking.set(translations(root, current_locale()))
