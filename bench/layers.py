"""Where a request for the register spends its time: the profile that explains P1. Run: python -m bench.layers.

The time in the database is what its statements took, each measured; the processor's time is shared out by what ran at
each millisecond of it, so that nothing is slowed by being looked at.
"""

from __future__ import annotations

import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from sqlalchemy import Engine, event

from bench.start import ROOT, House, served
from bench.statements import signed_in

ROUNDS, WARM_UP = 400, 30
TICK = 0.001
URL = "/organizations/"
LAYERS = (
    ("site-packages/sqlalchemy", "SQLAlchemy: statements, rows into records"),
    ("site-packages/psycopg2", "the driver"),
    ("site-packages/jinja2", "Jinja: templates"),
    ("/templates/", "Jinja: templates"),
    ("<template>", "Jinja: templates"),
    ("site-packages/markupsafe", "Jinja: templates"),
    ("site-packages/flask_babel", "words in the reader's language"),
    ("/gettext.py", "words in the reader's language"),
    ("site-packages/werkzeug", "Flask and Werkzeug"),
    ("site-packages/flask", "Flask and Werkzeug"),
    (str(ROOT), "our own code: scope, register, cells, headers"),
)
REST = "the language's own library"


def layer_of(frame: FrameType | None) -> str:
    """Name the layer to which what runs belongs."""
    path = frame.f_code.co_filename if frame else ""
    return next((layer for part, layer in LAYERS if part in path), REST)


@contextmanager
def sampled() -> Iterator[Counter[str]]:
    """Count, at each tick of the processor's time, what runs."""
    seen: Counter[str] = Counter()

    def look(_number: int, frame: FrameType | None) -> None:
        seen[layer_of(frame)] += 1

    signal.signal(signal.SIGPROF, look)
    signal.setitimer(signal.ITIMER_PROF, TICK, TICK)
    try:
        yield seen
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


@contextmanager
def timed_statements(engine: Engine) -> Iterator[dict[str, float]]:
    """Add up the seconds of each statement, from its sending to its answer."""
    taken: dict[str, float] = {}
    begun = [0.0]

    def before(*_told: Any) -> None:
        begun[0] = time.perf_counter()

    def after(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        what = " ".join(statement.split())[:48]
        taken[what] = taken.get(what, 0.0) + time.perf_counter() - begun[0]

    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "after_cursor_execute", after)
    try:
        yield taken
    finally:
        event.remove(engine, "before_cursor_execute", before)
        event.remove(engine, "after_cursor_execute", after)


def profile(house: House) -> list[str]:
    """Ask for the register many times, and give the lines of the profile, in milliseconds of one request."""
    with signed_in(house) as (client, engine):
        for _round in range(WARM_UP):
            client.get(URL)
        with timed_statements(engine) as statements:
            wall, cpu = time.perf_counter(), time.process_time()
            with sampled() as seen:
                for _round in range(ROUNDS):
                    client.get(URL)
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    each = 1000 / ROUNDS
    lines = [f"{wall * each:6.2f} ms a request, of it {cpu * each:.2f} of the processor"]
    lines += [f"{taken * each:6.2f} ms waits for  {what} …" for what, taken in statements.items()]
    total = seen.total()
    lines += [f"{cpu * each * count / total:6.2f} ms runs in    {layer}" for layer, count in seen.most_common()]
    return lines


if __name__ == "__main__":
    with served() as house:
        sys.stdout.write("\n".join(profile(house)) + "\n")
