"""SCRAM users: list, describe, create, alter, delete."""
