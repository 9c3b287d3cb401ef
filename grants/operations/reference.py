"""Reference data: the fields of service and the purchase catalogue that they are mapped to."""

from __future__ import annotations

from sqlalchemy.dialects.postgresql import insert

from grants.models import CatalogueItem, Category
from grants.reference import rows_of
from kernel.db import db


def load_reference() -> None:
    """Bring the reference tables to what this release knows; a second run changes nothing."""
    catalogue = [
        {
            "code": row["code"],
            "parent_code": row["parent"] or None,
            "level": int(row["level"]),
            "name": row["name"],
        }
        for row in rows_of("purchase_catalogue")
    ]
    categories = [
        {
            "code": row["code"],
            "name": row["name"],
            "name_en": row["name_en"],
            "catalogue_code": row["purchase_code"] or None,
            "position": place,
        }
        for place, row in enumerate(rows_of("categories"), 1)
    ]
    for model, rows in ((CatalogueItem, catalogue), (Category, categories)):
        db.session.execute(insert(model).on_conflict_do_nothing(index_elements=["code"]), rows)
