"""The examples of docs/api.md, run as they stand, by what curl would send."""

from __future__ import annotations

import re
import shlex
from io import BytesIO
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from sqlalchemy import text

from grants.models import Application
from kernel.api.resource import Resource
from kernel.passwords import hash_of_password
from kernel.settings import ROOT
from tests.factories.hostile import SOUND_PDF
from tests.house.test_api import shown
from tests.house.world import World

PAGE = ROOT / "docs" / "api.md"
EXAMPLE = re.compile(r"```sh\n(curl .+?)\n```", re.DOTALL)
PASSWORD = "yulan-demo-2026"


def sent(world: World, example: str, variables: dict[str, str]) -> Any:
    """Send what an example's curl would send."""
    for name, value in variables.items():
        example = example.replace(f"${name}", value)
    words = shlex.split(example.replace("\\\n", " "))
    options: dict[str, list[str]] = {}
    for flag, value in pairwise(words):
        options.setdefault(flag, []).append(value)
    url = next(word for word in words if word.startswith("http://"))
    parts, data = urlsplit(url), options.get("-d", [None])[0]
    headers = dict(header.split(": ", 1) for header in options.get("-H", ()))
    method = options.get("-X", ["GET"])[0]
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    form = {name: part(value) for name, value in (told.split("=", 1) for told in options.get("-F", ()))}
    return world.app.test_client().open(path, method=method, headers=headers, data=form or data)


def part(value: str) -> Any:
    """Give a part of a form: a text, or after an @ the file of that name."""
    return (BytesIO(SOUND_PDF), value[1:]) if value.startswith("@") else value


def draft_of(world: World, role: str) -> int:
    """Give an application that its organization may still change."""
    seen = [*world.seen_by(role, Application)]
    with world.connection.begin_nested():
        world.connection.exec_driver_sql("SET LOCAL ROLE g_deed")
        wanted = text("SELECT id FROM application WHERE state = 'draft' AND id = ANY(:seen) ORDER BY id LIMIT 1")
        pk: int = world.connection.execute(wanted, {"seen": seen}).scalar_one()
        world.connection.exec_driver_sql("SET LOCAL ROLE NONE")
    return pk


def test_every_filter_of_every_list_stands_in_the_table(app: Flask) -> None:
    told = re.findall(r"^\| `(\w+)` \| ((?:`\w+` ?)+)\|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    offered = {
        door.route_base.rpartition("/")[2]: door.names_of_query()[3:]  # after page, page_size and order
        for door in app.appbuilder.baseviews
        if isinstance(door, Resource)
    }

    assert {name: re.findall(r"\w+", filters) for name, filters in told} == offered


def test_every_example_does_what_the_text_says(world: World) -> None:
    examples = EXAMPLE.findall(PAGE.read_text(encoding="utf-8"))
    change = text("UPDATE ab_user SET password = :hash WHERE username = 'officer'")
    world.connection.execute(change, {"hash": hash_of_password(PASSWORD)})
    tokens = {
        name: shown(world, "officer")["Authorization"].removeprefix("Bearer ") for name in ("TOKEN", "OTHER_TOKEN")
    }
    variables = {
        "OTHER_TOKEN": tokens["OTHER_TOKEN"],
        "OWN_TOKEN": shown(world, "org_admin")["Authorization"].removeprefix("Bearer "),
        "TOKEN": tokens["TOKEN"],
        "YULAN": "http://localhost",
        "APPLICATION": str(draft_of(world, "org_admin")),
    }

    answers = [sent(world, as_read(world, example, variables["TOKEN"]), variables) for example in examples]

    login, logout, listed, read, made, changed, step, attached = answers
    assert (login.status_code, login.json["expires_in"]) == (200, 43200)
    assert logout.status_code == 204
    assert (listed.status_code, listed.json["page_size"], len(listed.json["result"])) == (200, 10, 10)
    assert (read.status_code, set(read.json)) == (200, {"result", "steps"})
    assert (made.status_code, made.headers["Location"].rpartition("/")[0]) == (201, "/api/v1/organizations"), made.text
    assert (changed.status_code, changed.json["result"]["staff_count"]) == (200, 12)
    assert (step.status_code, step.json["code"], len(step.json["reasons"])) == (409, 409, 1)
    assert (attached.status_code, attached.json["result"]["attachments"][-1]["name"]) == (200, "registration.pdf")


def as_read(world: World, example: str, token: str) -> str:
    """Put the version that a record has into an example that changes it."""
    place = re.search(r"\$YULAN(/api/v1/(?:organizations|calls)/1)\b", example)
    if place is None or '"version": 1' not in example:
        return example
    read = world.app.test_client().get(place[1], headers={"Authorization": f"Bearer {token}"})
    return example.replace('"version": 1', f'"version": {read.json["result"]["version"]}')
