"""The icons in use, cut out of Bootstrap's 1.1 MB drawing into one small file for slow phones.

Run `python -m kernel.icons` after a page names a new icon; a test says when that was forgotten.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SPRITE = ROOT / "kernel" / "static" / "kernel" / "icons.svg"

OF_THE_LOOK = frozenset(
    [
        "bar-chart-line",
        "bell",
        "book",
        "bookmark-plus",
        "box-arrow-in-right",
        "building",
        "buildings",
        "calendar3",
        "cash-coin",
        "cash-stack",
        "chat-dots",
        "chat-left-text",
        "clipboard",
        "clipboard-data",
        "copy",
        "diagram-3",
        "download",
        "envelope",
        "exclamation-circle",
        "eye",
        "file-earmark-image",
        "file-earmark-pdf",
        "file-earmark-ruled",
        "file-earmark-spreadsheet",
        "file-earmark-zip",
        "filetype-csv",
        "filetype-json",
        "flag",
        "gear",
        "house-door",
        "images",
        "info-circle",
        "journal-text",
        "kanban",
        "layout-three-columns",
        "link-45deg",
        "list-ol",
        "megaphone-fill",
        "paperclip",
        "patch-check-fill",
        "pie-chart",
        "plus-lg",
        "printer",
        "receipt",
        "send",
        "shield-check",
        "star",
        "star-fill",
        "star-half",
        "table",
        "tag",
        "three-dots",
        "tools",
        "trash3",
        "unlock",
        "upload",
        "x-circle",
    ]
)
"""Icons that the look's own parts choose by a rule, besides those that stand in quotes."""

_SYMBOL = re.compile(r'<symbol class="bi [^"]*" viewBox="([^"]+)" id="([^"]+)">(.*?)</symbol>', re.DOTALL)
_QUOTED = re.compile(r"""["']([a-z0-9]+(?:-[a-z0-9]+)*)["']""")
_NAMED = re.compile(r"""\bicon(?:_name)?\s*(?:\(|=|["']\s*:)\s*["']([a-z0-9-]+)["']""")


def drawings() -> dict[str, str]:
    """Read all of Bootstrap's icons: name → <symbol>; RuntimeError without the package that brings them."""
    found = find_spec("flask_bootstrap")
    if found is None or found.origin is None:
        raise RuntimeError("Bootstrap-Flask is not installed")
    file = Path(found.origin).parent / "static" / "bootstrap5" / "icons" / "bootstrap-icons.svg"
    text = file.read_text(encoding="utf-8")
    return {name: f'<symbol viewBox="{box}" id="{name}">{paths}</symbol>' for box, name, paths in _SYMBOL.findall(text)}


def sources(root: Path = ROOT) -> Iterator[Path]:
    """List the Python files and templates of the packages, the only places that name an icon."""
    for folder in sorted(path for path in root.iterdir() if (path / "__init__.py").is_file()):
        if folder.name in {"tests", "migrations", "bench"}:
            continue
        yield from sorted(path for path in folder.rglob("*") if path.suffix in {".py", ".html"})


def words(files: Iterable[Path]) -> set[str]:
    """Collect every short quoted word: whichever of them is an icon's name may be shown as one."""
    return {word for file in files for word in _QUOTED.findall(file.read_text(encoding="utf-8"))}


def named(files: Iterable[Path]) -> set[str]:
    """Collect the words that stand where only an icon's name can stand."""
    return {word for file in files for word in _NAMED.findall(file.read_text(encoding="utf-8"))}


def sprite(names: Iterable[str]) -> str:
    """Draw the sprite of these icons; names that Bootstrap does not know are left out."""
    known = drawings()
    symbols = "\n".join(known[name] for name in sorted(set(names)) if name in known)
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{symbols}\n</svg>\n'


def drawn(file: Path = SPRITE) -> set[str]:
    """Read which icons the sprite holds."""
    return set(re.findall(r'id="([^"]+)"', file.read_text(encoding="utf-8"))) if file.is_file() else set()


def main() -> None:
    """Write the sprite anew."""
    SPRITE.write_text(sprite(words(sources()) | OF_THE_LOOK), encoding="utf-8")


if __name__ == "__main__":
    main()
