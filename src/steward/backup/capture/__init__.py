"""Capture: copies the record batches of topics, as stored, into a lineage."""
