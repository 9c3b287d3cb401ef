"""The look: nothing foreign, nothing inline, every word in Chinese, every icon drawn, each part as it is promised."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace as Thing
from typing import Any

import flask_appbuilder
import pytest
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po
from babel.support import NullTranslations
from flask import Flask
from jinja2 import Environment, FileSystemLoader
from wtforms import BooleanField, DateField, Form, PasswordField, SelectField, SelectMultipleField, StringField

from kernel import icons, pages, widgets
from kernel.charts import Cell, Chart, Series
from kernel.clock import now
from kernel.drawing import icon_of, whole
from kernel.rows import drawn_rows
from kernel.speech import speak

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "kernel" / "templates"
STATIC = ROOT / "kernel" / "static" / "kernel"
OURS = sorted(TEMPLATES.rglob("*.html"))


@pytest.fixture(scope="module")
def environment() -> Environment:
    """Templates with the globals that the application gives them, and English as it stands."""
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, extensions=["jinja2.ext.i18n"])
    environment.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
    environment.globals.update(
        asset=lambda path: f"/static/{path}",
        icon=lambda name, tone=None: icon_of("/static/kernel/icons.svg", name, tone),
        csrf_token=lambda: "token",
        form_key=lambda: "key",
        url_for=lambda endpoint, **_values: f"/{endpoint}",
        state_tone=lambda _state: Thing(tone="info", icon="send-check", label="Submitted"),
        drawn_rows=drawn_rows,
        control_of=widgets.control_of,
        is_list_field=widgets.is_list_field,
    )
    environment.globals["drawn"] = lambda file, macro, *given: getattr(environment.get_template(file).module, macro)(
        *given
    )
    environment.filters["whole"] = whole
    environment.filters.update(
        {
            name: lambda value, *_args, **_more: value
            for name in [
                "safe_url_for",
                "set_link_filters",
                "get_actions_on_show",
                "get_actions_on_list",
                "is_item_visible",
                "link_page",
                "link_order",
                "get_link_order",
                "link_page_size",
            ]
        }
    )
    return environment


def part(environment: Environment, file: str, name: str, *args: Any, **named: Any) -> str:
    """Draw one macro."""
    module: Any = environment.get_template(f"kernel/macros/{file}.html").module
    return str(getattr(module, name)(*args, **named))


def shell(**other: Any) -> pages.Shell:
    return pages.Shell(kind="desk", locale="en", user=pages.ShellUser(7, "Shen", "Officer"), **other)


def words_of(html: str) -> str:
    """Give what a person reads of a piece of a page."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).strip()


# --- Nothing foreign, nothing inline ---


def test_each_template_of_fab_is_replaced_by_one_of_ours() -> None:
    theirs = Path(flask_appbuilder.__file__).parent / "templates"
    missing = {path.relative_to(theirs) for path in theirs.rglob("*.html")} - {
        path.relative_to(TEMPLATES) for path in OURS
    }
    assert missing == set()


@pytest.mark.parametrize("path", OURS, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_a_template_can_be_read_and_holds_nothing_that_the_policy_refuses(environment: Environment, path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    environment.get_template(str(path.relative_to(TEMPLATES)))
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=\"|javascript:", text)
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(
        r"https?://|jquery|select2|datepicker|glyphicon|\"fa fa-|data-toggle=|btn-default|panel-heading", text
    )


def test_scripts_and_styles_load_nothing_from_elsewhere() -> None:
    for path in [*STATIC.rglob("*.js"), *STATIC.rglob("*.css")]:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"https?://|@import|\beval\(|innerHTML|document\.write", text), path.name


SIGNS_OF_MONEY = set("元万亿零壹贰叁肆伍陆柒捌玖拾佰仟角分整负")
"""An amount in words is written in Chinese alone, and so is the unit of what is pasted."""
SIGNS_READ = set("年月日是有")
"""Days and ticks as a pasted table writes them: read, never said."""


