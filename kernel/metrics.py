"""What a monitor reads: counts of requests, their times and statements, jobs, letters, connections; never a person.

The workers of one web process count in one piece of memory that they share, made before they are forked: each has a
lane of its own, so that none waits for another, and a worker that takes over a lane goes on counting. There is no
file that could grow.
"""

from __future__ import annotations

import hmac
import mmap
import time
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from http import HTTPStatus
from ipaddress import ip_address
from threading import local
from typing import Any

from flask import Flask, Response, abort, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector
from sqlalchemy import Engine, event, text

from kernel.actor import Actor
from kernel.backup.record import Backup
from kernel.clock import now
from kernel.db import db
from kernel.environment import release
from kernel.scope import see_as, whole
from kernel.sessions import door
from kernel.settings import Settings
from kernel.upkeep import free_bytes, last_runs, measures, runs_of_a_day

LANES = 128
"""Twice the most workers: while a web process is renewed there are as many again."""
SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0)
STATEMENTS = (1.0, 2.0, 4.0, 6.0, 8.0, 12.0, 20.0, 50.0)
CODES = (200, 201, 204, 206, 302, 304, 400, 401, 403, 404, 405, 409, 413, 415, 422, 428, 429, 500, 503, 0)
NOWHERE = "none"
BEGAN = "yulan.began"
MONITOR = Actor.system("metrics")

_counted = local()


class Meter:
    """The numbers of the requests of one web process."""

    def __init__(self, endpoints: Iterable[str]) -> None:
        self.endpoints = (*sorted(endpoints), NOWHERE)
        self._place = {name: place for place, name in enumerate(self.endpoints)}
        self._codes = len(CODES)
        self._times = len(SECONDS) + 2  # the last bucket has no bound; then the sum
        self._asked = len(STATEMENTS) + 2
        self._row = self._codes + self._times + self._asked
        self._lane = self._row * len(self.endpoints)
        self._cells = memoryview(mmap.mmap(-1, self._lane * LANES * 8)).cast("d")
        self.lane = 0

    def count(self, endpoint: str | None, code: int, seconds: float, statements: int) -> None:
        """Count one request that was answered."""
        start = self.lane * self._lane + self._place.get(endpoint or NOWHERE, len(self.endpoints) - 1) * self._row
        self._add(start + CODES.index(code if code in CODES else 0), 1)
        times = start + self._codes
        self._add(times + bisect_left(SECONDS, seconds), 1)
        self._add(times + self._times - 1, seconds)
        asked = times + self._times
        self._add(asked + bisect_left(STATEMENTS, statements), 1)
        self._add(asked + self._asked - 1, statements)

    def _add(self, cell: int, value: float) -> None:
        self._cells[cell] += value

    def rows(self) -> Iterator[tuple[str, list[float]]]:
        """Give the numbers of each endpoint that was asked for, over all lanes."""
        for place, name in enumerate(self.endpoints):
            starts = [lane * self._lane + place * self._row for lane in range(LANES)]
            added = [sum(column) for column in zip(*(self._cells[at : at + self._row] for at in starts), strict=True)]
            if any(added):
                yield name, added

    def split(self, row: Sequence[float]) -> tuple[Sequence[float], Sequence[float], Sequence[float]]:
        """Give an endpoint's counts by code, its times and its statements."""
        times = self._codes + self._times
        return row[: self._codes], row[self._codes : times], row[times:]


class OfRequests(Collector):
    """The requests that the workers of this process have answered."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter

    def collect(self) -> Iterator[Metric]:
        answered = CounterMetricFamily("yulan_requests", "Requests answered.", labels=["endpoint", "status"])
        times = HistogramMetricFamily("yulan_request_seconds", "How long a request took.", labels=["endpoint"])
        asked = HistogramMetricFamily("yulan_request_statements", "SQL statements of a request.", labels=["endpoint"])
        for endpoint, row in self._meter.rows():
            codes, seconds, statements = self._meter.split(row)
            for code, count in zip(CODES, codes, strict=True):
                if count:
                    answered.add_metric([endpoint, str(code or "other")], count)
            times.add_metric([endpoint], _buckets(SECONDS, seconds), seconds[-1])
            asked.add_metric([endpoint], _buckets(STATEMENTS, statements), statements[-1])
        yield from (answered, times, asked)


def _buckets(bounds: Sequence[float], counts: Sequence[float]) -> list[tuple[str, float]]:
    added, told = 0.0, []
    for bound, count in zip((*map(str, bounds), "+Inf"), counts, strict=False):
        added += count
        told.append((bound, added))
    return told


class OfTheHouse(Collector):
    """What the database and the disk say about the whole house, whichever node is asked."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def collect(self) -> Iterator[Metric]:
        see_as(MONITOR)
        told = measures(MONITOR)
        info = GaugeMetricFamily("yulan_info", "The release and its tables.", labels=["release", "revision"])
        info.add_metric([release(), told.revision], 1)
        letters = GaugeMetricFamily("yulan_letters", "Letters by how they stand.", labels=["state"])
        letters.add_metric(["waiting"], told.waiting)
        letters.add_metric(["dead"], told.dead)
        waited = (now() - told.oldest).total_seconds() if told.oldest else 0.0
        yield from (info, letters)
        yield _gauge("yulan_letters_oldest_seconds", "How long the oldest letter that waits has waited.", waited)
        yield _gauge("yulan_database_bytes", "The size of the database.", told.database_bytes)
        yield _gauge("yulan_attachment_bytes", "The size of all attachments.", told.file_bytes)
        yield _gauge("yulan_free_bytes", "What is free where attachments lie.", free_bytes(self._settings.files))
        yield _gauge("yulan_trail_rows", "The number of the last row of the audit trail.", told.trail_number or 0)
        yield from _of_jobs()
        yield from _of_connections()
        db.session.remove()


