"""Where a request for the register spends its time: the profile that explains P1. Run: python -m bench.layers.

First the processor's time of the register and of the floor, here and in the database, which says the same on a machine
with other company. Then the register alone: what each statement took from its sending to its answer, and what ran at
each millisecond of the processor's time, so that nothing is slowed by being looked at.
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

import psutil
from sqlalchemy import Engine, create_engine, event, text

from bench.floor import floor_over, owner_url
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


def spent(client: Any, url: str, engine: Engine) -> tuple[float, float]:
    """Give the processor's milliseconds of one request: in this process, and in the database's for its connection."""
    for _round in range(WARM_UP):
        client.get(url)
    with engine.connect() as connection:
        backend = psutil.Process(connection.scalar(text("SELECT pg_backend_pid()")))
    here, there = time.process_time(), sum(backend.cpu_times()[:2])
    for _round in range(ROUNDS):
        client.get(url)
    here, there = time.process_time() - here, sum(backend.cpu_times()[:2]) - there
    return here * 1000 / ROUNDS, there * 1000 / ROUNDS


def processor(client: Any, engine: Engine, house: House) -> Iterator[str]:
    """Tell what the register and the floor take of the processor."""
    plain = create_engine(owner_url(str(house.var)), pool_size=1)
    floor = floor_over(plain).test_client()
    took = {"the register": spent(client, URL, engine), "the floor": spent(floor, "/", plain)}
    plain.dispose()
    for what, (here, there) in took.items():
        yield f"{here + there:6.2f} ms of the processor for {what}: {here:.2f} here, {there:.2f} in the database"
    mine, theirs = (sum(one) for one in took.values())
    yield f"{mine / theirs:6.2f} ×"


def profile(client: Any, engine: Engine) -> Iterator[str]:
    """Ask for the register many times, and tell where a request's milliseconds go."""
    with timed_statements(engine) as statements, sampled() as seen:
        begun = time.process_time()
        for _round in range(ROUNDS):
            client.get(URL)
        cpu = time.process_time() - begun
    each, total = 1000 / ROUNDS, seen.total()
    yield from (f"{taken * each:6.2f} ms waits for  {what} …" for what, taken in statements.items())
    yield from (f"{cpu * each * count / total:6.2f} ms runs in    {layer}" for layer, count in seen.most_common())


def main(house: House) -> None:
    """Print the profile."""
    with signed_in(house) as (client, engine):
        for line in (*processor(client, engine, house), *profile(client, engine)):
            sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    with served() as house:
        main(house)
