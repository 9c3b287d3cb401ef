"""Every msgid that the code and the templates say, with its place; for the test that each has its Chinese."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from babel.messages.extract import extract

from kernel.catalogue import folder_of, merged

SAYING = {"Sentence": (0,), "_": (0,), "_l": (0,), "gettext": (0,), "lazy_gettext": (0,), "ngettext": (0, 1)}
"""Function → which of its arguments are msgids."""

CARRYING = {"Ask": (0, 1), "NavItem": (0,), "Role": (1,), "Transition": (1,), "Panel": (2,), "DeedForm": (2,)}
"""Declaration → which of its arguments are msgids; keywords of any declaration are read by their names below."""

CARRYING_KEYWORDS = {"label", "hint", "confirm", "group", "headline", "body", "noun"}
CODED = {"Coded"}
JINJA = {"extensions": "jinja2.ext.i18n,jinja2.ext.do,jinja2.ext.loopcontrols", "silent": "false"}


@dataclass(frozen=True, slots=True, order=True)
class Said:
    """One msgid and where it stands: file and line."""

    place: str
    msgid: str


def said(modules: Sequence[str]) -> list[Said]:
    """Give every msgid of the kernel and of the modules."""
    found: set[Said] = set()
    for name in ("kernel", *modules):
        folder = folder_of(name)
        for path in sorted(folder.rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            place = path.relative_to(folder.parent).as_posix()
            found |= {Said(f"{place}:{line}", msgid) for line, msgid in _in_code(tree)}
        for path in sorted((folder / "templates").rglob("*.*")):
            place = path.relative_to(folder.parent).as_posix()
            found |= {Said(f"{place}:{line}", msgid) for line, msgid in _in_template(path)}
    return sorted(found)


def missing(modules: Sequence[str]) -> list[Said]:
    """Give the msgids that have no Chinese."""
    known = {
        part
        for message in merged(modules)
        if message.id and message.string
        for part in (message.id if isinstance(message.id, list | tuple) else (message.id,))
    }
    return [one for one in said(modules) if one.msgid not in known]


def _in_code(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from _in_call(node)
        elif isinstance(node, ast.ClassDef) and any(_name(base) in CODED for base in node.bases):
            yield from _in_choices(node)


def _in_call(call: ast.Call) -> Iterator[tuple[int, str]]:
    name = _name(call.func)
    for place in SAYING.get(name, CARRYING.get(name, ())):
        if place < len(call.args):
            yield from _text(call.args[place])
    if name and name[0].isupper():
        for keyword in call.keywords:
            if keyword.arg in CARRYING_KEYWORDS:
                yield from _text(keyword.value)


def _in_choices(choices: ast.ClassDef) -> Iterator[tuple[int, str]]:
    for line in choices.body:
        if isinstance(line, ast.Assign) and isinstance(line.value, ast.Tuple) and len(line.value.elts) > 1:
            yield from _text(line.value.elts[1])


def _in_template(path: Path) -> Iterator[tuple[int, str]]:
    with path.open("rb") as stream:
        for line, msgids, _comments, _context in extract("jinja2.ext:babel_extract", stream, options=JINJA):
            for msgid in msgids if isinstance(msgids, tuple) else (msgids,):
                if msgid:
                    yield line, msgid


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _text(node: ast.expr) -> Iterator[tuple[int, str]]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and any(sign.isalpha() for sign in node.value):
        yield node.lineno, node.value
