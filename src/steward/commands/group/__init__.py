"""Groups: list, describe, change their offsets."""
