"""Brokers with debug logging."""

from collections.abc import Iterator

from steward.analysis.checks.facts import FactMissing, Facts, known
from steward.analysis.checks.registry import BROKERS, FoundState, check
from steward.analysis.checks.say import few, on_broker
from steward.model.broker import Broker
from steward.model.command import kafka
from steward.model.finding import Evidence, Remedy, Severity
from steward.model.snapshot import Part
from steward.model.unknown import Unknown, Why

_VERBOSE = frozenset({"DEBUG", "TRACE", "ALL"})
_NOT_REPORTED = Unknown(Why.TRUNCATED, "the broker did not report its loggers")


@check("B16", Severity.MEDIUM, over=BROKERS, parts=(Part.BROKERS, Part.BROKER_LOGGERS))
def broker_logger_verbose(facts: Facts, broker: Broker) -> Iterator[FoundState]:
    """A logger is set to DEBUG or TRACE.

    What it means: the broker logs details of every request or of its internal work.
    Why it matters: it slows the broker down and fills its disk. At TRACE the request logger also writes what clients
        send, including credentials in some requests.
    What to do: reset the logger. Levels that were changed while running are lost at a restart; levels in the log4j
        file are not.
    """
    if broker.fenced is True:
        return
    found = facts.broker_loggers.get(broker.id)
    if found is None:
        raise FactMissing(_NOT_REPORTED)
    verbose = sorted((k, e.value) for k, e in known(found).items() if e.value in _VERBOSE)
    if not verbose:
        return
    names = [name for name, _ in verbose]
    levels = ",".join(f"{name}=INFO" for name in names[:5])
    yield FoundState(
        object=on_broker(broker.id),
        summary=f"debug logging is on: {few(f'{name} is at {level}' for name, level in verbose)}",
        evidence=tuple(
            Evidence(f"DescribeConfigs broker-logger {broker.id}", name, str(level))
            for name, level in verbose[:10]
        ),
        remedy=Remedy(
            "reset the loggers",
            kafka(
                "configs",
                "--alter",
                entity_type="broker-loggers",
                entity_name=broker.id,
                add_config=levels,
            ),
        ),
    )