def test_scripts_say_nothing_but_what_the_page_gave_them() -> None:
    han = re.compile(r"[\u4e00-\u9fff]")
    spoken = {
        path.name: han.findall(re.sub(r"//.*|/\[[^\n]*?\]/g", "", path.read_text(encoding="utf-8")))
        for path in STATIC.rglob("*.js")
    }
    assert {name: signs for name, signs in spoken.items() if set(signs) - SIGNS_OF_MONEY - SIGNS_READ} == {}


# --- Icons and words ---


def test_every_named_icon_exists_and_is_drawn() -> None:
    files = list(icons.sources())
    named = icons.named(files)
    assert named - set(icons.drawings()) == set(), "not an icon of Bootstrap"
    assert named - icons.drawn() == set(), "run python -m kernel.icons"


def test_every_word_of_the_look_is_said_in_chinese() -> None:
    have = {
        message.id
        for file in (ROOT / "kernel" / "translations" / "zh").glob("*.po")
        for message in read_po(BytesIO(file.read_bytes()), locale="zh")
        if message.id and message.string
    }
    asked = {
        message
        for path in OURS
        for _line, message, _comments, _context in extract_from_file("jinja2.ext:babel_extract", str(path))
        if isinstance(message, str)
    }
    assert asked - have == set()


# --- Small parts ---


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Decimal(12000000), '<data class="yl-money" value="12000000.00">12,000,000<i>.00</i></data>'),
        (Decimal("-3600.50"), '<data class="yl-money" value="-3600.50">−3,600<i>.50</i></data>'),
        (None, '<span class="yl-muted">—</span>'),
    ],
)
def test_money_has_two_places_and_a_true_minus(environment: Environment, value: Decimal | None, shown: str) -> None:
    assert part(environment, "ui", "money", value) == shown


def test_a_chip_is_tint_icon_and_word(environment: Environment) -> None:
    assert part(environment, "ui", "state_chip", "submitted") == (
        '<span class="yl-chip is-info"><svg class="yl-ico" aria-hidden="true">'
        '<use href="/static/kernel/icons.svg#send-check"/></svg>Submitted</span>'
    )


def test_steps_say_what_is_done_and_where_one_is(environment: Environment) -> None:
    bar = [pages.StepView("Draft", "done"), pages.StepView("Submitted", "here"), pages.StepView("Awarded", "todo")]
    html = part(environment, "page", "steps", bar)
    assert words_of(html) == "Step 2 of 3: Submitted Draft (done) Submitted (now) Awarded"
    assert html.count('aria-current="step"') == 1


def test_text_of_people_is_shown_as_text(environment: Environment) -> None:
    html = part(environment, "page", "facts", [("Name", "<script>alert(1)</script>")])
    assert "&lt;script&gt;" in html
    assert "<script>" not in html


def test_a_bar_never_leaves_its_frame(environment: Environment) -> None:
    assert 'class="fok" width="100.00%"' in part(environment, "figures", "bar", 2016, 2000)
    assert 'class="f1" width="0%"' in part(environment, "figures", "bar", 0, 2000)
    assert 'class="f1" width="0%"' in part(environment, "figures", "bar", 5, 0)


def test_the_envelope_lays_its_parts_end_to_end(environment: Environment) -> None:
    parts = [("paid", "Paid", Decimal(6)), ("signed", "Signed", Decimal(3)), ("free", "Free", Decimal(3))]
    html = part(
        environment, "figures", "envelope", Thing(title="2026", total=Decimal(12), nums=[], parts=parts, as_of="")
    )
    assert re.findall(r'<rect class="(f\d)" x="([\d.]+%)" width="([\d.]+%)"', html) == [
        ("f1", "0%", "50.00%"),
        ("f2", "50.00%", "25.00%"),
    ]


def test_a_countdown_stands_in_words_before_any_script_runs(environment: Environment) -> None:
    html = part(
        environment, "ui", "countdown", now() + timedelta(days=1), now(), "Closes in", "1 day", "on 27 November"
    )
    assert words_of(html) == "Closes in 1 day on 27 November"


# --- Forms ---


