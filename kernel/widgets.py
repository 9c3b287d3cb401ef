"""Controls of WTForms fields in our own look, and how a column becomes a field.

FAB hands each field a widget of Bootstrap 3 with scripts. Pages never ask those: they call `control_of`, which
chooses the control by what the field is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from unicodedata import normalize

from flask_appbuilder.fields import QuerySelectMultipleField
from flask_appbuilder.forms import FieldConverter
from markupsafe import Markup, escape
from wtforms import (
    BooleanField,
    DateField,
    DateTimeField,
    DecimalField,
    Field,
    FileField,
    FloatField,
    IntegerField,
    PasswordField,
    SelectFieldBase,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import ValidationError

from kernel.speech import gettext as _, lazy_gettext

NOTHING = "__None"
MOST_MONEY = Decimal("999999999999.99")
Control = Callable[[Any, dict[str, Any]], Markup]


class MoneyField(DecimalField):
    """An amount in yuan, two places; thousands separators and full-width figures are taken."""

    def process_formdata(self, valuelist: list[str]) -> None:
        if not valuelist or not valuelist[0].strip():
            self.data = None
            return
        plain = normalize("NFKC", valuelist[0]).replace(",", "").replace(" ", "").replace("¥", "")
        try:
            amount = Decimal(plain)
        except InvalidOperation:
            amount = Decimal("NaN")
        if not amount.is_finite() or abs(amount) > MOST_MONEY or amount != round(amount, 2):
            self.data = None
            raise ValidationError(lazy_gettext("Please write an amount in yuan, such as 1200.00."))
        self.data = round(amount, 2)


class FigureField(IntegerField):
    """A whole number; full-width figures are taken."""

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata([normalize("NFKC", text).replace(",", "").strip() for text in valuelist])


class DayField(DateField):
    """A day; 2026/11/27 and 2026.11.27 are taken too."""

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata([normalize("NFKC", text).replace("/", "-").replace(".", "-") for text in valuelist])


class MomentField(DateTimeField):
    """A moment as the browser's own control sends it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["format"] = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"]
        super().__init__(*args, **kwargs)


def is_list_field(field: Field) -> bool:
    """Say whether the field is a list of boxes, which needs a fieldset in place of a label."""
    return isinstance(field, QuerySelectMultipleField | SelectMultipleField)


def control_of(field: Field, told: str = "", **extra: Any) -> Markup:
    """Draw the field's control; `told` are the ids of its hint and error.

    Keyword arguments become attributes.
    """
    attributes: dict[str, Any] = {"id": field.id, "name": field.name, **extra}
    if told:
        attributes["aria-describedby"] = told
    if field.errors:
        attributes["aria-invalid"] = "true"
    if getattr(field.flags, "required", False) and not isinstance(field, BooleanField):
        attributes["required"] = True
    if getattr(field.flags, "max_length", None):
        attributes["maxlength"] = field.flags.max_length
    return next(draw for kind, draw in CONTROLS if isinstance(field, kind))(field, attributes)


def _classes(base: str, field: Field) -> str:
    return f"{base} is-invalid" if field.errors else base


def _input(field: Field, attributes: dict[str, Any], kind: str, value: Any, look: str = "form-control") -> Markup:
    attributes = {"class": _classes(look, field), "type": kind, "value": value, **attributes}
    return Markup("<input {}>").format(_attributes(attributes))


def _attributes(attributes: dict[str, Any]) -> Markup:
    parts = (
        escape(name) if value is True else Markup('{}="{}"').format(name, value)
        for name, value in attributes.items()
        if value is not None and value is not False
    )
    return Markup(" ").join(parts)


def _typed(field: Field, otherwise: str) -> str:
    """Keep what was typed where it could not be read, so that it can be mended."""
    raw = getattr(field, "raw_data", None)
    return str(raw[0]) if raw and field.errors else otherwise


def _text(field: Field, attributes: dict[str, Any]) -> Markup:
    value = field._value() if hasattr(field, "_value") else field.data  # noqa: SLF001  (WTForms' own way to the text)
    return _input(field, attributes, "email" if field.name == "email" else "text", "" if value is None else value)


def _password(field: Field, attributes: dict[str, Any]) -> Markup:
    return _input(field, {"autocomplete": "new-password", **attributes}, "password", None)


