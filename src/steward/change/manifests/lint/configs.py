"""Rules on topic configs: values by type and bounds, keys by name, and pairs that Kafka rejects."""

from collections.abc import Iterator

from steward.change.manifests.lint.rule import LintHit, LintInput, ResolvedTopic, on_topic, rule
from steward.change.manifests.problem import nearest
from steward.model.config_definition import meaning, wrong_value
from steward.model.config_definitions import TOPIC
from steward.model.finding import Severity

_AS_RETENTION = -2
"""Value of ``local.retention.*`` that means the value of ``retention.*``."""


@rule(Severity.CRITICAL, everywhere=True)
def config_value_invalid(case: LintInput) -> Iterator[LintHit]:
    """Kafka rejects a value of the topic's configuration, by its type, its bounds or another value beside it.

    What it means: the value has the wrong type, is out of bounds, is not an allowed word, or contradicts another value.
    Why it matters: the brokers reject the topic or its alteration as a whole.
    What to do: declare the nearest allowed value.
    """
    for topic in case.topics:
        for key, value in topic.config.items():
            wrong = wrong_value(key, TOPIC.get(key), value)
            if wrong is not None:
                yield on_topic(topic, wrong.message, key, value, wrong.remedy)
        yield from _conflicts(topic)


def _conflicts(topic: ResolvedTopic) -> Iterator[LintHit]:
    low, high = _number(topic, "min.compaction.lag.ms"), _number(topic, "max.compaction.lag.ms")
    if low is not None and high is not None and low > high:
        yield on_topic(
            topic, f"min.compaction.lag.ms is {low}, above max.compaction.lag.ms, {high}",
            "min.compaction.lag.ms", str(low), f"declare at most {high}",
        )  # fmt: skip
    if topic.config.get("remote.storage.enable", "true").strip().lower() != "false":
        for unit in ("ms", "bytes"):
            yield from _tiered(topic, f"local.retention.{unit}", f"retention.{unit}")
            yield from _copied_late(topic, f"remote.copy.lag.{unit}", unit)


def _tiered(topic: ResolvedTopic, local: str, whole: str) -> Iterator[LintHit]:
    part, all_of_it = _number(topic, local), _number(topic, whole)
    if part is None or all_of_it is None or part == _AS_RETENTION or all_of_it < 0:
        return
    if part > all_of_it or part == -1:
        yield on_topic(
            topic, f"{local} is {part}, more than {whole} ({all_of_it})", local, str(part),
            f"declare at most {all_of_it}",
        )  # fmt: skip


def _copied_late(topic: ResolvedTopic, lag: str, unit: str) -> Iterator[LintHit]:
    late, local = _number(topic, lag), f"local.retention.{unit}"
    kept = _number(topic, local)
    if kept is None or kept == _AS_RETENTION:
        local = f"retention.{unit}"
        kept = _number(topic, local)
    if late is not None and kept is not None and late > kept >= 0:
        yield on_topic(
            topic, f"{lag} is {late}, more than {local} ({kept})", lag, str(late),
            f"declare at most {kept}",
        )  # fmt: skip


def _number(topic: ResolvedTopic, key: str) -> int | None:
    value = topic.config.get(key)
    found = meaning(TOPIC[key], value) if value is not None else None
    return found if isinstance(found, int) else None


@rule(Severity.MEDIUM)
def config_key_unknown(case: LintInput) -> Iterator[LintHit]:
    """Apache Kafka has no topic config of this name.

    What it means: none of the versions known here, 3.9 to 4.4, has this key; it may be misspelt.
    Why it matters: brokers that do not know a key reject the topic or its alteration.
    What to do: correct the name; if another vendor's brokers know it, declare a waiver.
    """
    for topic in case.topics:
        for key, value in topic.config.items():
            if key not in TOPIC:
                remedy = nearest(key, TOPIC, "use it only with brokers of another vendor")
                yield on_topic(topic, f"Kafka has no topic config {key}", key, value, remedy)


RULES = (config_value_invalid, config_key_unknown)
