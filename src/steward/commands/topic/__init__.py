"""Topics: list, describe, create, alter, trim, delete."""
