"""The house's own source, read as trees: what stands where, and who calls what."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import config

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("kernel", *config.MODULES)


@lru_cache(maxsize=1)
def trees() -> dict[Path, ast.Module]:
    """Give every Python file of the product with its tree."""
    found = [path for name in PACKAGES for path in sorted((ROOT / name).rglob("*.py"))]
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in found}


def place(path: Path, node: ast.AST | None = None) -> str:
    """Name a place as a compiler does: file and line."""
    told = path.relative_to(ROOT).as_posix()
    return told if node is None else f"{told}:{getattr(node, 'lineno', 0)}"


def nodes(*kinds: type[ast.AST], inside: tuple[str, ...] = PACKAGES) -> Iterator[tuple[Path, ast.AST]]:
    """Give every node of these kinds in these packages."""
    for path, tree in trees().items():
        if path.relative_to(ROOT).parts[0] in inside:
            for node in ast.walk(tree):
                if isinstance(node, kinds):
                    yield path, node


def calls(*names: str, inside: tuple[str, ...] = PACKAGES) -> Iterator[tuple[Path, ast.Call]]:
    """Give every call of a function or method of these names."""
    for path, node in nodes(ast.Call, inside=inside):
        assert isinstance(node, ast.Call)
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in names:
            yield path, node


def texts(call: ast.Call) -> list[str]:
    """Give the texts that are written out in a call, by position and by name."""
    told = [*call.args, *(keyword.value for keyword in call.keywords)]
    return [part.value for part in told if isinstance(part, ast.Constant) and isinstance(part.value, str)]
