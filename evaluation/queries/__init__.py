"""Reads of evaluation: sheets, progress, what is due."""
