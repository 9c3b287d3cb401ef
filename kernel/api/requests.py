"""What a program sends, read strictly: one JSON object, a file with its parts, or the parts of an address.

Nothing stands twice, and nothing is taken that nobody asks for.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from http import HTTPStatus
from typing import Any, BinaryIO, NoReturn, cast

from flask import abort, make_response, request
from marshmallow import Schema, ValidationError
from werkzeug.exceptions import UnsupportedMediaType

from kernel.api.shapes import STRANGE
from kernel.errors import Invalid
from kernel.web import problem
from kernel.words import Sentence

MOST_BYTES = 1024 * 1024
UNREADABLE = Sentence("The body is not one JSON object that can be read.")
FORM = "multipart/form-data"
FILE = "file"

Problems = Mapping[str, Sequence[Sentence]]


def turn_away(code: int, *reasons: Sentence, fields: Problems | None = None, **headers: str) -> NoReturn:
    """Answer with the one envelope of problems; header names are written with underscores."""
    told = {name: tuple(sentences) for name, sentences in (fields or {}).items()}
    answer = make_response(problem(code, reasons or tuple(one for many in told.values() for one in many), told))
    for name, value in headers.items():
        answer.headers[name.replace("_", "-")] = value
    abort(answer)


def body_sent() -> dict[str, Any]:
    """Read the request's body.

    Turns away what is no JSON (415), too big (413), or not one object whose every name stands once (400).
    """
    if request.mimetype != "application/json":
        raise UnsupportedMediaType
    request.max_content_length = MOST_BYTES
    try:
        told = json.loads(
            request.get_data().decode(),
            parse_float=Decimal,
            parse_constant=_no_number,
            object_pairs_hook=_once_each,
        )
    except (ValueError, RecursionError):
        turn_away(HTTPStatus.BAD_REQUEST, UNREADABLE)
    if not isinstance(told, dict):
        turn_away(HTTPStatus.BAD_REQUEST, UNREADABLE)
    return told


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that a program sends: its name, its content from the beginning, and the content's SHA-256."""

    filename: str
    stream: BinaryIO
    sha256: str


def form_sent() -> tuple[dict[str, str], Upload]:
    """Read the parts of a form and the one file among them.

    Turns away what is no form (415). Raises Invalid when the file is missing, or a part stands twice.
    """
    if request.mimetype != FORM:
        raise UnsupportedMediaType
    parts: list[tuple[str, list[Any]]] = [*request.form.lists(), *request.files.lists()]
    problems = {name: [Sentence("“{name}” is sent twice.", name=name)] for name, told in parts if len(told) > 1}
    problems |= {name: [STRANGE] for name in request.files if name != FILE}
    file = request.files.get(FILE)
    if file is None or not file.filename:
        problems.setdefault(FILE, [Sentence("A file belongs here, with its name.")])
    if problems or file is None:
        raise Invalid(problems)
    stream = cast("BinaryIO", file.stream)
    digest = hashlib.file_digest(file.stream, "sha256")  # type: ignore[arg-type]  # an open file, only called IO[bytes]
    stream.seek(0)
    return request.form.to_dict(), Upload(file.filename or "", stream, digest.hexdigest())


def _no_number(told: str) -> NoReturn:
    raise ValueError(told)  # NaN and Infinity are no JSON


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    told = dict(pairs)
    if len(told) < len(pairs):
        raise ValueError
    return told


def read_body(shape: Schema, body: Mapping[str, Any]) -> dict[str, Any]:
    """Read a body by the schema of what is asked.

    Raises Invalid with every problem; what nobody asks for is one.
    """
    try:
        read: dict[str, Any] = shape.load(body)
    except ValidationError as error:
        raise Invalid(flat(error.messages)) from None
    return read


def flat(messages: Any, prefix: str = "") -> dict[str, list[Sentence]]:
    """Give the problems of a body by name; one deeper down stands under `lines-0-price`."""
    if isinstance(messages, list):
        return {prefix: [one for one in messages if isinstance(one, Sentence)]}
    found: dict[str, list[Sentence]] = {}
    for name, told in messages.items():
        at = f"{prefix}-{name}" if prefix and name != "_schema" else prefix or str(name)
        for key, sentences in flat(told, at).items():
            found.setdefault(key, []).extend(sentences)
    return found


@contextmanager
def renamed(name_sent: Callable[[str], str]) -> Iterator[None]:
    """Name the problems that a deed finds as the program has sent what they speak of."""
    try:
        yield
    except Invalid as invalid:
        raise Invalid({name_sent(name): told for name, told in invalid.problems.items()}) from None


def read_query(offered: Sequence[str]) -> dict[str, str]:
    """Give what the address asks for; turns away a name that is not offered, or that stands twice."""
    problems: dict[str, list[Sentence]] = {}
    for name, values in request.args.lists():
        if name not in offered:
            listed = ", ".join(offered)
            problems[name] = [
                Sentence("There is no “{name}” to ask for; there is: {listed}.", name=name, listed=listed)
            ]
        elif len(values) > 1:
            problems[name] = [Sentence("“{name}” stands in the address twice.", name=name)]
        elif "\x00" in values[0]:
            problems[name] = [Sentence("This text holds signs that cannot be stored.")]
    if problems:
        turn_away(HTTPStatus.BAD_REQUEST, fields=problems)
    return request.args.to_dict()
