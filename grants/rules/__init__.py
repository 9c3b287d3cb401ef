"""May it be: plain functions that return a sentence or None, and calculations."""
