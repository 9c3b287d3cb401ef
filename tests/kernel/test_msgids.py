"""What counts as a msgid, wherever it stands."""

from __future__ import annotations

import ast
from pathlib import Path

from kernel.msgids import Said, _in_code, _in_template, missing, said


def found(code: str) -> list[str]:
    return sorted(msgid for _line, msgid in _in_code(ast.parse(code)))


def test_sentences_and_gettext_are_read() -> None:
    assert found('Sentence("One {a}.", a=1); _("Two"); ngettext("%(num)s day", "%(num)s days", n); str("Three")') == [
        "%(num)s day",
        "%(num)s days",
        "One {a}.",
        "Two",
    ]


def test_declarations_are_read_by_place_and_by_keyword() -> None:
    assert found('Ask("Reason", hint="Say why.", long=True); Step(label="Submit", name="submit")') == [
        "Reason",
        "Say why.",
        "Submit",
    ]
    assert found('Notice(key="a", headline="Due", body="Please pay."); Transition("pay", "Pay", DUE, PAID)') == [
        "Due",
        "Pay",
        "Please pay.",
    ]


def test_words_of_coded_choices_are_read() -> None:
    assert found('class State(Coded):\n    DRAFT = "draft", "Draft", "idle"\n    FIVE = "5A"') == ["Draft"]


def test_templates_are_read(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("<p>{{ _('Hello') }}</p>\n{% trans name=name %}Dear {{ name }}{% endtrans %}", encoding="utf-8")
    assert list(_in_template(page)) == [(1, "Hello"), (2, "Dear %(name)s")]


def test_a_place_is_told_with_its_line() -> None:
    places = [one.place for one in said(()) if one.msgid == "A value is not one of the choices."]
    name, line = next(place for place in places if place.startswith("kernel/db.py")).split(":")
    assert name == "kernel/db.py"
    assert int(line) > 1


def test_what_is_missing_is_a_part_of_what_is_said() -> None:
    lacking = missing(())
    assert set(lacking) <= set(said(()))
    assert all(isinstance(one, Said) for one in lacking)
