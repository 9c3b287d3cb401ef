"""The register of social organizations: the one dated passport of each, so that nothing is typed twice.

It keeps who an organization is, what rating, inspections and credit it has, and as of which day each of them counts.
It knows nothing of money or projects; the modules above it ask here who may apply, serve and be paid.
"""
