"""The words of all modules, merged: each keeps its Chinese beside its code, in `translations/zh/*.po`.

English words are the msgids; `translations/en/*.po` holds what sentences say there of one, found by the part that is 1.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

LOCALES = ("zh", "en")
BABEL_NAMES = {"zh": "zh_Hans_CN", "en": "en"}


def folder_of(module: str) -> Path:
    """Give the folder of a module of ours."""
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        raise RuntimeError(f"there is no module {module}")
    return Path(spec.origin).parent


def sources(modules: Sequence[str], locale: str = "zh") -> list[Path]:
    """Give every catalogue of the kernel and of the modules in a language, in order."""
    names = ("kernel", *modules)
    return [path for name in names for path in sorted((folder_of(name) / "translations" / locale).glob("*.po"))]


def merged(modules: Sequence[str], locale: str = "zh") -> Catalog:
    """Read all catalogues of a language into one; the first that knows a msgid is heard (`clashes` names the others)."""
    whole = Catalog(locale=BABEL_NAMES[locale], fuzzy=False)
    for path in sources(modules, locale):
        with path.open("rb") as stream:
            part = read_po(stream, locale=BABEL_NAMES[locale])
        for message in part:
            if not message.id or message.fuzzy:
                continue
            known = whole.get(message.id, message.context)
            if known is not None and known.string:
                continue
            whole.add(message.id, message.string, flags=message.flags, context=message.context)
    return whole


def clashes(modules: Sequence[str]) -> list[str]:
    """Name the msgids that two catalogues translate differently; a test wants none."""
    whole, found = merged(modules), []
    for path in sources(modules):
        with path.open("rb") as stream:
            part = read_po(stream, locale="zh_Hans_CN")
        for message in part:
            known = whole.get(message.id) if message.id else None
            if known is not None and message.string and known.string != message.string:
                found.append(f"{path.name}: {message.id!r} is {message.string!r} here and {known.string!r} elsewhere")
    return found


def compile_words(modules: Sequence[str], var: Path) -> Path:
    """Write the merged catalogues as gettext wants them, if a source is newer; gives the folder of translations."""
    root = var / "translations"
    for locale, name in BABEL_NAMES.items():
        target = root / name / "LC_MESSAGES/messages.mo"
        newest = max((path.stat().st_mtime for path in sources(modules, locale)), default=0.0)
        if target.exists() and target.stat().st_mtime >= newest:
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_suffix(f".{os.getpid()}.new")  # several processes may find it lacking at once
        with draft.open("wb") as stream:
            write_mo(stream, merged(modules, locale))
        draft.replace(target)
        translations.cache_clear()
    return root


@lru_cache(maxsize=4)
def translations(root: Path, locale: str) -> NullTranslations:
    """Give the catalogue of a language."""
    return Translations.load(str(root), [BABEL_NAMES[locale]])