def test_an_error_stands_between_hint_and_control_and_in_the_box(environment: Environment) -> None:
    field = pages.FieldView("ask", "Amount", "money", hint="In yuan.", value=Decimal(1200), errors=["Too much."])
    html = part(environment, "forms", "field", field)
    assert words_of(html) == "Amount In yuan. Too much."
    assert html.index('id="f-ask-h"') < html.index('id="f-ask-e"') < html.index('id="f-ask"')
    assert 'value="1,200.00" required aria-describedby="f-ask-h f-ask-e" aria-invalid="true"' in html
    assert '<a href="#f-ask">Amount: Too much.</a>' in part(environment, "forms", "field_error_box", [field])


@pytest.mark.parametrize(
    ("kind", "mark"),
    [
        ("text", '<input class="form-control" type="text"'),
        ("textarea", '<textarea class="form-control"'),
        ("number", 'inputmode="decimal"'),
        ("date", 'type="date"'),
        ("choice", '<select class="form-select"'),
        ("radio", 'type="radio"'),
        ("checkboxes", 'type="checkbox"'),
        ("checkbox", 'type="checkbox"'),
        ("file", 'type="file"'),
        ("password", 'type="password"'),
    ],
)
def test_each_kind_of_question_has_its_control_and_its_name(environment: Environment, kind: str, mark: str) -> None:
    field = pages.FieldView("one", "Question", kind, choices=[("a", "A")])
    html = part(environment, "forms", "field", field)
    assert mark in html
    assert "Question" in words_of(html)
    assert 'for="f-one' in html


def button(**other: Any) -> pages.ButtonView:
    return pages.ButtonView("reject", "Reject", "/reject/17", **other)


def test_a_step_that_cannot_be_taken_says_why(environment: Environment) -> None:
    shown = button(disabled=True, reason="Two checks wait for a person.")
    assert 'disabled aria-describedby="step-reject-why"' in part(environment, "forms", "step_button", shown)
    reasons = part(environment, "forms", "step_reasons", [shown])
    assert 'id="step-reject-why"' in reasons
    assert words_of(reasons) == "Reject: Two checks wait for a person."


def test_a_step_that_asks_opens_a_dialog_or_its_own_page(environment: Environment) -> None:
    ask = pages.DialogView(
        "Reject?", "They will read it.", [pages.FieldView("reason", "Reason", "textarea")], "Reject it"
    )
    html = part(environment, "forms", "step_button", button(dialog=ask, version=3))
    assert 'href="/reject/17" data-open="step-reject"' in html
    dialog = part(environment, "forms", "dialog", button(dialog=ask, version=3))
    assert 'name="csrf_token" value="token"' in dialog
    assert 'name="version" value="3"' in dialog
    assert words_of(dialog) == "Reject? They will read it. Reason Cancel Reject it"


def test_a_step_without_questions_is_a_form_that_posts(environment: Environment) -> None:
    html = part(environment, "forms", "step_button", button())
    assert html.startswith('<form method="post" action="/reject/17"')
    assert "csrf_token" in html


class AllKinds(Form):
    name = StringField("Name")
    amount = widgets.MoneyField("Amount")
    count = widgets.FigureField("Count")
    day = widgets.DayField("Day")
    plain_day = DateField("Plain day")
    yes = BooleanField("Yes")
    one = SelectField("One", choices=["a", "b"])
    some = SelectMultipleField("Some", choices=["a", "b"])
    secret = PasswordField("Secret")


class Sent(dict[str, list[str]]):
    def getlist(self, name: str) -> list[str]:
        return self.get(name, [])


@pytest.fixture
def app() -> Iterator[Flask]:
    speak(NullTranslations())
    yield Flask("look")
    speak(None)


def test_full_width_figures_and_separators_are_taken(app: Flask) -> None:
    with app.test_request_context():
        form = AllKinds(Sent(amount=["１，２００．５"], count=["３０"], day=["2026/11/27"]))
    assert form.amount.data == Decimal("1200.50")
    assert form.count.data == 30
    assert form.day.data.isoformat() == "2026-11-27"


@pytest.mark.parametrize("text", ["1.005", "NaN", "1e400", "many"])
def test_what_is_no_amount_is_refused_and_stays_as_typed(app: Flask, text: str) -> None:
    with app.test_request_context():
        form = AllKinds(Sent(amount=[text], one=["a"]))
        assert not form.validate()
        assert [str(error) for error in form.amount.errors] == ["Please write an amount in yuan, such as 1200.00."]
        assert f'value="{text}"' in widgets.control_of(form.amount)


