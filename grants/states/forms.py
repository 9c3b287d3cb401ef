"""The coded words of the forms that calls build: kinds of questions, columns, facts of the passport, targets."""

from __future__ import annotations

from kernel.choices import Coded


class QuestionKind(Coded):
    """What a question of a call's own form takes for an answer."""

    TEXT = "text", "Short text", "idle", "type"
    LONG = "long", "Long text", "idle", "text-paragraph"
    NUMBER = "number", "A number", "idle", "123"
    CHOICE = "choice", "One of a list", "idle", "ui-radios"
    CHOICES = "choices", "Several of a list", "idle", "ui-checks"
    DATE = "date", "Day", "idle", "calendar3"
    TABLE = "table", "Table", "idle", "table"
    FILE = "file", "File", "idle", "paperclip"
    PASSPORT = "passport", "From the organization's passport", "idle", "building"


class ColumnKind(Coded):
    """What a column of a table question takes."""

    TEXT = "text", "Text"
    NUMBER = "number", "A number"
    DATE = "date", "Day"


class PassportFact(Coded):
    """What the register knows of an organization and a form may show; it is filled in and never typed."""

    NAME = "name", "Name"
    CREDIT_CODE = "credit_code", "Unified social credit code"
    TYPE = "type", "Type"
    FOUNDED_ON = "founded_on", "Founded on"
    REGISTRAR = "registrar", "Registrar"
    SUPERVISING_UNIT = "supervising_unit", "Supervising unit"
    LEGAL_REPRESENTATIVE = "legal_representative", "Legal representative"
    ADDRESS = "address", "Address"
    DISTRICT = "district", "District"
    RATING = "rating", "Rating"
    STAFF_COUNT = "staff_count", "Full-time staff"
    VOLUNTEER_COUNT = "volunteer_count", "Volunteers"
    PARTY = "party", "Party organization"
    FEDERATION = "federation", "Women's federation inside"
    PROJECTS = "projects", "Projects so far"


class TargetKind(Coded):
    """What a project promises to reach; people and person-times are never added to each other."""

    PEOPLE = "people", "People served directly"
    PERSON_TIMES = "person_times", "Person-times"
    SESSIONS = "sessions", "Sessions"
