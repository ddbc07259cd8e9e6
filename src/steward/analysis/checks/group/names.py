"""What a group's name shows about its use."""


def is_console(group: str) -> bool:
    """Return whether kafka-console-consumer generated the name for one use."""
    return group.startswith("console-consumer-") and group.rpartition("-")[2].isdigit()