def test_controls_are_ours_whatever_widget_a_field_was_given(app: Flask) -> None:
    with app.test_request_context():
        form = AllKinds(data={"some": ["b"], "yes": True})
        drawn = {field.name: widgets.control_of(field) for field in form}
    assert drawn["name"] == '<input class="form-control" type="text" value="" id="name" name="name">'
    assert drawn["yes"] == '<input class="form-check-input" type="checkbox" value="y" checked id="yes" name="yes">'
    assert 'type="date"' in drawn["plain_day"]
    assert drawn["one"] == (
        '<select class="form-select" id="one" name="one"><option value="a">a</option><option value="b">b</option></select>'
    )
    assert 'value="b" checked' in drawn["some"]
    assert 'type="password"' in drawn["secret"]
    assert "value" not in drawn["secret"]


# --- Charts ---


def test_columns_stand_at_their_height_and_plans_are_marks(environment: Environment) -> None:
    series = (Series("Paid", (Decimal(400), None)), Series("Plan", (Decimal(200), Decimal(100)), "plan"))
    html = part(
        environment, "charts", "chart", Chart("columns", "By month", "Two months.", "10,000 yuan", ("1", "2"), series)
    )
    assert re.findall(r'<rect class="f1" [^>]*height="([\d.]+)"', html) == ["174.0"]
    assert html.count('class="yl-plan-mark"') == 3, "two marks and one in the legend"
    assert words_of(html).endswith(
        "Show the numbers By month By month Paid (10,000 yuan) Plan (10,000 yuan) 1 400 200 2 — 100"
    )


def test_bars_are_shares_of_the_longest(environment: Environment) -> None:
    series = (Series("Paid", (Decimal(60), Decimal(20))), Series("To pay", (Decimal(40), Decimal(30)), "rest"))
    html = part(environment, "charts", "chart", Chart("bars", "By kind", "", "", ("A", "B"), series))
    assert re.findall(r'<rect class="(f\d)" x="([\d.]+)%" width="([\d.]+)%"', html) == [
        ("f1", "0.00", "60.00"), ("f2", "60.00", "40.00"), ("f1", "0.00", "20.00"), ("f2", "20.00", "30.00"),
    ]  # fmt: skip


def test_tiles_and_lines_carry_their_numbers_as_a_table(environment: Environment) -> None:
    tiles = Chart("tiles", "By district", "Two.", cells=(Cell("A", Decimal(10), 0, 0), Cell("B", None, 1, 0)))
    assert words_of(part(environment, "charts", "chart", tiles)).endswith("A 10 B —")
    line = Chart("line", "So far", "", "", ("1", "2"), (Series("Paid", (Decimal(1), Decimal(2))),))
    assert '<polyline class="line s1"' in part(environment, "charts", "chart", line)


# --- Whole pages ---


def test_a_register_names_each_cell_and_says_how_it_is_sorted(environment: Environment) -> None:
    page = pages.ListPage(
        title="Organizations",
        columns=[
            pages.ColumnView("name", "Name", "?order=-name", "ascending"),
            pages.ColumnView("n", "Projects", numeric=True),
        ],
        rows=[pages.RowView(1, "/show/1", {"name": "示例", "n": 3})],
        search=pages.SearchView("q", "", "Name"),
        filters=pages.FiltersView(
            [("State: active", "?")], pages.Offered([("District", "district", (("1", "Pudong"),))])
        ),
        keep=[("order", "name")],
        paging=pages.Paging(1, 1, 1),
        bulk=[("remind", "Remind", "envelope")],
    )
    html = environment.get_template("kernel/list.html").render(page=page, shell=shell())
    assert 'aria-sort="ascending"' in html
    assert '<td data-label="Projects" class="yl-num">3</td>' in html
    assert '<a class="yl-quiet" href="/show/1">示例</a>' in html
    assert '<input type="hidden" name="order" value="name">' in html
    assert 'aria-label="Remove filter: State: active"' in html
    assert 'name="rowid" value="1"' in html


