"""The officers' desk at ten thousand applications: its register (P1, P1q, P1k, P2), the finder of copies, an archive.

The ten thousand stand in a house of their own: the demo programme's applications, each written again under another
number, with prints of a text of its own. The archive of two hundred is made by the jobs' own work in a process of its
own, and its memory held against that of an archive of twenty.
"""

from __future__ import annotations

import json
import resource
import secrets
import statistics
import subprocess
import sys
import time
import zipfile
from dataclasses import asdict
from pathlib import Path

from sqlalchemy import Connection, create_engine, text

import config
from bench.growth import GROWTH, Asked, bytes_of, counted, multiply, offered, orders
from bench.pages import PASSWORD, RATIO_LIMIT, STATEMENT_LIMIT, browser, other, p50_of, sign_in
from bench.start import ROOT, House, served
from bench.statements import count_statements
from bench.table import Figure
from grants.models import Bundle
from grants.operations import bundles
from grants.operations.likeness import compare_application
from grants.views.applications import ApplicationView
from kernel.actor import Actor
from kernel.database import running_server
from kernel.db import transaction
from kernel.files import current_storage
from kernel.files.storage import Storage
from kernel.prepare import enter, leave
from kernel.scope import whole
from kernel.settings import Settings

FOLDER = "bench-desk"
WANTED = 10_000
REGISTER = "/applications/"
BENCH = Actor.system("bench")
ARCHIVED, FEWER = 200, 20
COMPARED = 15
FLAT = 24.0  # MB that two hundred may take beyond twenty
SECONDS = 60.0
ATTACHED, ATTACHMENT = "年报.pdf", 2 << 20
"""Each of the archived applications has a file of two megabytes, so that an archive that held them would show."""

PRINTS = text(
    # Each copy's title and prints are turned into others, as those of another text.
    "INSERT INTO text_print (application_id, version_number, title, targets, version, prints)"
    " SELECT a.id, a.version_number, md5(a.number), t.targets, 1,"
    " ARRAY(SELECT p # (a.id << 20) FROM unnest(t.prints) AS p)"
    " FROM application a JOIN application f ON f.number = split_part(a.number, '/', 1)"
    " JOIN text_print t ON t.application_id = f.id WHERE a.id > :last"
)

FILES = """
    INSERT INTO stored_file (public_id, owner_kind, owner_id, organization_id, kind, original_name, extension,
        media_type, size, sha256, state, restricted, is_public, created_at, version)
    SELECT gen_random_uuid(), 'Application', a.id, a.organization_id, 'other', :name, 'pdf', 'application/pdf', :size,
        :sha256, 'clean', false, false, now(), 1
    FROM application a JOIN application_version v ON v.application_id = a.id AND v.number = 1
    WHERE a.state <> 'draft' ORDER BY a.id LIMIT :most
    """


def fill(connection: Connection) -> None:
    """Write applications until there are as many as wanted; a house that has them already is left as it is."""
    there = connection.scalar(text("SELECT count(*) FROM application")) or 0
    if there >= WANTED:
        return
    last = connection.scalar(text("SELECT max(id) FROM application"))
    other_values = {
        "number": "o.number || '/' || n",
        "title": "o.title || n",
        "requested": "o.requested + n",
        "submission_key": "NULL",
        "submitted_at": "o.submitted_at - n * interval '1 hour'",
    }
    multiply(connection, "application", WANTED, other_values)
    connection.execute(text("ALTER TABLE text_print DISABLE TRIGGER USER"))
    connection.execute(PRINTS, {"last": last})
    connection.execute(text("ALTER TABLE text_print ENABLE TRIGGER USER"))


def attach(connection: Connection, settings: Settings) -> None:
    """Give two hundred applications a file each, all with the same content, unless they have it."""
    if connection.scalar(text("SELECT count(*) FROM stored_file WHERE original_name = :name"), {"name": ATTACHED}):
        return
    storage = Storage(settings.files)
    with storage.bench() as path:
        path.write_bytes(b"%PDF-1.4\n" + secrets.token_bytes(ATTACHMENT))
        kept = storage.keep(path)
    told = {"name": ATTACHED, "size": kept.size, "sha256": kept.sha256, "most": ARCHIVED}
    connection.execute(text(FILES), told)


def measure(house: House) -> list[Figure]:
    """Measure the register in both houses, then the finder and the archive in the large one."""
    with served(FOLDER) as large:
        settings = Settings(modules=config.MODULES, var=large.var)
        with running_server(settings) as server:
            engine = create_engine(server.owner_url)
            with engine.begin() as connection:
                fill(connection)
                attach(connection, settings)
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("VACUUM ANALYZE"))
            engine.dispose()
        figures = register(house, large)
    # Nobody serves it any more: its own jobs would make the archive too.
    return [*figures, *finder(house, large), *archive(large)]


