"""Reference data: today's districts and the service fields."""

from __future__ import annotations

from sqlalchemy.dialects.postgresql import insert

from kernel.db import db
from orgs.models import District, ServiceField
from orgs.reference import rows_of


def load_reference() -> None:
    """Bring the reference tables to what this release knows; a second run changes nothing."""
    districts = [
        {"code": row["code"], "name": row["name"], "note": row["abolished_code"] or None}
        for row in rows_of("districts")
    ]
    fields = [
        {"code": row["code"], "name": row["name"], "position": place}
        for place, row in enumerate(rows_of("service_fields"))
    ]
    for model, rows in ((District, districts), (ServiceField, fields)):
        db.session.execute(insert(model).on_conflict_do_nothing(index_elements=["code"]), rows)
