"""Who judges what, and how it adds up: expert reviews of applications and evaluations of projects.

It keeps assignments, recusals, sheets, scores and the indicator sets by which they were given.
A result goes down to the module that owns the record; who scores here never pays there.
"""
