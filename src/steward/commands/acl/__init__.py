"""ACLs: list, describe, create, delete."""
