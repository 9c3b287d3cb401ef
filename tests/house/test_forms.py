"""Every form of the house is carried out once: each holds a key of its own, and a step that comes twice is one step."""

from __future__ import annotations

import re

from sqlalchemy import text

from tests.house.access import ACCESS
from tests.house.test_half_done import state_of
from tests.house.test_reading import addresses, readers
from tests.house.verdict import none_of
from tests.house.world import VISITOR, World
from tests.trials.test_killed_workers import steps_to_take

FORM = re.compile(r'<form\b[^>]*method="post"[^>]*>.*?</form>', re.DOTALL | re.IGNORECASE)
KEY = re.compile(r'name="form_key" value="([0-9a-f]{24})"')
WITHOUT = ('action="/logout/"',)
"""To sign out twice is to be signed out."""
LEAST = 20


def test_every_form_of_a_signed_in_person_holds_a_key_of_its_own(world: World) -> None:
    without, keys = [], []
    for endpoint in sorted(name for name, row in ACCESS.items() if row.get):
        for role in readers(endpoint):
            for url in addresses(world, endpoint, role)[:1] if role != VISITOR else ():
                forms = [
                    form for form in FORM.findall(world.read(role, url).page) if not any(one in form for one in WITHOUT)
                ]
                found = [KEY.findall(form) for form in forms]
                without += [
                    f"{role} {url}: {form[:120]}" for form, told in zip(forms, found, strict=True) if len(told) != 1
                ]
                keys += [key for told in found for key in told]

    none_of(without)
    assert len(keys) > 50
    assert len(keys) == len(set(keys))


def test_a_step_that_is_sent_twice_is_taken_once_and_leads_to_one_place(world: World) -> None:
    with world.connection.begin_nested():
        world.connection.execute(text("SET LOCAL ROLE g_deed"))
        steps = list(steps_to_take(world.connection))
        world.connection.execute(text("SET LOCAL ROLE NONE"))
    books, wrong, taken = {"audit_event", "journal", "posting", "message"}, [], set()
    for number, sent in enumerate(steps):
        assert sent.step is not None
        if (sent.url.split("/")[1], sent.step.name) in taken:
            continue
        form = {**sent.data, "form_key": f"{number:024x}"}
        with world.undone():
            first = world.send(sent.role, sent.url, form)
            if first.code != 302:
                continue
            before = state_of(world, books)
            second = world.send(sent.role, sent.url, form)
            taken.add((sent.url.split("/")[1], sent.step.name))
            if (second.code, second.headers.get("Location")) != (302, first.headers["Location"]):
                wrong.append(f"{sent.url}: {second.code} {second.headers.get('Location')}")
            if state_of(world, books) != before:
                wrong.append(f"{sent.url}: taken twice")

    none_of(wrong)
    assert len(taken) >= LEAST, taken
