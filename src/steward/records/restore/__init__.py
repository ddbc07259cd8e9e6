"""Restore stored batches into another topic: which records, in which batches, at which offsets. Pure."""
