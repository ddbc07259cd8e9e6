"""Client quotas: list, describe, change, measure."""
