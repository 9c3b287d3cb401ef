"""What `make bench` measures: ratios within one run and counts; it fails on counts, never on times."""
