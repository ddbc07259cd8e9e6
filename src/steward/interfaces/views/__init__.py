"""Arranging results for people: tables, fields and prose, derived from their types or made for one result."""
