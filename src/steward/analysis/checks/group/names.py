"""What a group's name tells about who uses it."""


def is_console(group: str) -> bool:
    """Tell whether kafka-console-consumer made the name up, for one use."""
    return group.startswith("console-consumer-") and group.rpartition("-")[2].isdigit()
