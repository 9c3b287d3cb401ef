"""Small markup for cells, drawn by the macros of a module's template."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from markupsafe import Markup, escape

from kernel.identity import current_locale
from kernel.pages import Nav, Offered
from kernel.words import word_of

_MACROS = "yulan-macros"
_WHOLE = re.compile(r"(?P<day>\d{4}-\d\d-\d\d)|(?P<code>\b[0-9A-HJ-NPQRTUWXY]{18}\b)")
_PLAIN = {str, int, bool, date, type(None)}
_LARGE = {Nav, Offered}
KEPT, KEPT_LARGE = 4096, 200

Draw = Callable[..., Markup]


def word(choice: Any) -> str:
    """Give the word of a coded choice in the reader's language; nothing for None."""
    return "" if choice is None else _(word_of(choice))


def day_words(day: date) -> str:
    """Write a day with its weekday: 2026-11-24 周二."""
    names = (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))
    return f"{day:%Y-%m-%d} {names[day.weekday()]}"


def whole(told: Any) -> Any:
    """Keep each day and each credit code of a text on one line; a browser would break a day after its hyphens."""
    if isinstance(told, Markup) or not isinstance(told, str):
        return told
    return Markup(_WHOLE.sub(_on_one_line, str(escape(told))))  # noqa: S704  (escaped before)


def _on_one_line(found: re.Match[str]) -> str:
    return f'<span class="yl-{"nowrap" if found["day"] else "code"}">{found[0]}</span>'


def drawn(template: str, macro: str, *given: Any) -> Markup:
    """Draw a macro with these values; it may ask nothing but its values and the language.

    What was drawn of plain values is kept, since a register draws hundreds of cells that are mostly alike; of what is
    large, as the navigation, only some.
    """
    kept: tuple[Draw, Draw] | None = current_app.extensions.get(_MACROS)
    if kept is None:
        kept = (lru_cache(maxsize=KEPT, typed=True)(_draw), lru_cache(maxsize=KEPT_LARGE, typed=True)(_draw))
        current_app.extensions[_MACROS] = kept
    is_large = False
    for value in given:
        if type(value) in _LARGE:
            is_large = True
        elif type(value) not in _PLAIN and not isinstance(value, StrEnum):
            return _draw(template, macro, "", *given)
    return kept[is_large](template, macro, current_locale(), *given)


def _draw(template: str, macro: str, _locale: str, *given: Any) -> Markup:
    module: Any = current_app.jinja_env.get_template(template).module
    return Markup(getattr(module, macro)(*given))  # noqa: S704  (the macro escapes)
