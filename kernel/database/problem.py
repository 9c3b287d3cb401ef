"""What can be wrong with a database, told to the person who runs the system."""

from __future__ import annotations


class DatabaseProblem(Exception):  # noqa: N818  (it names what is wrong, for a person; the command line prints it)
    """The database cannot be used as it is; the text says what to do about it."""
