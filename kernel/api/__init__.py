"""The door for programs: the same records, scopes, deeds and sentences as the pages, as JSON."""