def test_an_empty_register_tells_the_next_step(environment: Environment) -> None:
    page = pages.ListPage(
        "Calls",
        [],
        [],
        empty=pages.EmptyView("No calls yet", "Make the first one.", action=pages.Link("New call", "/new")),
    )
    html = environment.get_template("kernel/list.html").render(page=page, shell=shell())
    assert "No calls yet" in html
    assert 'href="/new"' in html


def test_a_record_shows_steps_facts_tabs_and_history(environment: Environment) -> None:
    record = pages.RecordPage(
        title="2027-SB-0117",
        crumbs=[("Applications", "/list"), ("2027-SB-0117", None)],
        steps=[pages.StepView("Draft", "here")],
        facts=[("Amount", "1,200.00")],
        panels=[pages.PanelView("files", "Files", "none", 2)],
        history=[pages.Entry("Zhou", "11-26 09:41", "Submitted", [("Fee", "20,400.00", "19,000.00")])],
    )
    html = environment.get_template("kernel/record.html").render(record=record, shell=shell())
    assert 'role="tab"' in html
    assert "Fee <del>20,400.00</del> → <ins>19,000.00</ins>" in html
    assert html.count("<h1>2027-SB-0117</h1>") == 1


@pytest.mark.parametrize("code", [400, 401, 403, 404, 405, 409, 413, 422, 429, 500, 503, 418])
def test_a_mistake_is_told_in_words_even_without_a_shell(environment: Environment, code: int) -> None:
    html = environment.get_template("kernel/error.html").render(
        code=code, reasons=["The budget is spent."], request_id="ab12"
    )
    assert "The budget is spent." in html
    assert "ab12" in html
    assert html.count("<h1") == 1


def test_whoever_is_not_signed_in_gets_no_menu_and_a_way_in(environment: Environment) -> None:
    html = environment.get_template("kernel/error.html").render(code=404, shell=pages.Shell("open", "en"))
    assert 'href="/login/"' in html
    assert "/logout/" not in html


def test_signing_out_is_a_form_with_a_token(environment: Environment) -> None:
    html = environment.get_template("kernel/error.html").render(code=404, shell=shell())
    assert '<form method="post" action="/logout/"><input type="hidden" name="csrf_token" value="token">' in html


def test_a_stale_save_shows_both_texts_and_keeps_the_rest(environment: Environment) -> None:
    merge = pages.MergePage(
        "/save", 5, [pages.Pair("need", "Need", "mine", "theirs", "textarea")], keep=[("title", "T")]
    )
    html = environment.get_template("kernel/merge.html").render(merge=merge, shell=shell())
    assert '<textarea class="form-control" name="need" rows="8" aria-labelledby="mine-1">mine</textarea>' in html
    assert "data-theirs>theirs</div>" in html
    assert '<input type="hidden" name="title" value="T">' in html
    assert '<input type="hidden" name="version" value="5">' in html


def test_signing_in_keeps_the_account_and_never_the_password(environment: Environment) -> None:
    html = environment.get_template("kernel/login.html").render(username="zhou", problem="Wrong.", shell=None)
    assert 'value="zhou"' in html
    assert "Wrong." in html
    assert re.search(r'<input[^>]*type="password"[^>]*>', html).group().count("value=") == 0  # type: ignore[union-attr]


def test_a_day_and_a_code_stay_on_one_line_and_what_people_wrote_stays_text() -> None:
    shown = whole("52310120QQ0000477N <b> 2027-03-05")

    code, day = '<span class="yl-code">52310120QQ0000477N</span>', '<span class="yl-nowrap">2027-03-05</span>'
    assert shown == f"{code} &lt;b&gt; {day}"
    assert whole(12) == 12


def test_a_chart_of_many_long_labels_leaves_every_other_one_to_wider_windows() -> None:
    def between(*labels: str) -> list[str]:
        chart = Chart("columns", "T", "D", labels=labels, series=(Series("S", (1,) * len(labels)),))
        return [word.text for word in chart.layout().words if word.tone == "is-between"]

    assert between(*(f"26-0{n}" for n in range(1, 9))) == ["26-02", "26-04", "26-06", "26-08"]
    assert between(*(str(n) for n in range(1, 13))) == []
