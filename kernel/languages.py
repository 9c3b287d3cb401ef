"""The languages of pages: one catalogue a request, and templates of each language with its words already in them."""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from pathlib import Path
from typing import Any

from babel.support import NullTranslations
from flask import Flask
from flask.templating import Environment
from flask_babel import Domain
from jinja2 import Template, nodes
from jinja2.visitor import NodeTransformer

from kernel import words
from kernel.catalogue import BABEL_NAMES, translations
from kernel.identity import current_locale
from kernel.speech import counted, gettext, speak, speak_otherwise, spoken

SETTLED = frozenset({"icon", "asset"})
"""What templates ask with plain values and is always answered alike."""


class Templates(Environment):
    """Flask's templates, each compiled once a language.

    A text that stands in a template is put into the language when the template is compiled, and so is what it asks of
    `SETTLED` with plain values: a page has some hundred of both, and asking for each took a fifth of its time.
    """

    language: NullTranslations | None = None
    by_language: dict[NullTranslations, Templates]

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Give what all templates know: the very dict where a template adds nothing, since it is copied for each part."""
        return super().make_globals(d) if d else self.globals

    def _load_template(self, name: str, globals: Any) -> Template:  # noqa: A002  (Jinja's own name)
        if self.language is not None:
            return super()._load_template(name, globals)
        return self._in(spoken())._load_template(name, globals)  # noqa: SLF001  (another of our own)

    def _in(self, language: NullTranslations) -> Templates:
        """Give the templates of a language, which share everything else."""
        known = self.__dict__.setdefault("by_language", {})
        if language not in known:
            known[language] = self.overlay()
            known[language].language = language
        found: Templates = known[language]
        return found

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        if self.language is not None:
            _Settling(self, self.language).visit(tree)
        return tree


class _Settling(NodeTransformer):
    """Answers, in a template's tree, the calls whose answer is known."""

    def __init__(self, templates: Templates, language: NullTranslations) -> None:
        self.templates, self.language = templates, language

    def visit_Call(self, call: nodes.Call) -> nodes.Node:  # noqa: N802  (Jinja's own way to name it)
        self.generic_visit(call)
        name = call.node.name if isinstance(call.node, nodes.Name) else ""
        told = [one.value for one in call.args if isinstance(one, nodes.Const)]
        if len(told) < len(call.args) or call.kwargs or call.dyn_args or call.dyn_kwargs:
            return call
        at = {"lineno": call.lineno, "environment": self.templates}
        if name == "_" and len(told) == 1:
            text = nodes.Const(self.language.gettext(told[0]) % {}, **at)
            return nodes.MarkSafeIfAutoescape(text, **at)
        if name in SETTLED:
            ask: Any = self.templates.globals[name]
            return nodes.Const(ask(*told), **at)
        return call


class Spoken(Domain):
    """Flask-Babel's way to words, for FAB's own."""

    def get_translations(self) -> NullTranslations:
        return spoken()


def know_words(root: Path) -> None:
    """Let sentences be put into the languages of the merged catalogue."""
    speak_otherwise(lambda: translations(root, current_locale()))

    def translate(msgid: str, locale: str | None, ones: Sequence[str]) -> str:
        known = spoken() if locale is None else translations(root, locale)
        for parts in (" ".join(sorted(ones)), *ones) if ones else ():
            singular = known.pgettext(parts, msgid)
            if singular != msgid:
                return str(singular)
        return str(known.gettext(msgid))

    words.use_translator(translate)


def speak_in(app: Flask, root: Path) -> None:
    """Let pages, forms and sentences of this application speak their reader's language."""
    know_words(root)
    babel = app.extensions["babel"]
    babel.locale_selector = lambda: BABEL_NAMES[current_locale()]
    babel.instance.domain_instance = Spoken(str(root))
    app.jinja_env.install_gettext_callables(gettext, counted, newstyle=True)  # type: ignore[attr-defined]
    app.before_request(lambda: speak(translations(root, current_locale())))
    app.teardown_request(lambda _error: speak(None))
