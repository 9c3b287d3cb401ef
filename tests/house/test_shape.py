"""Three modules of one shape on a kernel that knows none of them, and code that keeps to the style of the house."""

from __future__ import annotations

import ast
import re
from importlib import import_module
from pathlib import Path

import pytest

import config
from kernel import icons
from kernel.choices import Coded
from tests.house.source import PACKAGES, ROOT, calls, nodes, place, trees
from tests.house.verdict import none_of

PARTS = ("models", "operations", "queries", "rules", "notices", "workflows", "views", "security", "states", "sentences")
FOLDERS = ("data", "templates/{module}", "translations/zh")
LONGEST_FILE = 400
LONGEST_FUNCTION = 60
FEW_STATEMENTS = 10
DRAWING = ("render_template(", "get_template_attribute(")
BANNED_FILES = {"utils.py", "helpers.py", "common.py", "misc.py", "shared.py", "manager.py", "core.py"}


@pytest.mark.parametrize("name", config.MODULES)
def test_a_module_has_the_anatomy_of_the_house(name: str) -> None:
    folder = ROOT / name

    missing = [
        part for part in PARTS if not ((folder / f"{part}.py").exists() or (folder / part / "__init__.py").exists())
    ]
    missing += [part for part in FOLDERS if not (folder / part.format(module=name)).is_dir()]
    missing += [part for part in ("module.py", "README.md") if not (folder / part).exists()]

    none_of(missing)


def test_the_icon_of_every_state_is_drawn() -> None:
    for name in config.MODULES:
        import_module(f"{name}.states")
    chosen = [choice for kind in Coded.__subclasses__() for choice in kind if choice.icon]

    assert len(chosen) > 100
    none_of([f"{choice!r}: {choice.icon}" for choice in chosen if choice.icon not in icons.drawn()])


@pytest.mark.parametrize("name", config.MODULES)
def test_a_module_says_what_it_is_for_and_nothing_else_at_its_door(name: str) -> None:
    tree = trees()[ROOT / name / "__init__.py"]

    assert ast.get_docstring(tree)
    assert len(tree.body) == 1


@pytest.mark.parametrize("name", PACKAGES)
def test_every_package_is_tested_in_a_folder_of_its_own(name: str) -> None:
    assert list((ROOT / "tests" / name).glob("test_*.py")) != []


def test_no_file_is_too_long_to_be_read() -> None:
    long = {place(path): count for path in trees() if (count := len(path.read_text().splitlines())) > LONGEST_FILE}

    none_of(long)


def test_no_function_is_too_long_to_be_read() -> None:
    """A table that a function gives is no code: what counts is more than a handful of statements."""
    long = {
        f"{place(path, node)} {node.name}": node.end_lineno - node.lineno + 1
        for path, node in nodes(ast.FunctionDef)
        if node.end_lineno - node.lineno + 1 > LONGEST_FUNCTION
        and sum(isinstance(part, ast.stmt) for part in ast.walk(node)) > FEW_STATEMENTS
    }

    none_of(long)


def test_every_file_says_what_it_is_for() -> None:
    none_of([place(path) for path, tree in trees().items() if not ast.get_docstring(tree)])


def test_no_file_invites_everything() -> None:
    none_of([place(path) for path in trees() if path.name in BANNED_FILES])


def test_nothing_is_put_off() -> None:
    words = re.compile(r"\b(TODO|FIXME|XXX|HACK|raise NotImplemented(Error)?)\b")
    found = [
        f"{place(path)}:{number}"
        for path in (*trees(), *Path(ROOT / "kernel/static").rglob("*.js"), *ROOT.glob("*/templates/**/*.html"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if words.search(line)
    ]

    none_of(found)


def test_a_record_is_found_through_its_scope_alone() -> None:
    """`Session.get` answers from memory, past the scope; `find` and `select` do not."""
    found = [
        place(path, call)
        for path, call in calls("get")
        if isinstance(call.func, ast.Attribute)
        and (ast.unparse(call.func.value).endswith("session") or ast.unparse(call.func.value).endswith("session()"))
        and "flask" not in ast.unparse(call)
        and not (call.args and isinstance(call.args[0], ast.Constant))
    ]

    none_of(found)


def test_nobody_commits_but_the_doors_of_the_kernel() -> None:
    found = [place(path, call) for path, call in calls("commit", "rollback", inside=config.MODULES)]

    none_of(found)


def test_doors_write_inside_a_transaction() -> None:
    """A deed that is called by a view stands inside `with transaction()`, or inside the kernel's own steps."""
    found = [place(path, call) for path, call in calls("flush") if "views" in path.parts]

    none_of(found)


def test_the_clock_is_asked_in_one_place() -> None:
    found = [
        place(path, call)
        for path, call in calls("now", "utcnow", "today")
        if isinstance(call.func, ast.Attribute)
        and ast.unparse(call.func.value) in {"datetime", "date", "datetime.datetime"}
        and path != ROOT / "kernel" / "clock.py"
    ]

    none_of(found)


def test_no_amount_passes_through_a_float() -> None:
    found = [place(path, call) for path, call in calls("float", "Float", inside=config.MODULES)]

    none_of(found)


def test_the_kernel_knows_no_business() -> None:
    names = re.compile(r"\b(orgs|grants|evaluation)\.")
    imported = [
        place(path, node)
        for path, node in nodes(ast.Import, ast.ImportFrom, inside=("kernel",))
        if names.match(f"{getattr(node, 'module', '') or ''}.")
        or any(names.match(f"{one.name}.") for one in node.names)
    ]

    none_of(imported)


def test_no_raw_sql_is_put_together_from_text() -> None:
    """A statement is built of expressions; text() stands only where it is written out whole."""
    found = [
        place(path, call)
        for path, call in calls("text", "exec_driver_sql", inside=config.MODULES)
        if call.args
        and isinstance(call.args[0], ast.JoinedStr)
        and any(
            isinstance(part, ast.FormattedValue) and not ast.unparse(part.value).isupper()
            for part in call.args[0].values
        )
    ]

    none_of(found)


def test_markup_is_never_made_of_what_people_typed() -> None:
    found = [
        place(path, call)
        for path, call in calls("Markup", inside=config.MODULES)
        if call.args
        and not isinstance(call.args[0], ast.Constant)
        and not ast.unparse(call.args[0]).startswith(DRAWING)
    ]
    templates = [
        place(path)
        for path in ROOT.glob("*/templates/**/*.html")
        if re.search(r"\{%-?\s*autoescape\s+false", path.read_text())
    ]

    none_of([*found, *templates])


def test_every_model_says_who_sees_it_and_every_role_has_a_label(app: object) -> None:
    from kernel.permissions import ROLES  # noqa: PLC0415  (the modules have been loaded by now)
    from kernel.scope import RULES, all_records  # noqa: PLC0415

    none_of(sorted(model.__name__ for model in all_records() if model not in RULES))
    none_of(sorted(code for code, role in ROLES.items() if not role.label))


def test_what_a_module_hands_over_is_its_own(app: object) -> None:
    from kernel.module import MODULES  # noqa: PLC0415
    from kernel.scope import all_records  # noqa: PLC0415

    told = {model for module in MODULES for model in module.models}
    silent = [
        model.__name__ for model in all_records() if not model.__module__.startswith("kernel.") and model not in told
    ]

    none_of(sorted(silent))
