"""SCRAM users: listed, described, created, altered, deleted."""
