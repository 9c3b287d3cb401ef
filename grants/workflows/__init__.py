"""How calls, applications, awards, projects and instalments live: the tables of their steps."""
