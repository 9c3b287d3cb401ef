"""The doors of grants: registers, records and forms."""
