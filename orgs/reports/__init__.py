"""Papers: one file each."""
