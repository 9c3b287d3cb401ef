"""Run the bench: print a table, write bench/results.json, end with 1 when a count is over its limit."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from bench import memory, million, pages, papers, start
from bench.table import Figure, show

RESULTS = Path(__file__).parent / "results.json"


def main() -> int:
    """Measure everything in one run; gives the exit code."""
    figures: list[Figure] = []
    with start.served() as house:
        figures += [memory.at_rest(house)]
        figures += pages.measure(house)
        figures += [memory.growth(house)]
        figures += million.measure(house)
    figures += start.measure()
    figures += papers.measure()
    show(figures)
    RESULTS.write_text(json.dumps([figure.as_json() for figure in figures], ensure_ascii=False, indent=1) + "\n")
    return 1 if any(figure.is_count and not figure.is_met for figure in figures) else 0


if __name__ == "__main__":
    sys.exit(main())