def _textarea(field: Field, attributes: dict[str, Any]) -> Markup:
    attributes = {"class": _classes("form-control", field), "rows": 5, **attributes}
    return Markup("<textarea {}>{}</textarea>").format(_attributes(attributes), field.data or "")


def _figure(field: Field, attributes: dict[str, Any]) -> Markup:
    value = "" if field.data is None else str(field.data)
    attributes = {"inputmode": "decimal", "autocomplete": "off", **attributes}
    return _input(field, attributes, "text", _typed(field, value), "form-control yl-num yl-w-money")


def _money(field: Field, attributes: dict[str, Any]) -> Markup:
    value = "" if field.data is None else f"{field.data:,.2f}"
    attributes = {"inputmode": "decimal", "autocomplete": "off", "data-money": "", **attributes}
    return _input(field, attributes, "text", _typed(field, value), "form-control yl-num yl-w-money")


def _day(field: Field, attributes: dict[str, Any]) -> Markup:
    value = field.data.isoformat() if isinstance(field.data, date) else ""
    return _input(field, attributes, "date", _typed(field, value), "form-control yl-w-date")


def _moment(field: Field, attributes: dict[str, Any]) -> Markup:
    value = f"{field.data:%Y-%m-%dT%H:%M}" if isinstance(field.data, datetime) else ""
    return _input(field, attributes, "datetime-local", _typed(field, value), "form-control yl-w-date")


def _checkbox(field: Field, attributes: dict[str, Any]) -> Markup:
    return _input(field, {"checked": bool(field.data), **attributes}, "checkbox", "y", "form-check-input")


def _file(field: Field, attributes: dict[str, Any]) -> Markup:
    return _input(field, attributes, "file", None)


def _choices(field: SelectFieldBase) -> Iterable[tuple[str, str, bool]]:
    for choice in field.iter_choices():
        value, label, selected = choice[:3]
        yield str(value), str(label), bool(selected)


def _select(field: SelectFieldBase, attributes: dict[str, Any]) -> Markup:
    options = Markup().join(
        Markup('<option value="{}"{}>{}</option>').format(
            value, Markup(" selected") if selected else "", _("None") if value == NOTHING and not label else label
        )
        for value, label, selected in _choices(field)
    )
    attributes = {"class": _classes("form-select", field), **attributes}
    return Markup("<select {}>{}</select>").format(_attributes(attributes), options)


def _boxes(field: SelectFieldBase, attributes: dict[str, Any]) -> Markup:
    name, base = attributes["name"], attributes["id"]
    boxes = Markup().join(
        Markup(
            '<div class="form-check"><input class="form-check-input" type="checkbox" name="{}" id="{}" value="{}"{}>'
            '<label class="form-check-label" for="{}">{}</label></div>'
        ).format(name, f"{base}-{n}", value, Markup(" checked") if selected else "", f"{base}-{n}", label)
        for n, (value, label, selected) in enumerate(_choices(field), start=1)
    )
    return Markup('<div class="yl-checklist">{}</div>').format(boxes)


CONTROLS: tuple[tuple[type | tuple[type, ...], Control], ...] = (
    ((QuerySelectMultipleField, SelectMultipleField), _boxes),
    (SelectFieldBase, _select),
    (BooleanField, _checkbox),
    (DateField, _day),
    (DateTimeField, _moment),
    (MoneyField, _money),
    ((DecimalField, IntegerField, FloatField), _figure),
    (FileField, _file),
    (PasswordField, _password),
    (TextAreaField, _textarea),
    (Field, _text),
)
"""What a field is → how it is drawn; the first that fits."""


COLUMNS = (
    ("is_text", TextAreaField, None),
    ("is_json", TextAreaField, None),
    ("is_string", StringField, None),
    ("is_integer", FigureField, None),
    ("is_numeric", MoneyField, None),
    ("is_float", FloatField, None),
    ("is_boolean", BooleanField, None),
    ("is_datetime", MomentField, None),
    ("is_date", DayField, None),
)
"""What a column is → which field asks for it, in the form that FAB's converter reads."""


def install(environment: Any) -> None:
    """Let templates draw controls, and FAB's converter make our fields."""
    environment.globals.update(control_of=control_of, is_list_field=is_list_field)
    FieldConverter.conversion_table = COLUMNS
