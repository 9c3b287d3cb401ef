"""Small markup for cells, drawn by the macros of a module's template."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Any

from babel.support import NullTranslations
from flask import current_app
from markupsafe import Markup, escape

from kernel.pages import Nav, Offered
from kernel.speech import gettext as _, spoken
from kernel.words import word_of

_WHOLE = re.compile(r"(?P<day>\d{4}-\d\d-\d\d)|(?P<code>\b[0-9A-HJ-NPQRTUWXY]{18}\b)")
_PLAIN = {str, int, bool, date, type(None)}
_LARGE = {Nav, Offered}
KEPT, KEPT_LARGE = 4096, 200

Draw = Callable[..., Markup]


def icon(name: str, tone: str | None = None) -> Markup:
    """Draw one picture of the sprite, silent for screen readers; the word stands beside it.

    Tones are ok, info, warn, bad, bud and idle. Without a name nothing is drawn.
    """
    asset: Any = current_app.jinja_env.globals["asset"]
    return icon_of(asset("kernel/icons.svg"), name, tone)


@lru_cache(maxsize=KEPT)
def icon_of(sprite: str, name: str, tone: str | None) -> Markup:
    """Draw a picture of the sprite that has this address."""
    if not name:
        return Markup()
    tint = f" yl-tone-{tone}" if tone else ""
    return Markup('<svg class="yl-ico{}" aria-hidden="true"><use href="{}#{}"/></svg>').format(tint, sprite, name)


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
    draw: Draw = _draw_small
    for value in given:
        kind = type(value)
        if kind in _LARGE:
            draw = _draw_large
        elif kind not in _PLAIN and not issubclass(kind, StrEnum):
            draw = _draw
            break
    return draw(spoken(), template, macro, *given)


def _draw(_language: NullTranslations, template: str, macro: str, *given: Any) -> Markup:
    module: Any = current_app.jinja_env.get_template(template).module
    return Markup(getattr(module, macro)(*given))  # noqa: S704  (the macro escapes)


_draw_small: Draw = lru_cache(maxsize=KEPT, typed=True)(_draw)
_draw_large: Draw = lru_cache(maxsize=KEPT_LARGE, typed=True)(_draw)
