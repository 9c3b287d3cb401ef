"""Records, deeds and jobs have words wherever a page tells of them by the names that the code has."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from flask import Flask

import config
from kernel.catalogue import folder_of, merged
from kernel.names import SIGN_INS, actions_called, apart, label_of
from kernel.permissions import GRANTED
from kernel.schedule import jobs_of
from kernel.scope import all_records
from kernel.settings import Settings
from tests.house.verdict import none_of

WRITING = {"note_event", "acting", "note_attempt", "whole"}
"""What writes into the trail: its literal texts are an action, or an action and a kind."""


def literals(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Give what each call of the above says in so many words."""
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if name in WRITING:
                    said = [part.value for part in node.args if isinstance(part, ast.Constant)]
                    yield name, [text for text in said if isinstance(text, str)]


def msgids(settings: Settings) -> Iterator[tuple[str, str]]:
    """Give what each name of the code says to people: (name, msgid)."""
    pairs = {(kind, verb) for granted in GRANTED.values() for verb, kind in granted}
    kinds = {kind for kind, _verb in pairs} | {model.__name__ for model in all_records()}
    for name in ("kernel", *config.MODULES):
        for writer, said in literals(folder_of(name)):
            kind, _dot, verb = said[0].rpartition(".") if said else ("", "", "")
            pairs |= {(kind, verb)} if said else set()
            kinds |= set(said[1:]) if writer == "note_event" else set()
    yield from ((kind, apart(kind)) for kind in sorted(kinds))
    yield from ((f"{kind}.{verb}", label_of(kind, verb) or apart(verb)) for kind, verb in sorted(pairs))
    with_backup = settings.model_copy(update={"backup_folder": Path("backups")})
    yield from ((job.name, apart(job.name)) for job in jobs_of(with_backup))


def test_every_record_deed_and_job_has_its_chinese(app: Flask, settings: Settings) -> None:
    known = {message.id for message in merged(config.MODULES) if isinstance(message.id, str) and message.string}
    found = [*msgids(settings)]

    assert len(found) > 250
    none_of([f"{name}: {msgid}" for name, msgid in found if msgid not in known])


def test_a_deed_is_found_by_its_words(app: Flask) -> None:
    with app.test_request_context("/"):
        assert [*SIGN_INS[:2]] == [action for action in actions_called("登录") if action in SIGN_INS[:3]]
        assert "Application.submit" in actions_called("提交")
        assert actions_called("no such word") == []
