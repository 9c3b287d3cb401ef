"""Search: what calls, applications, projects, contracts and evaluations are found by, kept by the database."""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


# The same text as orgs.names.search_text writes for organizations; kernel.finding says why pairs stand in it.
FUNCTION = """
CREATE FUNCTION yulan_search_text(number text, title text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT plain || E'\\n ' || coalesce((
        SELECT string_agg(DISTINCT pair, ' ')
        FROM (SELECT substr(plain, at, 2) AS pair FROM generate_series(1, char_length(plain) - 1) AS at) AS pairs
        WHERE octet_length(pair) > 2 AND pair !~ '[[:space:]]'
    ), '') || ' '
    FROM (SELECT lower(normalize(coalesce(number, '') || E'\\n' || coalesce(title, ''), NFKC)) AS plain) AS told
$$
"""
FOUND_BY = {
    "call": "number, title",
    "application": "number, title",
    "project": "number, title",
    "contract": "number, ''",
    "evaluation": "number, project_number",
}


def upgrade() -> None:
    op.execute(FUNCTION)
    for table, columns in FOUND_BY.items():
        op.execute(
            f"ALTER TABLE {table} ADD COLUMN search_text text NOT NULL"
            f" GENERATED ALWAYS AS (yulan_search_text({columns})) STORED"
        )
        op.execute(f"CREATE INDEX ix_{table}_search_text ON {table} USING gin (search_text gin_trgm_ops)")
    op.drop_index("ix_application_title", "application")
    op.drop_index("ix_project_title", "project")


def downgrade() -> None:
    for table in ("application", "project"):
        op.execute(f"CREATE INDEX ix_{table}_title ON {table} USING gin (title gin_trgm_ops)")
    for table in FOUND_BY:
        op.drop_column(table, "search_text")
    op.execute("DROP FUNCTION yulan_search_text(text, text)")