def register(small: House, large: House) -> list[Figure]:
    """Measure each way of asking for the register, in turn in both houses."""
    officers = {
        size: (sign_in(one.address, "officer", PASSWORD), one.address)
        for size, one in (("small", small), ("large", large))
    }
    asked = Asked(officers, REGISTER)
    plain = browser()
    with other("floor", large) as floor:
        times = p50_of(
            {"ours": lambda: asked.page("large", ""), "floor": lambda: plain.open(f"{floor}/").read()}, rounds=50
        )
    beside = f"floor {times['floor'] * 1000:.1f} ms, ours {times['ours'] * 1000:.1f}"
    ways = [
        ("first page", "", ""),
        ("last page", "page=36", f"page={WANTED // 25}"),
        ("part of a name", "q=%E5%AE%B6%E5%BA%AD", "q=%E5%AE%B6%E5%BA%AD"),
        *orders(ApplicationView),
    ]
    figures = [
        Figure(
            "P1", "10,000 applications, p50 ÷ floor", times["ours"] / times["floor"], RATIO_LIMIT, "×", beside=beside
        ),
        *(asked.figure(f"applications, {what}", one, many) for what, one, many in ways),
        *(asked.worst(f"{name}", values) for name, values in offered(asked.page("small", "")).items()),
    ]
    urls = [f"{REGISTER}?{query}" for query in ("", "size=50", "view=manual", "q=2026", "order=title")]
    seen = count_statements(large, {"10,000 applications": urls, "an application": [f"{REGISTER}1"]})
    counts = [
        counted("P1q", f"SQL statements of {what}", one.most, STATEMENT_LIMIT, "statements")
        for what, one in seen.items()
    ]
    return [*figures, *counts, *bytes_of("10,000 applications", asked.page("large", ""))]


def finder(small: House, large: House) -> list[Figure]:
    """Measure how long one application takes to be compared with all before it."""
    times = {size: _alone(one, "compare")[0].measured for size, one in (("small", small), ("large", large))}
    beside = f"{times['small']:.0f} ms, at ten thousand {times['large']:.0f}"
    return [
        Figure("P2", "comparing a text with all before it", times["large"] / times["small"], GROWTH, "×", beside=beside)
    ]


def archive(house: House) -> list[Figure]:
    """Measure what an archive of two hundred takes beyond one of twenty, and see that it holds them all."""
    fewer, many = _alone(house, f"archive:{FEWER}"), _alone(house, f"archive:{ARCHIVED}")
    grown = many[0].measured - fewer[0].measured
    told = f"{many[0].measured:.0f} MB; {many[0].beside}"
    return [
        counted("P5", f"memory of an archive of {ARCHIVED} applications beyond that of {FEWER}", grown, FLAT, "MB"),
        Figure("P5", f"archive of {ARCHIVED} applications", many[2].measured, SECONDS, "s", beside=told),
        *many[1:2],
    ]


def _alone(house: House, what: str) -> list[Figure]:
    command = [sys.executable, "-m", "bench.desk", what, str(house.var)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603  (our own module)
    return [Figure(**told) for told in json.loads(done.stdout.splitlines()[-1])]


def compare() -> list[Figure]:
    """Compare some applications anew; milliseconds of the median."""
    with transaction() as session, whole(BENCH, "bench"):
        # The first has been compared before, and warms what is built once.
        wanted = "SELECT application_id FROM text_print ORDER BY application_id LIMIT :most"
        found = session.scalars(text(wanted), {"most": COMPARED + 1}).all()
    taken = []
    for pk in found:
        begun = time.perf_counter()
        with transaction():
            compare_application(pk, actor=BENCH)
        taken.append((time.perf_counter() - begun) * 1000)
    return [Figure("P2", "compare", statistics.median(taken[1:]), 1e9, "ms")]


def make_archive(count: int) -> list[Figure]:
    """Make an archive as the jobs do; its memory, what it lacks, its seconds."""
    with transaction() as session, whole(BENCH, "bench"):
        wanted = "SELECT owner_id FROM stored_file WHERE original_name = :name ORDER BY owner_id LIMIT :most"
        ids = list(session.scalars(text(wanted), {"name": ATTACHED, "most": count}))
        user = session.scalar(text("SELECT id FROM ab_user WHERE username = 'officer'"))
        session.add(Bundle(application_ids=ids, asked_by_id=user))
    begun = time.perf_counter()
    bundles.make_bundles(BENCH)
    taken = time.perf_counter() - begun
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    with transaction() as session, whole(BENCH, "bench"):
        bundle = session.get_one(Bundle, session.scalar(text("SELECT max(id) FROM bundle")))
        assert bundle.file is not None
        with zipfile.ZipFile(current_storage().path_of(bundle.file.sha256)) as packed:
            complete = sum(name.endswith(ATTACHED) for name in packed.namelist())
        size = bundle.file.size / 2**20
    what = f"applications that an archive of {count} lacks, or their files"
    lost = Figure("P5", what, abs(count - complete), 0, "applications", is_count=True)
    return [
        Figure("P5", "held", held, 1e9, "MB", beside=f"the file {size:.1f} MB"),
        lost,
        Figure("P5", "taken", taken, 1e9, "s"),
    ]


def main(what: str, var: str) -> None:
    """Measure in a process of its own over the house's database, and print the figures as one line of JSON."""
    settings = Settings(modules=config.MODULES, var=Path(var))
    with running_server(settings) as server:
        enter(settings.signing_in_at(server.app_url))
        figures = compare() if what == "compare" else make_archive(int(what.removeprefix("archive:")))
        leave()
    sys.stdout.write(json.dumps([asdict(figure) for figure in figures], ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
