"""Run the bench: print a table, write bench/results.json, end with 1 when a count is over its limit.

`python -m bench` measures everything; `python -m bench million papers` those parts alone, and leaves the results of the
other parts as they are.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from bench import desk, lists, memory, million, pages, papers, rush, start
from bench.start import House
from bench.table import Figure, show

RESULTS = Path(__file__).parent / "results.json"
HOUSED: Mapping[str, Callable[[House], list[Figure]]] = {
    "rest": lambda house: [memory.at_rest(house)],
    "pages": pages.measure,
    "memory": lambda house: [memory.growth(house)],
    "million": million.measure,
    "desk": desk.measure,
}
"""The parts that ask a house which is served meanwhile, in their order: at rest it has answered nobody yet."""
ALONE: Mapping[str, Callable[[], list[Figure]]] = {
    "start": start.measure,
    "papers": papers.measure,
    "lists": lists.measure,
    "rush": rush.measure,
}


def main() -> int:
    """Measure everything, or the parts that are named, in one run; gives the exit code."""
    wanted = sys.argv[1:] or [*HOUSED, *ALONE]
    if unknown := set(wanted) - HOUSED.keys() - ALONE.keys():
        sys.stderr.write(
            f"No part is called {', '.join(sorted(unknown))}; there are: {', '.join((*HOUSED, *ALONE))}.\n"
        )
        return 2
    figures: dict[str, list[Figure]] = {}
    try:
        if set(wanted) & HOUSED.keys():
            with start.served() as house:
                for part in (part for part in HOUSED if part in wanted):
                    figures[part] = HOUSED[part](house)
        for part in (part for part in ALONE if part in wanted):
            figures[part] = ALONE[part]()
    finally:
        # A part that breaks takes nothing with it that was measured before.
        show([figure for told in figures.values() for figure in told])
        _write(figures)
    return 1 if any(one.is_count and not one.is_met for told in figures.values() for one in told) else 0


def _write(figures: Mapping[str, Sequence[Figure]]) -> None:
    """Put what was measured in the place of what stood there for the same parts."""
    known = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    kept = known if isinstance(known, dict) else {}
    told = kept | {part: [figure.as_json() for figure in found] for part, found in figures.items()}
    RESULTS.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
