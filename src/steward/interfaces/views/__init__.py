"""Layout of results for people: tables, fields and prose, derived from their types or written per result."""
