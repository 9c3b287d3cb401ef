"""The language that is spoken now: a request or a job tells it once, and no word asks for it again.

Flask-Babel finds application, domain and catalogue anew for each word, and a page has some hundred of them.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from babel.support import NullTranslations
from flask_babel import LazyString

Find = Callable[[], NullTranslations]

_spoken: ContextVar[NullTranslations | None] = ContextVar("spoken", default=None)
_AS_WRITTEN = NullTranslations()
_otherwise: list[Find] = [lambda: _AS_WRITTEN]


def speak(catalogue: NullTranslations | None) -> None:
    """Say all words of this request from a catalogue; None lets each word find its own again."""
    _spoken.set(catalogue)


def speak_otherwise(find: Find) -> None:
    """Say how the catalogue is found where nobody told it."""
    _otherwise[0] = find


def spoken() -> NullTranslations:
    """Give the catalogue from which words are said now."""
    return _spoken.get() or _otherwise[0]()


def gettext(msgid: str, /, **given: Any) -> str:
    """Say a text in the language that is spoken now, with what is given to it."""
    text: str = spoken().gettext(msgid)
    return text % given if given else text


def ngettext(one: str, many: str, num: int, /, **given: Any) -> str:
    """Say how many: `num` chooses the form, and stands in the text as %(num)s."""
    text: str = spoken().ngettext(one, many, num)
    return text % {"num": num, **given}


def counted(one: str, many: str, num: int, /) -> str:
    """Give what is said of this number, its parts still open: a template fills them in itself."""
    return str(spoken().ngettext(one, many, num))


def lazy_gettext(msgid: str, /, **given: Any) -> LazyString:
    """Say a text when it is looked at: for what is written down once for all readers."""
    return LazyString(gettext, msgid, **given)
