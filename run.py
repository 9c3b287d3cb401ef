"""The front door: `python run.py` serves the whole system, `python run.py --help` names the other commands."""

from __future__ import annotations

import config
from kernel.cli import main

if __name__ == "__main__":
    main(config.settings)