def _of_jobs() -> Iterator[Metric]:
    runs = GaugeMetricFamily("yulan_job_runs_24h", "Runs of a job within 24 hours.", labels=["job", "result"])
    for counted in runs_of_a_day(MONITOR):
        runs.add_metric([counted.name, "ok"], counted.runs - counted.failed)
        runs.add_metric([counted.name, "failed"], counted.failed)
    last = GaugeMetricFamily("yulan_job_last_run_timestamp_seconds", "When a job began last.", labels=["job"])
    lasted = GaugeMetricFamily("yulan_job_last_run_seconds", "How long its last run took.", labels=["job"])
    well = GaugeMetricFamily("yulan_job_last_run_ok", "Whether its last run went well.", labels=["job"])
    with whole(MONITOR, "System.runs") as session:
        for run in last_runs():
            last.add_metric([run.name], run.started_at.timestamp())
            lasted.add_metric([run.name], (run.ended_at - run.started_at).total_seconds())
            well.add_metric([run.name], run.error is None)
        backup = session.scalar(text(f"SELECT extract(epoch FROM max(taken_at)) FROM {Backup.__tablename__}"))
    yield from (runs, last, lasted, well)
    yield _gauge("yulan_backup_timestamp_seconds", "Of which moment the last backup is.", float(backup or 0))


def _of_connections() -> Iterator[Metric]:
    """Count the application's connections of all nodes: what of the pools is in use."""
    held = GaugeMetricFamily("yulan_database_connections", "Connections of the application.", labels=["state"])
    wanted = text(
        "SELECT state, count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND application_name = 'yulan' AND state IS NOT NULL GROUP BY 1 ORDER BY 1"
    )
    with door() as connection:  # the application's own role: a reader's may not see what a connection does
        for state, count in connection.execute(wanted):
            held.add_metric([state], count)
    yield held


def _gauge(name: str, told: str, value: float) -> Metric:
    return GaugeMetricFamily(name, told, value=value)


def init_metrics(app: Flask, settings: Settings) -> None:
    """Count every request of the application, and open /metrics to this machine or to who knows the token."""
    meter = Meter(app.view_functions)
    app.extensions["yulan-meter"] = meter
    registry = CollectorRegistry()
    registry.register(OfRequests(meter))
    registry.register(_Lazily(OfTheHouse(settings)))

    inner = app.wsgi_app

    def begin(environ: Any, start_response: Any) -> Any:
        environ[BEGAN] = time.perf_counter(), statements_so_far()
        return inner(environ, start_response)

    def end(response: Response) -> Response:
        began, before = request.environ.get(BEGAN) or (time.perf_counter(), statements_so_far())
        meter.count(request.endpoint, response.status_code, time.perf_counter() - began, statements_so_far() - before)
        return response

    def metrics() -> Response:
        if not may_read(settings):
            abort(HTTPStatus.FORBIDDEN)
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

    app.wsgi_app = begin  # type: ignore[method-assign]
    app.after_request(end)
    app.add_url_rule("/metrics", endpoint="metrics", view_func=metrics)


class _Lazily(Collector):
    """A collector that is not asked when it is registered: there is no database yet."""

    def __init__(self, inner: Collector) -> None:
        self._inner = inner

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterable[Metric]:
        return self._inner.collect()


def may_read(settings: Settings) -> bool:
    """Tell whether this request comes from a program of this very machine, or brings the token."""
    token = settings.metrics_token
    if token is not None:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), token.get_secret_value().encode())
    # What a proxy on this machine hands on comes from it too, and is not from here.
    if any(name in request.headers for name in ("X-Forwarded-For", "Forwarded", "X-Real-Ip")):
        return False
    try:
        return ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


def take_lane(app: Flask, lane: int) -> None:
    """Let this worker count in a lane of its own."""
    meter: Meter = app.extensions["yulan-meter"]
    meter.lane = lane % LANES


def statements_so_far() -> int:
    """Give how many statements this thread has sent."""
    count: int = getattr(_counted, "statements", 0)
    return count


@event.listens_for(Engine, "before_cursor_execute")
def _count(*_told: object) -> None:
    _counted.statements = statements_so_far() + 1
