"""The deeds of evaluation: the only code of this module that writes."""
